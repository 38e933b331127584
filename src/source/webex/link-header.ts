/**
 * The target of `rel="next"` in a Link header (RFC 8288, 3), if it leads to the host that was configured: the token goes
 * nowhere else. `asked`: what it is relative to.
 */
export function nextLink(header: string | undefined, asked: string, baseUrl: string): string | undefined {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(LINK)) {
    const [, quoted, plain] = REL.exec(parameters) ?? [];
    if (!(quoted ?? plain ?? '').toLowerCase().split(/\s+/).includes('next')) continue;
    const url = URL.parse(target, asked);
    if (url === null || url.origin !== new URL(baseUrl).origin || url.username !== '') return undefined;
    return url.href;
  }
  return undefined;
}

/** One link: its target and, up to the comma that ends it, its parameters; commas may stand in quotes. */
const LINK = /<([^<>]*)>((?:[^<,"]|"[^"]*")*)/g;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;

/** A service on this machine is never behind the proxy of the environment. */
export const isLoopback = (url: string): boolean =>
  /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(new URL(url).hostname);
