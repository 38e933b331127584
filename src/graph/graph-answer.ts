import type { GraphTrace } from '../model/delivery.ts';
import type { PostResult } from './graph.ts';
import { type GraphError, graphError } from './graph-error.ts';
import { oneLine } from './redact.ts';
import { graphRemedy } from './remedies.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** What came back for one request. `header` takes lower-case names. */
export type Answer = {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: string;
};

/** Of the 4xx these say nothing about the report: token, a proxy's login, timeout, the wrong server, too early, throttling. */
const NOT_THE_REPORT: ReadonlySet<number> = new Set([401, 407, 408, 421, 425, 429]);

/** Graph's verdict on a report: any 2xx accepts it, a 4xx about the report refuses it, everything else keeps it. Pure. */
export function judge(answer: Answer, clientRequestId: string, now: number): PostResult {
  const { status } = answer;
  if (status >= 200 && status < 300) return { kind: 'accepted', trace: traceOf(answer, {}, clientRequestId) };
  const trace = traceOf(answer, graphError(answer.body), clientRequestId);
  if (status >= 400 && status < 500 && !NOT_THE_REPORT.has(status)) return { kind: 'refused', trace };
  if (status >= 300 && status < 400)
    return { kind: 'keep', trace: { ...trace, ...redirected(answer) }, throttled: false };
  const wait = retryAfterSeconds(answer.header('retry-after'), answer.header('date'), now);
  const throttled = status === 401 || status === 429 || (status === 503 && wait !== undefined);
  return { kind: 'keep', trace, throttled, ...(wait !== undefined && { retryAfterSeconds: wait }) };
}

/** What an answer tells beside its verdict; `sent`: the client-request-id that went out. */
export function traceOf(answer: Answer, error: GraphError, sent: string): GraphTrace {
  const requestId = answer.header('request-id') ?? error.requestId;
  const diagnostic = answer.header('x-ms-ags-diagnostic');
  const hint = graphRemedy(answer.status, error.code);
  return {
    status: answer.status,
    ...(error.code !== undefined && { code: error.code }),
    ...(error.message !== undefined && { message: error.message }),
    ...(requestId !== undefined && { requestId: oneLine(requestId, 100) }),
    clientRequestId: oneLine(answer.header('client-request-id') ?? error.clientRequestId ?? sent, 100),
    ...(diagnostic !== undefined && { diagnostic: oneLine(diagnostic) }),
    ...(hint !== undefined && { hint }),
  };
}

function redirected(answer: Answer) {
  const to = oneLine(answer.header('location') ?? 'nowhere', 200);
  return {
    message: `redirected to ${to}; not followed, because report and token go to the configured Graph only`,
    hint: 'Set graph.baseUrl to the address that answers itself, and check proxies on the way.',
  };
}
