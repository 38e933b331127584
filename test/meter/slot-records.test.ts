import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Records } from '../../src/meter/records.ts';
import {
  addReport,
  addSeen,
  addTold,
  addTrip,
  beginSlot,
  type Method,
  measuredOf,
  putSeen,
  SEEN,
  TOLD,
  type View,
} from '../../src/meter/slot-records.ts';
import type { Interval, Loss, Spread } from '../../src/model/interval.ts';
import { add, addLoss, addSpread } from '../../src/quality/interval.ts';
import { present } from '../../src/quality/present.ts';

const count = fc.nat(100);
const value = fc.double({ min: 0, max: 1, noNaN: true });
// Few values, so that equal maxima come up.
const peak = fc.record({ value: fc.constantFrom(0, 0.25, 0.5), at: fc.constantFrom(10, 11) });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });

const lossOf = (origin: Loss['origin']): fc.Arbitrary<Loss> =>
  fc
    .record({
      lost: fc.integer({ min: -5, max: 100 }),
      of: count,
      worst: maybe(fc.tuple(peak, fc.constantFrom(5, 7)).map(([top, windowSeconds]) => ({ ...top, windowSeconds }))),
    })
    .map((loss) => present<Loss>({ origin, unit: 'packets', approximate: undefined, ...loss }));
const spreadOf = (origin: Spread['origin']): fc.Arbitrary<Spread> =>
  fc.record({ sum: value, count, worst: maybe(peak) }).map((spread) => present<Spread>({ origin, ...spread }));

const taint = maybe(fc.constantFrom('clock-step' as const, 'capture-dropped' as const));
const interval: fc.Arbitrary<Interval> = fc
  .record({
    packets: maybe(count),
    octets: maybe(count),
    frames: maybe(count),
    height: maybe(fc.constantFrom(360, 720)),
    taint,
    loss: maybe(lossOf('observed')),
    jitter: maybe(spreadOf('observed')),
    earlyJitter: maybe(spreadOf('observed')),
  })
  .map((one) =>
    present<Interval>({
      streamId: 's',
      startedAt: 10,
      seconds: 5,
      coveredSeconds: 5,
      roundTrip: undefined,
      ...one,
    }),
  );

const seen = (one: Interval) => {
  const records = new Records(SEEN);
  const at = records.add();
  putSeen(records.doubles, at, one);
  return { at, doubles: records.doubles };
};

describe('what was seen', () => {
  it('comes out as it went in', () => {
    fc.assert(
      fc.property(interval, (one) => {
        const { at, doubles } = seen(one);
        expect(measuredOf('s', doubles, at, doubles, -1)).toEqual({ streamId: 's', observed: one });
      }),
    );
  });

  it('adds up as intervals do, to the last bit', () => {
    fc.assert(
      fc.property(fc.array(interval, { minLength: 1, maxLength: 5 }), (all) => {
        const records = new Records(SEEN);
        const at = records.add();
        beginSlot(records.doubles, at, 10, 5);
        for (const one of all) {
          const other = seen(one);
          addSeen(records.doubles, at, other.doubles, other.at);
        }
        const expected = { ...all.reduce(add), coveredSeconds: 5 };
        expect(measuredOf('s', records.doubles, at, records.doubles, -1).observed).toEqual(expected);
      }),
    );
  });
});

describe('what was told', () => {
  type Told = { readonly loss?: Loss; readonly jitter?: Spread };
  const report = fc
    .record({ loss: maybe(lossOf('reported')), jitter: maybe(spreadOf('reported')) })
    .map((told) => present<Told>(told));
  const trip = fc.record({
    view: fc.constantFrom<View[]>('ofSender', 'ofReceiver'),
    method: fc.constantFrom<Method[]>('sr-rr', 'sr-chain', 'xr-dlrr', 'xr-voip', 'stun'),
    value: fc.constantFrom(0.1, 0.2, 0.3),
    at: fc.constantFrom(10, 11),
  });
  const slots = fc.array(fc.tuple(fc.array(report, { maxLength: 3 }), fc.array(trip, { maxLength: 4 })), {
    minLength: 1,
    maxLength: 3,
  });

  it('adds up as intervals do, each method and view for itself', () => {
    fc.assert(
      fc.property(slots, (all) => {
        const records = new Records(TOLD);
        const whole = records.add();
        let expected: Told = {};
        const trips: Record<View, Partial<Record<Method, Spread>>> = { ofSender: {}, ofReceiver: {} };
        for (const [reports, rounds] of all) {
          const at = records.add();
          let slot: Told = {};
          for (const told of reports) {
            addReport(records.doubles, at, told);
            slot = joined(slot, told);
          }
          expected = joined(expected, slot);
          const own: typeof trips = { ofSender: {}, ofReceiver: {} };
          for (const { view, method, value: seconds, at: when } of rounds) {
            addTrip(records.doubles, at, view, method, seconds, when);
            const origin = method === 'xr-voip' ? 'reported' : 'observed';
            const one: Spread = { origin, sum: seconds, count: 1, worst: { value: seconds, at: when } };
            own[view] = { ...own[view], ...present({ [method]: addSpread(own[view][method], one) }) };
          }
          for (const view of ['ofSender', 'ofReceiver'] as const)
            for (const method of ['sr-rr', 'sr-chain', 'xr-dlrr', 'xr-voip', 'stun'] as const) {
              const sum = addSpread(trips[view][method], own[view][method]);
              if (sum !== undefined) trips[view] = { ...trips[view], [method]: sum };
            }
          addTold(records.doubles, whole, records.doubles, at);
          records.release(at);
        }
        const { at, doubles } = seen({ streamId: 's', startedAt: 10, seconds: 5, coveredSeconds: 5 });
        const measured = measuredOf('s', doubles, at, records.doubles, whole);
        expect(measured.reported).toEqual(expected);
        expect(measured.roundTrip).toEqual(trips);
      }),
    );
  });

  const joined = (a: Told, b: Told): Told =>
    present<Told>({ loss: addLoss(a.loss, b.loss), jitter: addSpread(a.jitter, b.jitter) });
});

describe('Records', () => {
  it('keeps what is in a record while others come, and uses places again', () => {
    const records = new Records(3);
    const places = Array.from({ length: 1000 }, (_, index) => {
      const at = records.add();
      records.doubles[at] = index;
      return at;
    });
    expect(new Set(places).size).toBe(1000);
    expect(places.map((at) => records.doubles[at])).toEqual(places.map((_, index) => index));
    const [first = 0] = places;
    records.release(first);
    expect(records.add()).toBe(first);
    expect(records.doubles[first]).toBeNaN();
    records.clear();
    expect(records.add()).toBe(0);
  });
});
