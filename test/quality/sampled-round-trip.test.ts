import { describe, expect, test } from 'vitest';
import { putStun, type RoundTripReading, takeRoundTrip } from '../../src/quality/sampled-round-trip.ts';
import { aStream, BEGIN, slotsOf, totalOf } from './one-stream.ts';

type Read = readonly [seconds: number, reading: RoundTripReading];

function measured(readings: readonly Read[], zeroAt?: number) {
  const state = aStream();
  for (const [seconds, reading] of readings) takeRoundTrip(state, { at: BEGIN + seconds, reading }, zeroAt);
  return { spread: totalOf(state)?.roundTrip?.stats, quirks: state.quirks };
}

test.each<{ name: string; readings: readonly Read[]; zeroAt?: number; sum?: number; count?: number; peak?: number }>([
  { name: 'a first reading is only the base', readings: [[5, { current: 0.08 }]] },
  {
    name: 'unless it counts from zero',
    readings: [[5, { current: 0.08 }]],
    zeroAt: BEGIN,
    sum: 0.08,
    count: 1,
    peak: 0.08,
  },
  {
    name: 'without counts each newer reading is one',
    readings: [
      [1, { current: 0.5 }],
      [2, { current: 0.08 }],
      [2, { current: 9 }],
      [3, { current: 0.1 }],
    ],
    sum: 0.18,
    count: 2,
    peak: 0.1,
  },
  {
    name: 'with sum and count all measurements between two readings are counted',
    readings: [
      [1, { current: 0.5, total: 5, measurements: 10 }],
      [6, { current: 0.08, total: 5.5, measurements: 15 }],
    ],
    sum: 0.5,
    count: 5,
    peak: 0.1,
  },
  {
    name: 'the current one may be the largest',
    readings: [
      [1, { total: 5, measurements: 10 }],
      [6, { current: 0.3, total: 5.5, measurements: 15 }],
    ],
    sum: 0.5,
    count: 5,
    peak: 0.3,
  },
  {
    name: 'a count that did not move repeats an old value',
    readings: [
      [1, { current: 0.08, total: 5, measurements: 10 }],
      [6, { current: 0.08, total: 5, measurements: 10 }],
    ],
  },
  {
    name: 'a count of none measured nothing',
    readings: [[1, { current: 0.08, total: 0, measurements: 0 }]],
    zeroAt: BEGIN,
  },
  {
    name: 'round trips below a millisecond sum up to nothing and still count',
    readings: [
      [1, { current: 0, total: 0, measurements: 3 }],
      [6, { current: 0, total: 0, measurements: 5 }],
    ],
    sum: 0,
    count: 2,
    peak: 0,
  },
  {
    name: 'counts that fell began again',
    readings: [
      [1, { current: 0.08, total: 5, measurements: 50 }],
      [6, { current: 0.1, total: 0.2, measurements: 2 }],
    ],
    sum: 0.2,
    count: 2,
    peak: 0.1,
  },
  {
    name: 'a count without a sum gives the current one',
    readings: [
      [1, { current: 0.08, measurements: 1 }],
      [6, { current: 0.1, measurements: 3 }],
    ],
    sum: 0.1,
    count: 1,
    peak: 0.1,
  },
])('$name', ({ readings, zeroAt, sum, count, peak }) => {
  const { spread, quirks } = measured(readings, zeroAt);
  expect(spread?.count).toBe(count);
  if (sum === undefined) expect(spread).toBeUndefined();
  else expect(spread?.sum).toBeCloseTo(sum, 9);
  if (peak !== undefined) expect(spread?.worst?.value).toBeCloseTo(peak, 9);
  expect(quirks).toEqual({});
});

describe('bounds', () => {
  test.each([10.01, -0.001])('a round trip of %f s cannot be', (current) => {
    expect(measured([[5, { current }]], BEGIN)).toEqual({
      spread: undefined,
      quirks: { roundTripRange: expect.any(Number) },
    });
  });

  test('a current one that cannot be does not spoil the mean', () => {
    const { spread, quirks } = measured([[5, { current: 70_000, total: 0.2, measurements: 2 }]], BEGIN);
    expect(spread).toEqual({ origin: 'reported', sum: 0.2, count: 2, worst: { value: 0.1, at: BEGIN + 5 } });
    expect(quirks).toEqual({ roundTripRange: 1 });
  });
});

test('a STUN round trip is one sample of its own origin, in the slot that it ends', () => {
  const state = aStream();
  putStun(state, BEGIN + 5, 0.08);
  putStun(state, BEGIN + 5.1, 0.06);
  const slots = slotsOf(state);
  expect(slots.get(0)?.roundTrip).toEqual({
    stun: { origin: 'observed', sum: 0.08, count: 1, worst: { value: 0.08, at: BEGIN + 5 } },
  });
  expect(slots.get(5)?.roundTrip?.stun?.sum).toBe(0.06);
});
