import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noObservations, observe } from '../../src/quality/observations.ts';

describe('observe', () => {
  it.each([
    [0, [1, 0, 0]],
    [1, [1, 0, 0]],
    [1.001, [0, 1, 0]],
    [2, [0, 1, 0]],
    [2.001, [0, 0, 1]],
  ])('counts %d under the least bound that it does not exceed', (value, counts) => {
    const seen = noObservations([1, 2]);
    observe(seen, value);
    expect(seen).toEqual({ bounds: [1, 2], counts, sum: value });
  });

  it('counts every value once, and sums them', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 })), (values) => {
        const seen = noObservations([1, 10, 50]);
        for (const value of values) observe(seen, value);
        expect(seen.counts.reduce((a, b) => a + b, 0)).toBe(values.length);
        expect(seen.counts[1]).toBe(values.filter((value) => value > 1 && value <= 10).length);
        expect(seen.sum).toBe(values.reduce((a, b) => a + b, 0));
      }),
    );
  });
});
