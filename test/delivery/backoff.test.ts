import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueAfter } from '../../src/delivery/backoff.ts';

const limits = { first: 1, maximum: 900 };

describe('dueAfter', () => {
  it.each([
    { name: 'the first retry is within 1 s', attempt: 0, random: 1, want: 1 },
    { name: 'then within 2 s', attempt: 1, random: 1, want: 2 },
    { name: 'then within 4 s', attempt: 2, random: 1, want: 4 },
    { name: 'the last that still doubles', attempt: 9, random: 1, want: 512 },
    { name: 'at most a quarter of an hour', attempt: 10, random: 1, want: 900 },
    { name: 'also after a thousand attempts', attempt: 1_100, random: 1, want: 900 },
    { name: 'jitter is full: half', attempt: 3, random: 0.5, want: 4 },
    { name: 'jitter is full: nothing', attempt: 3, random: 0, want: 0 },
  ])('$name', ({ attempt, random, want }) => {
    expect(dueAfter({ attempt, random, ...limits })).toBe(want);
  });

  it.each([
    { random: 0, want: 20 },
    { random: 0.5, want: 21 },
    { random: 1, want: 22 },
  ])('Retry-After 20 s with random $random is $want s, whatever the attempt', ({ random, want }) => {
    for (const attempt of [0, 5, 50]) {
      expect(dueAfter({ attempt, random, retryAfterSeconds: 20, ...limits })).toBeCloseTo(want, 9);
    }
  });

  it('is never earlier than told, never more than 10 % later, and otherwise within its bounds', () => {
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    const told = fc.option(fc.integer({ min: 1, max: 86_400 }), { nil: undefined });
    fc.assert(
      fc.property(fc.nat(2_000), random, told, (attempt, random, retryAfterSeconds) => {
        const wait = dueAfter({
          attempt,
          random,
          ...limits,
          ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
        });
        const [least, most] = retryAfterSeconds === undefined ? [0, 900] : [retryAfterSeconds, retryAfterSeconds * 1.1];
        expect(wait).toBeGreaterThanOrEqual(least);
        expect(wait).toBeLessThanOrEqual(most);
      }),
    );
  });
});
