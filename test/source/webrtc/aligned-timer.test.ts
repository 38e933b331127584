import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { AlignedTimer, untilTurn } from '../../../src/source/webrtc/aligned-timer.ts';

const clock = { now: () => Date.now() / 1000 };

describe('untilTurn', () => {
  test.each([
    { name: 'in the middle', now: 102, period: 5, expected: 3 },
    { name: 'on a turn, for the next', now: 105, period: 5, expected: 5 },
    { name: 'just after a turn', now: 105.001, period: 5, expected: 4.999 },
    { name: 'just before the turn it was set for', now: 104.999, period: 5, expected: 5.001 },
    { name: 'a minute', now: 1_790_000_001, period: 60, expected: 39 },
  ])('$name', ({ now, period, expected }) => {
    expect(untilTurn(now, period)).toBeCloseTo(expected, 6);
  });

  test('is always ahead, at most one period and a little, and ends on a multiple', () => {
    const now = fc.double({ min: 1e9, max: 4e9, noNaN: true });
    fc.assert(
      fc.property(now, fc.constantFrom(1, 2, 5, 10, 15, 30, 60), (at, period) => {
        const delay = untilTurn(at, period);
        expect(delay).toBeGreaterThan(0);
        expect(delay).toBeLessThanOrEqual(period * 1.01 + 1e-6);
        const turns = (at + delay) / period;
        expect(Math.abs(turns - Math.round(turns)) * period).toBeLessThan(1e-5);
      }),
    );
  });
});

describe('AlignedTimer', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_790_000_002_300 }));
  afterEach(() => void vi.useRealTimers());

  function run(): { readonly timer: AlignedTimer; readonly turns: number[] } {
    const turns: number[] = [];
    return { timer: new AlignedTimer(5, clock, () => turns.push(clock.now())), turns };
  }

  test('runs at whole multiples of its period', () => {
    const { timer, turns } = run();
    timer.start();
    vi.advanceTimersByTime(13_000);
    timer.stop();
    expect(turns).toEqual([1_790_000_005, 1_790_000_010, 1_790_000_015]);
  });

  test('keeps to them after it was late', () => {
    const { timer, turns } = run();
    timer.start();
    vi.setSystemTime(1_790_000_003_000); // the timer fires when 2.7 s have passed, whatever the clock says
    vi.advanceTimersByTime(20_000);
    timer.stop();
    expect(turns).toHaveLength(4);
    for (const at of turns.slice(1)) expect(at - Math.round(at / 5) * 5).toBeCloseTo(0, 2);
  });

  test('runs once a turn, however often it is started, and not after it was stopped', () => {
    const { timer, turns } = run();
    timer.start();
    timer.start();
    vi.advanceTimersByTime(3_000);
    expect(turns).toHaveLength(1);
    timer.stop();
    vi.advanceTimersByTime(60_000);
    expect(turns).toHaveLength(1);
    timer.start();
    vi.advanceTimersByTime(5_000);
    expect(turns).toHaveLength(2);
    timer.stop();
  });
});
