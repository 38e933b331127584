import type { GraphTrace } from '../model/delivery.ts';
import type { CallRecordResult } from './graph.ts';
import { type Answer, traceOf } from './graph-answer.ts';
import { graphError } from './graph-error.ts';
import type { NoAnswer } from './graph-http.ts';
import { retryAfterSeconds } from './retry-after.ts';

type NotFound = Exclude<CallRecordResult, { kind: 'found' }>;
type Judged = NotFound | { readonly kind: 'found'; readonly body: unknown; readonly trace: GraphTrace };

const CONSENT =
  "An administrator of the call's tenant has to grant the application permission CallRecords.Read.All (admin consent).";

/** Graph's word on a page of a call record: 404 is no record yet (or none any more), 403 a tenant that does not let us. Pure. */
export function judgeRecord(answer: Answer, clientRequestId: string, now: number): Judged {
  const { status } = answer;
  const isThere = status >= 200 && status < 300;
  const { hint: _, ...trace } = traceOf(answer, isThere ? {} : graphError(answer.body), clientRequestId);
  if (isThere) {
    const body = parsed(answer.body);
    return body === undefined ? unreadablePage(trace) : { kind: 'found', body, trace };
  }
  if (status === 404) return { kind: 'missing', trace };
  if (status === 403) return { kind: 'forbidden', trace: { ...trace, hint: CONSENT } };
  const wait = retryAfterSeconds(answer.header('retry-after'), answer.header('date'), now);
  const throttled = status === 401 || status === 429 || (status === 503 && wait !== undefined);
  return { kind: 'keep', trace, throttled, ...(wait !== undefined && { retryAfterSeconds: wait }) };
}

/** Success, and a body that is no record: cut off on the way, or another server's. */
export function unreadablePage(trace: GraphTrace): NotFound {
  return {
    kind: 'keep',
    trace: { ...trace, code: 'BODY_UNREADABLE', message: 'the answer is no call record' },
    throttled: false,
  };
}

/** No answer came. */
export function failedRecord({ trace, refused }: NoAnswer): NotFound {
  return { kind: 'keep', trace, throttled: refused };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
