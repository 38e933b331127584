import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, distance, plain } from '../../src/config/did-you-mean.ts';

describe('distance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['interval', 'interval', 0],
    ['intreval', 'interval', 1],
    ['ab', 'ba', 1],
    ['ca', 'abc', 3],
    ['listen', 'silent', 4],
  ])('of %j and %j is %i', (a, b, want) => {
    expect(distance(a, b)).toBe(want);
  });

  it('is symmetric, zero only for equals, and never above the longer word', () => {
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        const edits = distance(a, b);
        expect(edits).toBe(distance(b, a));
        expect(edits === 0).toBe(a === b);
        expect(edits).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(edits).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe('didYouMean', () => {
  const options = ['control', 'http', 'devices', 'idleEnd', 'uncontrolledIdleEnd', 'maximumAge'];
  it.each([
    ['contrl', 'control'],
    ['HTTP', 'http'],
    ['idle_end', 'idleEnd'],
    ['Idle-End', 'idleEnd'],
    ['maxmumAge', 'maximumAge'],
    ['device', 'devices'],
    ['https', 'http'],
    ['x', undefined],
    ['', undefined],
    ['completelyDifferent', undefined],
  ])('takes %j for %j', (word, want) => {
    expect(didYouMean(word, options)).toBe(want);
  });

  it('takes the nearest, and the first of equals', () => {
    expect(didYouMean('baz', ['bar', 'bax', 'baz'])).toBe('baz');
    expect(didYouMean('baz', ['bar', 'bax'])).toBe('bar');
  });

  it('takes words of any length', () => {
    expect(didYouMean('x'.repeat(100_000), options)).toBeUndefined();
  });
});

describe('plain', () => {
  it('keeps letters and digits alone, in lower case', () => {
    expect(plain('Cloud-Service_ID 2')).toBe('cloudserviceid2');
  });
});
