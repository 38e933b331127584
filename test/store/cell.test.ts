import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cell, rounded, words } from '../../src/store/cell.ts';

describe('cells', () => {
  it.each([
    { value: 0.0000004, want: 0 },
    { value: 0.0000005, want: 0.000001 },
    { value: -1.23456789, want: -1.234568 },
    { value: 5, want: 5 },
    { value: -0.0000001, want: 0 },
    { value: 1_790_000_000.123456, want: 1_790_000_000.123456 },
  ])('round $value to $want', ({ value, want }) => {
    expect(rounded(value)).toBe(want);
  });

  it('round to as many decimals as asked', () => {
    expect(rounded(1.2345, 2)).toBe(1.23);
  });

  it('are off by half a step at most, and rounding again changes nothing', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e8, max: 1e8, noNaN: true }), (value) => {
        const once = rounded(value);
        expect(Math.abs(once - value)).toBeLessThanOrEqual(0.5e-6 + 1e-8);
        expect(rounded(once)).toBe(once);
      }),
    );
  });

  it('tell nothing from zero', () => {
    expect(cell(undefined)).toBeNull();
    expect(cell(0)).toBe(0);
  });

  it('write words as numbers and back', () => {
    const taste = words<'sweet' | 'sour'>({ sweet: 3, sour: 7 });
    expect(taste.numberOf('sour')).toBe(7);
    expect(taste.wordOf(3)).toBe('sweet');
    expect(() => taste.wordOf(0)).toThrow(RangeError);
  });
});
