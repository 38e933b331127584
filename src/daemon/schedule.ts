import { schedule } from 'node-cron';
import { type Slots, SlotTimer } from './slot-timer.ts';

/** `expression`: at the ends of slots, or a time of day as node-cron's expression. */
export type Job = { readonly name: string; readonly expression: Slots | string; readonly run: () => Promise<unknown> };

/** How a job's failure is told; the job runs again at its next time. */
export type JobLog = { warn(fields: Readonly<Record<string, unknown>>, message: string): void };

/** Seconds that divide a minute: slots then end where the wall clock's do; `after`, less than they, so long after it. */
export const everySeconds = (seconds: number, after = 0): Slots => ({ seconds, after });

/**
 * However late a busy machine lets a job begin, it begins, once for all the times that went by: by default one that is a
 * second late would be left out, be it a slot's write or what is done once a day. Milliseconds.
 */
const LATEST = Number.POSITIVE_INFINITY;

/** How often to look whether the clock was set back. Milliseconds. */
const LOOK_MILLIS = 5_000;

const nothing = (): void => undefined;
const quiet = { info: nothing, warn: nothing, error: nothing, debug: nothing };

/** The jobs of the clock. A job that is still running is not begun again; `stop` waits for those that run. */
export function startJobs(jobs: readonly Job[], log: JobLog): { stop(): Promise<void> } {
  const running = new Set<Promise<void>>();
  const guarded = async ({ name, run }: Job): Promise<void> => {
    try {
      await run();
    } catch (err) {
      log.warn({ op: name, err }, 'job failed; it runs again at its next time');
    }
  };
  const task = (job: Job): { destroy(): unknown } => {
    const once = async (): Promise<void> => {
      const work = guarded(job).finally(() => running.delete(work));
      running.add(work);
      await work;
    };
    if (typeof job.expression !== 'string') return new SlotTimer(job.expression, once);
    // Standard output is for JSON lines only; slots that a jump of the clock skipped are nobody's fault.
    const options = { name: job.name, noOverlap: true, suppressMissedWarning: true, logger: quiet };
    return schedule(job.expression, once, { ...options, missedExecutionTolerance: LATEST });
  };
  let tasks = jobs.map(task);
  const end = async (): Promise<void> => void (await Promise.all(tasks.map((each) => each.destroy())));
  let last = Date.now();
  const watch = setInterval(() => {
    const now = Date.now();
    // A task waits for the next time it had in mind: after a clock was set back that may be a day.
    if (now < last) {
      log.warn({ op: 'clock', seconds: (last - now) / 1000 }, 'the clock was set back');
      void end();
      tasks = jobs.map(task);
    }
    last = now;
  }, LOOK_MILLIS);
  watch.unref();
  const stop = async (): Promise<void> => {
    clearInterval(watch);
    await end();
    await Promise.all(running);
  };
  return { stop };
}
