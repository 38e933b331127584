import type { IncomingHttpHeaders } from 'node:http';

const PRODUCT = /^[^\s/()]+\/[^\s/()]+/;
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** In what the headers of a report break Graph's contract and its best practices; empty if in nothing. */
export function headerViolations(headers: IncomingHttpHeaders, wanted: { readonly bearer: boolean }): string[] {
  const { authorization } = headers;
  const rules: readonly (readonly [boolean, string])[] = [
    [PRODUCT.test(headers['user-agent'] ?? ''), 'User-Agent: is not ApplicationName/Version'],
    [!/^axios\//.test(headers['user-agent'] ?? ''), 'User-Agent: names a library instead of the application'],
    [/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? ''), 'Content-Type: is not application/json'],
    [GUID.test(String(headers['client-request-id'] ?? '')), 'client-request-id: is not a GUID'],
    [!wanted.bearer || /^Bearer \S+$/.test(authorization ?? ''), 'Authorization: is not Bearer {token}'],
  ];
  return rules.flatMap(([right, violation]) => (right ? [] : [violation]));
}
