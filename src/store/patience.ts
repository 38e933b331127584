import { setTimeout as sleep } from 'node:timers/promises';

/** For what somebody waits who can do without it. Milliseconds. */
export const PATIENCE = 2000;

/** What `work` yields, or something else once the patience is over; the work itself goes on, and nobody hears how it ends. */
export async function within<Result>(millis: number, work: Promise<Result>, otherwise: Result): Promise<Result> {
  const enough = new AbortController();
  try {
    const over = sleep(millis, otherwise, { signal: enough.signal, ref: false });
    over.catch(() => undefined);
    return await Promise.race([work, over]);
  } finally {
    enough.abort();
  }
}
