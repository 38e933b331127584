import fc from 'fast-check';
import { expect, test } from 'vitest';
import { durationSeconds } from '../../src/demo/iso-duration.ts';

const right: readonly (readonly [string, number])[] = [
  ['PT20M', 1200],
  ['PT0.03S', 0.03],
  ['PT0S', 0],
  ['P1D', 86_400],
  ['P1DT1H1M1.5S', 90_061.5],
  ['PT90S', 90],
];
test.each(right)('%s is %d s', (text, seconds) => expect(durationSeconds(text)).toBeCloseTo(seconds, 9));

const wrong = [
  '',
  'P',
  'PT',
  'P1DT',
  'P1W',
  'P1Y',
  'P1M',
  '-PT1S',
  '+PT1S',
  'PT1e-7S',
  'PT.5S',
  'PT5.S',
  'PT1,5S',
  'pt1s',
  'PT1S ',
];
test.each(wrong)('%j is none', (text) => expect(durationSeconds(text)).toBeUndefined());

test('seven decimals are kept, eight are refused', () => {
  expect(durationSeconds('PT0.1234567S')).toBe(0.123_456_7);
  expect(durationSeconds('PT0.12345678S')).toBeUndefined();
});

test('every duration written by its rule is read back', () => {
  const part = fc.option(fc.nat(9999), { nil: undefined });
  fc.assert(
    fc.property(part, part, part, fc.nat(59_999), (days, hours, minutes, millis) => {
      const [d, h, m] = [days, hours, minutes].map((value, at) => (value === undefined ? '' : `${value}${'DHM'[at]}`));
      const seconds = ((days ?? 0) * 24 + (hours ?? 0)) * 3600 + (minutes ?? 0) * 60 + millis / 1000;
      expect(durationSeconds(`P${d}T${h}${m}${(millis / 1000).toFixed(3)}S`)).toBeCloseTo(seconds, 6);
    }),
  );
});
