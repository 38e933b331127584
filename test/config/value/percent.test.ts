import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { percent } from '../../../src/config/value/percent.ts';

describe('percent', () => {
  it.each([
    ['10%', 0.1],
    ['0.5 %', 0.005],
    ['100%', 1],
    ['7%', 0.07],
  ])('reads %j as %d', (text, want) => expect(percent().parse(text)).toBeCloseTo(want, 12));

  it.each(['10', '0%', '101%', '-1%', '1e1%', '%', '10 percent', ''])('refuses %j', (text) => {
    expect(percent().safeParse(text).success).toBe(false);
  });

  it('writes what it read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (hundredths) => {
        const text = `${hundredths / 100}%`;
        expect(z.encode(percent(), percent().parse(text))).toBe(text);
      }),
    );
  });
});
