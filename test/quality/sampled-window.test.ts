import { describe, expect, test } from 'vitest';
import { nextWindow, openWindow, type WindowPoint } from '../../src/quality/sampled-window.ts';

type Counted = { readonly at: number; readonly of: number; readonly lost: number };

/** The windows that end at each sample. */
function windows(begin: number, samples: readonly Counted[]) {
  let points: readonly WindowPoint[] = openWindow(begin);
  return samples.map(({ at, of, lost }) => {
    const next = nextWindow(points, at, { of, lost });
    points = next.points;
    return next.worst;
  });
}

const every = (seconds: number, count: number, of: number): Counted[] =>
  Array.from({ length: count }, (_, index) => ({ at: (index + 1) * seconds, of, lost: 0 }));

describe('a window', () => {
  test('counts from the fifth second on, and is as short as it may be', () => {
    const samples = every(1, 8, 50).map((sample) => (sample.at === 6 ? { ...sample, lost: 25 } : sample));
    expect(windows(0, samples)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      { value: 0, at: 5, windowSeconds: 5 },
      { value: 0.1, at: 6, windowSeconds: 5 },
      { value: 0.1, at: 7, windowSeconds: 5 },
      { value: 0.1, at: 8, windowSeconds: 5 },
    ]);
  });

  test.each([
    { name: '0.98 s timers make 4.9 s, which is enough', seconds: 0.98, windowSeconds: 4.9 },
    { name: '0.97 s timers need a sixth sample', seconds: 0.97, windowSeconds: 5.82 },
    { name: '3 s timers need two', seconds: 3, windowSeconds: 6 },
    { name: '10 s timers need one', seconds: 10, windowSeconds: 10 },
    { name: '30 s is the longest', seconds: 30, windowSeconds: 30 },
  ])('$name', ({ seconds, windowSeconds }) => {
    const begin = 1_763_000_000;
    const samples = every(seconds, 8, 50 * seconds).map((sample) => ({ ...sample, at: begin + sample.at }));
    expect(windows(begin, samples).at(-1)?.windowSeconds).toBeCloseTo(windowSeconds, 5);
  });

  test.each([
    { name: 'grows until 50 packets were expected', perSecond: 6, windowSeconds: 9 },
    { name: 'grows as far as it must', perSecond: 2, windowSeconds: 25 },
    { name: 'is none where 30 s do not hold 50 packets', perSecond: 1, windowSeconds: undefined },
  ])('$name', ({ perSecond, windowSeconds }) => {
    expect(windows(0, every(1, 60, perSecond)).at(-1)?.windowSeconds).toBe(windowSeconds);
  });

  test('is none over a gap of more than 30 s', () => {
    expect(windows(0, [{ at: 31, of: 1000, lost: 500 }])).toEqual([undefined]);
  });

  test.each([
    { name: 'more lost than expected', lost: 300, value: 1 },
    { name: 'repaid', lost: -20, value: 0 },
  ])('is clamped to 0…1: $name', ({ lost, value }) => {
    expect(windows(0, [{ at: 5, of: 250, lost }])).toEqual([{ value, at: 5, windowSeconds: 5 }]);
  });
});

test('only points that a later window can begin at are kept', () => {
  let points: readonly WindowPoint[] = openWindow(0);
  for (const { at, of, lost } of every(1, 600, 50)) points = nextWindow(points, at, { of, lost }).points;
  expect(points.map(({ at }) => at)).toEqual([595, 596, 597, 598, 599, 600]);
});
