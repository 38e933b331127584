import type { PostResult } from '../graph/graph.ts';
import type { Claimed, Outcome } from '../model/delivery.ts';
import { dueAfter } from './backoff.ts';

/** How long and how often to try, in seconds. */
export type Patience = {
  readonly firstRetrySeconds: number;
  readonly maximumRetrySeconds: number;
  readonly maximumAgeSeconds: number;
};

/** One attempt as it ended: `at` epoch seconds, `random` 0 ≤ random < 1, `stopped`: we cut it off ourselves. */
export type Attempt = {
  readonly claimed: Claimed;
  readonly result: PostResult;
  readonly at: number;
  readonly random: number;
  readonly stopped: boolean;
};

/**
 * What an attempt means for its report. Too old is a report whose attempt fails past the maximum age: each gets at least
 * one, also after a long sleep of the host and when an operator sends an expired one again. Being stopped is never the
 * report's fault: it is due at once at the next start.
 */
export function outcomeOf({ claimed, result, at, random, stopped }: Attempt, patience: Patience): Outcome {
  const { kind, trace } = result;
  if (kind !== 'keep') return { kind, at, trace };
  const { retryAfterSeconds } = result;
  if (stopped && retryAfterSeconds === undefined) return { kind, at, dueAt: at, trace };
  if (at - claimed.report.createdAt >= patience.maximumAgeSeconds) return { kind: 'expired', at, trace };
  const wait = dueAfter({
    attempt: claimed.attempts,
    random,
    first: patience.firstRetrySeconds,
    maximum: patience.maximumRetrySeconds,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
  return { kind, at, dueAt: at + wait, ...(retryAfterSeconds !== undefined && { told: true }), trace };
}
