import { type ScheduledTask, schedule } from 'node-cron';

export type Job = { readonly name: string; readonly expression: string; readonly run: () => Promise<unknown> };

/** How a job's failure is told; the job runs again at its next time. */
export type JobLog = { warn(fields: Readonly<Record<string, unknown>>, message: string): void };

/** Seconds that divide a minute, as a node-cron expression: slots then end where the wall clock's do. */
export const everySeconds = (seconds: number): string => (seconds === 60 ? '0 * * * * *' : `*/${seconds} * * * * *`);

/** The jobs of the clock. A job that is still running is not begun again. */
export function startJobs(jobs: readonly Job[], log: JobLog): { stop(): Promise<void> } {
  const tasks: ScheduledTask[] = jobs.map(({ name, expression, run }) =>
    schedule(
      expression,
      async () => {
        try {
          await run();
        } catch (err) {
          log.warn({ op: name, err }, 'job failed; it runs again at its next time');
        }
      },
      { name, noOverlap: true },
    ),
  );
  return { stop: async () => void (await Promise.all(tasks.map((task) => task.destroy()))) };
}
