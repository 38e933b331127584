import type { Exchanged } from '../graph/graph-http.ts';
import type { TokenCounts } from '../graph/tokens.ts';
import { noObservations, type Observations, observe } from '../quality/observations.ts';
import { answerCode } from './answer-code.ts';

/** What is asked of Graph. */
export const operations = ['report', 'call_record'] as const;

export type Operation = (typeof operations)[number];

/** Requests of one kind. `by`: how they ended, as `answerCode` says; `failures`: those without a 2xx. */
export type RequestCounts = { readonly by: Map<string, number>; failures: number; readonly seconds: Observations };

const BOUNDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const none = (): RequestCounts => ({ by: new Map(), failures: 0, seconds: noObservations(BOUNDS) });

/** The requests to Graph and to its login host since the start. */
export class GraphCounts {
  readonly requests: Readonly<Record<Operation, RequestCounts>> = { report: none(), call_record: none() };
  readonly tokens: TokenCounts = { asked: 0, refused: 0, unreachable: 0 };
  /** Answers 429 and 503. */
  throttled = 0;

  take({ method, status, seconds }: Exchanged): void {
    const counts = this.requests[method === 'POST' ? 'report' : 'call_record'];
    const code = answerCode(status);
    counts.by.set(code, (counts.by.get(code) ?? 0) + 1);
    if (status === undefined || status < 200 || status >= 300) counts.failures += 1;
    if (status === 429 || status === 503) this.throttled += 1;
    observe(counts.seconds, seconds);
  }
}
