import type { CallRecordResult } from '../graph/graph.ts';
import type { CallRecord } from '../model/call-record.ts';
import type { CallRecordTurn, ClaimedTask } from '../store/store.ts';

/** A record that is not there so long after the end is taken for missing: Graph makes it within 150 minutes. Seconds. */
const PATIENCE = 150 * 60;
/** Longest wait between two tries. Seconds. */
const LONGEST_WAIT = 30 * 60;
/**
 * A record that was found is read again so long after the end, for a higher version; and one that was missing is looked for:
 * Graph makes it when the call is over, and our room may have left hours before. Seconds.
 */
const AGAIN = [3 * 3600, 24 * 3600];
/** Graph keeps records for so long. Seconds. */
const KEPT = 30 * 86_400;
/** A tenant that does not let us is asked again daily. Seconds. */
export const FORBIDDEN_FOR = 86_400;

/** One attempt as it ended. `at` epoch seconds, `random` 0 ≤ random < 1, `delay` the wait before the first try, seconds. */
export type RecordAttempt = {
  readonly task: ClaimedTask;
  readonly result: CallRecordResult;
  readonly at: number;
  readonly random: number;
  readonly delay: number;
};

/** What an attempt leaves; `record`: as it may be kept. */
export function turnAfter(attempt: RecordAttempt, record?: CallRecord): CallRecordTurn {
  const { task, result, at } = attempt;
  if (record !== undefined) return { at, state: 'read', attempts: 0, record, ...readAgain(task, at) };
  if (result.kind === 'forbidden') return forbidden(task, at);
  const attempts = task.attempts + 1;
  // What was read once is there, whatever a later try says.
  if (result.kind === 'missing' && task.state === 'read')
    return { at, state: 'read', attempts, ...readAgain(task, at) };
  const until = task.endedAt + (result.kind === 'missing' ? PATIENCE : KEPT);
  if (at >= until) return { at, state: task.state === 'read' ? 'read' : 'missing', attempts, ...readAgain(task, at) };
  return {
    at,
    state: result.kind === 'missing' ? 'waiting' : task.state,
    attempts,
    dueAt: Math.min(at + wait(attempt), until),
  };
}

/** Without an attempt: its tenant has just been found not to let us. */
export function forbidden({ endedAt, state, attempts }: ClaimedTask, at: number): CallRecordTurn {
  const dueAt = at + FORBIDDEN_FOR;
  return {
    at,
    state: state === 'read' ? 'read' : 'unreadable',
    attempts: attempts + 1,
    ...(dueAt < endedAt + KEPT ? { dueAt } : {}),
  };
}

function readAgain({ endedAt }: ClaimedTask, at: number): { readonly dueAt?: number } {
  const next = AGAIN.map((after) => endedAt + after).find((time) => time > at);
  return next === undefined ? {} : { dueAt: next };
}

/** `Retry-After` where Graph gave it, plus up to 10 %; otherwise the delay, doubled with each try. */
function wait({ task, result, delay, random }: RecordAttempt): number {
  if (result.kind === 'keep' && result.retryAfterSeconds !== undefined)
    return result.retryAfterSeconds * (1 + 0.1 * random);
  return Math.min(LONGEST_WAIT, delay * 2 ** task.attempts);
}
