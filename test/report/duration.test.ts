import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fromIsoDuration, roundTo, toIsoDuration } from '../../src/report/duration.ts';

/** The pattern of Microsoft's own OpenAPI document. */
const GRAPH_PATTERN = /^-?P([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+([.][0-9]+)?S)?)?$/;

describe('toIsoDuration', () => {
  test.each<[number, string | undefined]>([
    [0, 'PT0S'],
    [-0, 'PT0S'],
    [1.234, 'PT1.234S'],
    [0.03, 'PT0.03S'],
    [1200, 'PT1200S'],
    [100, 'PT100S'],
    [10.5, 'PT10.5S'],
    [1e-7, 'PT0S'],
    [5e-7, 'PT0.000001S'],
    [1e-6, 'PT0.000001S'],
    [0.1 + 0.2, 'PT0.3S'],
    [86_400, 'PT86400S'],
    [999_999_999.999_999, 'PT999999999.999999S'],
    [1e9, undefined],
    [-1e-9, 'PT0S'],
    [-0.5, undefined],
    [1e21, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [Number.NEGATIVE_INFINITY, undefined],
  ])('%d seconds are %s', (seconds, want) => {
    expect(toIsoDuration(seconds)).toBe(want);
  });

  test.each<[number, number, string]>([
    [1.23456, 3, 'PT1.235S'],
    [1.23456, 0, 'PT1S'],
    [1200, 0, 'PT1200S'],
    [0.0004, 3, 'PT0S'],
  ])('%d seconds with %i decimals are %s', (seconds, decimals, want) => {
    expect(toIsoDuration(seconds, decimals)).toBe(want);
  });

  test('keeps to Graph’s grammar, without exponents, and comes back within half a microsecond', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
        const text = toIsoDuration(seconds) ?? '';
        expect(text).toMatch(GRAPH_PATTERN);
        expect(text.split('.')[1]?.length ?? 0).toBeLessThanOrEqual(7);
        expect(Math.abs((fromIsoDuration(text) ?? Number.NaN) - seconds)).toBeLessThanOrEqual(5.1e-7);
      }),
    );
  });

  test('keeps the order of what it rounds', () => {
    const seconds = fc.double({ min: 0, max: 1e4, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        const [less, more] = a <= b ? [a, b] : [b, a];
        expect(fromIsoDuration(toIsoDuration(less) ?? '')).toBeLessThanOrEqual(
          fromIsoDuration(toIsoDuration(more) ?? '') ?? -1,
        );
      }),
    );
  });
});

describe('fromIsoDuration', () => {
  test.each<[string, number | undefined]>([
    ['PT20M', 1200],
    ['PT0S', 0],
    ['-PT0S', 0],
    ['PT0.000001S', 1e-6],
    ['P1D', 86_400],
    ['P1DT1H1M1.5S', 90_061.5],
    ['-PT1M', -60],
    ['PT90M', 5400],
    ['P', undefined],
    ['PT', undefined],
    ['P1DT', undefined],
    ['P1W', undefined],
    ['P1Y', undefined],
    ['P1M', undefined],
    ['PT1e-7S', undefined],
    ['PT.5S', undefined],
    ['PT1.S', undefined],
    ['PT1S1M', undefined],
    ['30ms', undefined],
    [' PT1S', undefined],
    ['PT1S\n', undefined],
    ['', undefined],
  ])('%j is %d', (text, want) => {
    expect(fromIsoDuration(text)).toBe(want);
  });
});

describe('roundTo', () => {
  test.each([
    [0.00005, 4, 0.0001],
    [-0.00001, 4, 0],
    [99.999_96, 4, 100],
    [2.5, 0, 3],
  ])('%d to %i decimals is %d', (value, decimals, want) => {
    expect(roundTo(value, decimals)).toBe(want);
  });
});
