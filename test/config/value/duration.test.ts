import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration, formatDuration, parseDuration } from '../../../src/config/value/duration.ts';

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['5s', 5],
    ['500ms', 0.5],
    ['1.5s', 1.5],
    ['15m', 900],
    ['2h', 7200],
    ['7d', 604_800],
    ['1h30m', 5400],
    ['1m500ms', 60.5],
    ['0.1s', 0.1],
    ['3650d', 315_360_000],
  ])('%s is %d s', (text, want) => {
    expect(parseDuration(text)).toBe(want);
  });

  it.each(['', '5', 's', '5 s', '-5s', '5S', '1w', '5s ', '.5s', '5.s', '1e3s', 'PT5S', '5m30', '∞s'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [0.5, '500ms'],
    [5, '5s'],
    [60, '1m'],
    [90, '90s'],
    [5400, '90m'],
    [7200, '2h'],
    [86_400, '1d'],
    [604_800, '7d'],
  ])('%d s is %s', (seconds, want) => {
    expect(formatDuration(seconds)).toBe(want);
  });

  it('is read back as the same, to the millisecond', () => {
    const milliseconds = fc.integer({ min: 0, max: 1e12 });
    fc.assert(
      fc.property(milliseconds, (each) => {
        expect(parseDuration(formatDuration(each / 1000))).toBe(each / 1000);
      }),
    );
  });
});

describe('a duration with limits', () => {
  const schema = duration({ least: '1s', most: '1h' });
  it.each([
    ['1s', 1],
    ['60m', 3600],
  ])('takes %s', (text, want) => {
    expect(schema.parse(text)).toBe(want);
  });

  it.each([
    ['999ms', 'must be at least 1s'],
    ['61m', 'must be at most 1h'],
    ['1', 'is not a duration'],
  ])('refuses %s: %s', (text, reason) => {
    expect(schema.safeParse(text).error?.issues[0]?.message).toBe(reason);
  });

  it('ends after ten years where nothing else is said', () => {
    expect(duration().safeParse('3650d').success).toBe(true);
    expect(duration().safeParse('3651d').success).toBe(false);
  });
});
