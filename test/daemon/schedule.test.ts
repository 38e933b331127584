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
    ['a slot', everySeconds(5), 4, 1],
    ['a slot, also beyond the next', everySeconds(5), 13, 1],
    ['the night', '17 3 * * *', 90, 1],
  ])(
    'run once, late, where the process stood still at their time: of %s',
    async (_name, expression, seconds, right) => {
      vi.setSystemTime(new Date(2026, 10, 22, 3, 16, 59, 900));
      let count = 0;
      const run = async () => {
        count += 1;
      };
      const jobs = startJobs([{ name: 'due', expression, run }], log);
      // Timers of before are due, and it is so much later.
      vi.setSystemTime(Date.now() + seconds * 1000);
      await vi.advanceTimersByTimeAsync(150);
      expect(count).toBe(right);
      await jobs.stop();
    },
  );

  it.each([
    ['winter time', Date.UTC(2026, 9, 24, 23, 30)],
    ['summer time', Date.UTC(2027, 2, 28, 0, 30)],
  ])('run in every slot of the night in which %s begins', async (_name, evening) => {
    const zone = process.env['TZ'];
    process.env['TZ'] = 'Europe/Berlin';
    try {
      vi.setSystemTime(evening);
      const { jobs, count } = await counted();
      // The repeated hour lies in the middle, whole.
      for (let minute = 1; minute <= 180; minute += 1) {
        await vi.advanceTimersByTimeAsync(60_000);
        expect(count(), `${minute} minutes after`).toBe(12 * minute);
      }
      await jobs.stop();
    } finally {
      if (zone === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zone;
    }
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
