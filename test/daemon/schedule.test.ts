import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { everySeconds, startJobs } from '../../src/daemon/schedule.ts';

const DAY = 86_400_000;

beforeEach(
  () =>
    void vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
      now: Date.UTC(2026, 10, 22, 12),
    }),
);
afterEach(() => void vi.useRealTimers());

const told: string[] = [];
const log = { warn: (_fields: object, message: string) => void told.push(message) };

async function counted() {
  let count = 0;
  const jobs = startJobs(
    [
      {
        name: 'slot',
        expression: everySeconds(5),
        run: async () => {
          count += 1;
        },
      },
    ],
    log,
  );
  return { jobs, count: () => count };
}

describe('the jobs of the clock', () => {
  it('run at the ends of slots', async () => {
    const { jobs, count } = await counted();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count()).toBe(12);
    await jobs.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count()).toBe(12);
  });

  it.each([
    [5, 2, [2, 7, 12, 17]],
    [15, 2, [2, 17]],
    [60, 2, [2]],
    [5, 0, [0, 5, 10, 15]],
  ] as const)('run every %i s, %i s after', async (seconds, after, right) => {
    const at: number[] = [];
    vi.setSystemTime(Date.UTC(2026, 10, 22, 11, 59, 59, 500));
    const run = async () => void at.push(Math.floor(Date.now() / 1000) % 60);
    const jobs = startJobs([{ name: 'late', expression: everySeconds(seconds, after), run }], log);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(at).toEqual(right);
    await jobs.stop();
  });

  it.each([
    ['back by a day', -DAY],
    ['back by an hour', -3_600_000],
    ['forward by a day', DAY],
  ])('go on after the clock was set %s', async (_name, jump) => {
    const { jobs, count } = await counted();
    await vi.advanceTimersByTimeAsync(20_000);
    vi.setSystemTime(Date.now() + jump);
    const before = count();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(count() - before).toBeGreaterThanOrEqual(9);
    expect(count() - before).toBeLessThanOrEqual(14);
    await jobs.stop();
  });

  it('are waited for when they are stopped, and a failing one runs again', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let runs = 0;
    const jobs = startJobs(
      [
        {
          name: 'slot',
          expression: everySeconds(5),
          run: async () => {
            runs += 1;
            if (runs === 1) throw new Error('disk full');
            await promise;
          },
        },
      ],
      log,
    );
    await vi.advanceTimersByTimeAsync(11_000);
    expect(runs).toBe(2);
    expect(told).toContain('job failed; it runs again at its next time');
    let stopped = false;
    const stopping = jobs.stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(stopped).toBe(false);
    resolve();
    await stopping;
    expect(stopped).toBe(true);
  });
});
