import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Interval } from '../../src/model/interval.ts';
import { add } from '../../src/quality/interval.ts';
import {
  continueSampled,
  cursorOf,
  resumeSampled,
  type Sampled,
  type SampledCursor,
  takeIntervals,
} from '../../src/quality/sampled.ts';
import { takeObserved } from '../../src/quality/sampled-observed.ts';
import { takeReported } from '../../src/quality/sampled-reported.ts';
import { aStream, BEGIN } from './one-stream.ts';

/** One push: seconds since the one before, packets sent meanwhile, lost of them, and whether a report came with it. */
type Push = {
  readonly after: number;
  readonly packets: number;
  readonly lost: number;
  readonly reported: boolean;
  readonly reset: boolean;
  readonly restart: boolean;
};

const push: fc.Arbitrary<Push> = fc.record({
  after: fc.integer({ min: 1, max: 20 }),
  packets: fc.integer({ min: 0, max: 2000 }),
  lost: fc.integer({ min: 0, max: 40 }),
  reported: fc.boolean(),
  reset: fc.constantFrom(false, false, false, true),
  restart: fc.constantFrom(false, false, true),
});

/** What the store has: the last interval given out for each slot. */
class Stored {
  readonly bySlot = new Map<number, Interval>();
  put(intervals: readonly Interval[]): void {
    for (const interval of intervals) this.bySlot.set(interval.startedAt, interval);
  }
  get total(): Interval | undefined {
    const all = [...this.bySlot.values()];
    return all.length === 0 ? undefined : all.reduce(add);
  }
}

/** Measures the pushes as inbound stream; where told, the agent restarts after a push. */
function measure(pushes: readonly Push[], restarts: boolean) {
  const stored = new Stored();
  let state = aStream();
  let at = BEGIN;
  let counters = { packets: 0, lost: 0 };
  for (const { after, packets, lost, reset, restart } of pushes) {
    at += after;
    const base = reset && packets < counters.packets ? { packets: 0, lost: 0 } : counters;
    counters = { packets: base.packets + packets, lost: base.lost + lost };
    takeObserved(state, { at, counters, jitter: 0.01 }, BEGIN);
    stored.put(takeIntervals(state));
    if (restart && restarts) state = restarted(state, stored);
  }
  return stored;
}

function restarted(state: Sampled, stored: Stored): Sampled {
  const cursor: SampledCursor = JSON.parse(JSON.stringify(cursorOf(state)));
  return resumeSampled(cursor, [...stored.bySlot.values()]);
}

describe('the intervals given out, each in place of the one before', () => {
  test('hold every packet, second and loss exactly once', () => {
    fc.assert(
      fc.property(fc.array(push, { minLength: 1, maxLength: 60 }), (pushes) => {
        const total = measure(pushes, false).total;
        const sum = (member: (push: Push) => number) => pushes.reduce((all, one) => all + member(one), 0);
        expect(total?.packets).toBeCloseTo(
          sum(({ packets }) => packets),
          6,
        );
        expect(total?.coveredSeconds).toBeCloseTo(
          sum(({ after }) => after),
          6,
        );
        expect(total?.loss?.lost).toBeCloseTo(
          sum(({ lost }) => lost),
          6,
        );
        expect(total?.loss?.of).toBeCloseTo(
          sum(({ packets, lost }) => packets + lost),
          6,
        );
      }),
    );
  });

  test('are the same whether the agent restarted or not', () => {
    fc.assert(
      fc.property(fc.array(push, { minLength: 1, maxLength: 60 }), (pushes) => {
        expect(measure(pushes, true).bySlot).toEqual(measure(pushes, false).bySlot);
      }),
    );
  });

  test('are the same for reports, which reach back into slots long given out', () => {
    const outbound = (pushes: readonly Push[], restarts: boolean) => {
      const stored = new Stored();
      let state = aStream({ direction: 'outbound' });
      let [at, packets, lost] = [BEGIN, 0, 0];
      for (const one of pushes) {
        at += one.after;
        packets += one.packets;
        lost += Math.min(one.lost, one.packets);
        takeObserved(state, { at, counters: { packets } }, BEGIN);
        if (one.reported) takeReported(state, { at: at - 1, lost, jitter: 0.01 });
        stored.put(takeIntervals(state));
        if (one.restart && restarts) state = restarted(state, stored);
      }
      return { stored, packets };
    };
    fc.assert(
      fc.property(fc.array(push, { minLength: 1, maxLength: 60 }), (pushes) => {
        const { stored, packets } = outbound(pushes, false);
        expect(stored.total?.packets).toBeCloseTo(packets, 6);
        expect(outbound(pushes, true).stored.bySlot).toEqual(stored.bySlot);
      }),
    );
  });
});

describe('slots stay open', () => {
  const open = (state: Sampled) => [...state.slots.held.keys()].map((at) => at - BEGIN);

  function sent(seconds: number, reportedAt?: number): Sampled {
    const state = aStream({ direction: 'outbound' });
    for (let at = 5; at <= seconds; at += 5) {
      takeObserved(state, { at: BEGIN + at, counters: { packets: 10 * at } }, BEGIN);
      if (at === reportedAt) takeReported(state, { at: BEGIN + at, lost: 0 });
      takeIntervals(state);
    }
    return state;
  }

  test('for the older of its tracks', () => {
    expect(open(sent(30, 20))).toEqual([20, 25]);
  });

  test('for a first report, as long as it can still come', () => {
    expect(open(sent(30))).toEqual([0, 5, 10, 15, 20, 25]);
  });

  test('for five minutes at most', () => {
    expect(open(sent(900, 20))).toHaveLength(60);
    expect(open(sent(900))).toHaveLength(60);
  });

  test('for an inbound stream no longer than its last sample', () => {
    const state = aStream();
    takeObserved(state, { at: BEGIN + 13, counters: { packets: 10 } }, BEGIN);
    takeIntervals(state);
    expect(open(state)).toEqual([10]);
  });
});

test('a stream that becomes another one goes on counting under its new name', () => {
  const before = aStream();
  takeObserved(before, { at: BEGIN + 7, counters: { packets: 350, lost: 0 } }, BEGIN);
  takeIntervals(before);
  const after = continueSampled(before, { ...before.about, streamId: 's/2' });
  takeObserved(after, { at: BEGIN + 9, counters: { packets: 440, lost: 10 } });
  const [interval, ...more] = takeIntervals(after);
  expect(more).toEqual([]);
  expect(interval).toMatchObject({
    streamId: 's/2',
    startedAt: BEGIN + 5,
    coveredSeconds: 2,
    packets: 90,
    loss: { lost: 10 },
  });
  expect(takeIntervals(before)).toEqual([]);
});
