import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rounded } from '../../src/report/quality-arrays.ts';

describe('a figure for the wire', () => {
  it.each([
    [0, 0],
    [1, 1],
    [0.1 + 0.2, 0.3],
    [12_345_678, 12_345_700],
    [0.000_123_456_78, 0.000_123_457],
    [99.99999, 100],
    [-2.000_000_4, -2],
    [1e-30, 1e-30],
  ])('%d is %d', (value, right) => expect(rounded(value)).toBe(right));

  it('has six digits, the nearest', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-12, max: 1e12, noNaN: true }), (value) => {
        const said = rounded(value);
        expect(said).toBe(Number(said.toPrecision(6)));
        // Half of the sixth digit, and what a double cannot tell.
        const digit = 10 ** (Math.floor(Math.log10(value)) - 5);
        expect(Math.abs(said - value)).toBeLessThanOrEqual(0.5 * digit * (1 + 1e-6));
      }),
      { numRuns: 2000 },
    );
  });
});
