import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnOf, pointsWithin } from '../../src/page/downsample.ts';

const values = fc.array(fc.option(fc.double({ min: 0, max: 1000, noNaN: true })), { minLength: 1, maxLength: 5000 });
const known = (ys: readonly (number | null)[]): number[] => ys.filter((y) => y !== null);

describe('pointsWithin', () => {
  it('gives every value as it is where it fits', () => {
    const column = columnOf(1000, 5, [1, null, 3]);
    expect(pointsWithin(column, 1000, 1015, 400)).toEqual([
      [1002.5, 1007.5, 1012.5],
      [1, null, 3],
    ]);
  });

  it('keeps the least and the greatest, and the order of time, whatever the width', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 800 }), (column, width) => {
        const [xs, ys] = pointsWithin(columnOf(0, 5, column), 0, column.length * 5, width);
        expect(xs).toEqual(xs.toSorted((a, b) => a - b));
        expect(new Set(xs).size).toBe(xs.length);
        expect(known(ys).length > 0).toBe(known(column).length > 0);
        if (known(column).length === 0) return;
        expect(Math.max(...known(ys))).toBe(Math.max(...known(column)));
        expect(Math.min(...known(ys))).toBe(Math.min(...known(column)));
      }),
    );
  });

  it('draws two points a pixel at most, and tells only what was measured', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 800 }), (column, width) => {
        const [xs, ys] = pointsWithin(columnOf(0, 5, column), 0, column.length * 5, width);
        expect(xs.length).toBeLessThanOrEqual(Math.max(2 * width + 3, 2 * width));
        ys.forEach((y, n) => {
          expect(y).toBe(column[Math.round(((xs[n] ?? 0) - 2.5) / 5)] ?? null);
        });
      }),
    );
  });

  it('keeps a gap that is wider than a pixel', () => {
    const column = Array.from({ length: 10_000 }, (_, n) => (n >= 4000 && n < 5000 ? null : 1));
    const [xs, ys] = pointsWithin(columnOf(0, 5, column), 0, 50_000, 500);
    const gap = xs.filter((_, n) => ys[n] === null);
    expect(gap.length).toBeGreaterThan(40);
    expect(Math.min(...gap)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...gap)).toBeLessThan(25_000);
  });

  it('begins before the range and ends after it, so that lines run out of the picture', () => {
    const column = columnOf(
      0,
      5,
      Array.from({ length: 100 }, (_, n) => n),
    );
    const [xs] = pointsWithin(column, 100, 200, 400);
    expect(xs[0]).toBeLessThan(100);
    expect(xs.at(-1)).toBeGreaterThan(200);
    expect(xs.length).toBeLessThan(30);
  });
});
