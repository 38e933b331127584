import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Interval, Loss, Spread } from '../../src/model/interval.ts';
import { add, addLoss, addSpread, higher, join, slotOf } from '../../src/quality/interval.ts';
import { present } from '../../src/quality/present.ts';

const origin = fc.constantFrom('observed', 'reported', 'inferred', 'paced');
const whole = fc.integer({ min: -1000, max: 1_000_000 });
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const peak = fc.record({ value: fc.integer({ min: 0, max: 4 }), at: fc.integer({ min: 0, max: 4 }) });
const windowed = fc.record({
  value: fc.integer({ min: 0, max: 2 }),
  at: whole,
  windowSeconds: fc.integer({ min: 5, max: 8 }),
});
const spread: fc.Arbitrary<Spread> = fc
  .record({ origin, sum: whole, count: whole, worst: some(peak) })
  .map((members) => present<Spread>(members));
const loss: fc.Arbitrary<Loss> = fc
  .record({
    origin,
    unit: fc.constantFrom('packets', 'seconds'),
    lost: whole,
    of: whole,
    worst: some(windowed),
    approximate: some(fc.constant(true)),
  })
  .map((members) => present<Loss>(members));
const interval: fc.Arbitrary<Interval> = fc
  .record({
    streamId: fc.constantFrom('a', 'b', 'c'),
    startedAt: fc.integer({ min: 0, max: 100 }).map((slot) => slot * 5),
    seconds: fc.constantFrom(5, 10),
    coveredSeconds: fc.integer({ min: 0, max: 5 }),
    taint: some(fc.constantFrom('agent-down', 'capture-dropped', 'clock-step')),
    packets: some(whole),
    octets: some(whole),
    frames: some(fc.integer({ min: 0, max: 3 })),
    height: some(fc.constantFrom(360, 720)),
    loss: some(loss),
    jitter: some(spread),
    earlyJitter: some(spread),
    roundTrip: some(fc.dictionary(fc.constantFrom('stats', 'stun', 'sr-rr'), spread, { noNullPrototype: true })),
  })
  .map((members) => present<Interval>(members));

describe.each([
  ['add', add],
  ['join', join],
])('%s', (_name, sum) => {
  test('does not depend on the order of two', () => {
    fc.assert(
      fc.property(interval, interval, (a, b) => {
        expect(sum(a, b)).toEqual(sum(b, a));
      }),
    );
  });

  test('does not depend on the order of many, nor on what is summed first', () => {
    const shuffled = fc
      .array(interval, { minLength: 2, maxLength: 8 })
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.nat()));
    fc.assert(
      fc.property(shuffled, ([all, other, cut]) => {
        const half = 1 + (cut % (other.length - 1));
        const halves = sum(other.slice(half).reduce(sum), other.slice(0, half).reduce(sum));
        expect(halves).toEqual(all.reduce(sum));
      }),
    );
  });

  test('leaves absent what neither has', () => {
    const bare = { streamId: 's', startedAt: 0, seconds: 5, coveredSeconds: 5 };
    expect(Object.keys(sum(bare, bare)).sort()).toEqual(['coveredSeconds', 'seconds', 'startedAt', 'streamId']);
  });
});

const picture = { streamId: 's', startedAt: 10, seconds: 5, coveredSeconds: 4, packets: 100, octets: 900 };

test('over time everything adds up, and the picture is the highest', () => {
  const later = { ...picture, startedAt: 15, coveredSeconds: 5, frames: 150, height: 720 };
  expect(add({ ...picture, frames: 100, height: 360 }, later)).toEqual({
    streamId: 's',
    startedAt: 10,
    seconds: 10,
    coveredSeconds: 9,
    packets: 200,
    octets: 1800,
    frames: 250,
    height: 720,
  });
});

test('side by side the frames are those of the stream with most, and time counts once', () => {
  const other = { ...picture, streamId: 't', coveredSeconds: 5, frames: 75, height: 1080 };
  expect(join({ ...picture, frames: 150, height: 360 }, other)).toEqual({
    ...picture,
    coveredSeconds: 5,
    packets: 200,
    octets: 1800,
    frames: 150,
    height: 360,
  });
});

const observed: Loss = { origin: 'observed', unit: 'packets', lost: 5, of: 100 };

test.each([
  { name: 'same kind', a: observed, b: { ...observed, lost: -2 }, sum: { ...observed, lost: 3, of: 200 } },
  {
    name: 'reported stays out of observed',
    a: { ...observed, origin: 'reported' as const },
    b: observed,
    sum: observed,
  },
  { name: 'seconds stay out of packets', a: { ...observed, unit: 'seconds' as const }, b: observed, sum: observed },
  {
    name: 'approximate is catching',
    a: { ...observed, approximate: true as const },
    b: observed,
    sum: { ...observed, lost: 10, of: 200, approximate: true },
  },
  { name: 'nothing beside something', a: undefined, b: observed, sum: observed },
])('loss: $name', ({ a, b, sum }) => {
  expect(addLoss(a, b)).toEqual(sum);
  expect(addLoss(b, a)).toEqual(sum);
});

test('spread: paced stays out of observed', () => {
  const spread: Spread = { origin: 'observed', sum: 0.02, count: 2 };
  expect(addSpread({ origin: 'paced', sum: 5, count: 5 }, spread)).toEqual(spread);
  expect(addSpread(spread, spread)).toEqual({ origin: 'observed', sum: 0.04, count: 4 });
});

test.each([
  { a: { value: 2, at: 9 }, b: { value: 1, at: 1 }, kept: { value: 2, at: 9 } },
  { a: { value: 2, at: 9 }, b: { value: 2, at: 1 }, kept: { value: 2, at: 1 } },
])('of two maxima the greater stays, of equal ones the earlier: $kept', ({ a, b, kept }) => {
  expect(higher(a, b)).toEqual(kept);
  expect(higher(b, a)).toEqual(kept);
});

test.each([
  [12, 5, 10],
  [10, 5, 10],
  [9.999, 5, 5],
  [61, 60, 60],
])('%f lies in the slot of %f that begins at %f', (at, slotSeconds, startedAt) => {
  expect(slotOf(at, slotSeconds)).toBe(startedAt);
});
