import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/meter/journal.ts';
import { KeptIntervals, type Wanted } from '../../src/meter/kept-intervals.ts';
import type { Interval } from '../../src/model/interval.ts';

const PATH = { source: { address: 'a', port: 1 }, destination: { address: 'b', port: 2 } };

/** One second of a stream: 50 packets expected, `lost` of them missing, a round trip of 0.1 s. */
const second = (startedAt: number, { lost = 0, packets = 50 - lost }: { lost?: number; packets?: number } = {}) => ({
  startedAt,
  seconds: 1,
  coveredSeconds: 1,
  packets,
  octets: 160 * packets,
  frames: packets,
  loss: {
    origin: 'observed' as const,
    lost,
    of: 50,
    unit: 'packets' as const,
    worst: { value: lost / 50, at: startedAt, windowSeconds: 5 },
  },
  jitter: { origin: 'observed' as const, sum: 0.002, count: 1 },
});

type Second = Omit<Interval, 'streamId'>;

function keep(seconds: readonly Second[], wanted: Wanted = () => [], isTold = true) {
  const kept = new KeptIntervals(5, wanted);
  const journal = new Journal(1, true);
  kept.begun('s', PATH);
  for (const one of seconds) {
    if (isTold) {
      journal.report(0, one.startedAt, { loss: { origin: 'reported', lost: 1, of: 50, unit: 'packets' } });
      journal.roundTrip(0, one.startedAt, 'ofSender', 'sr-rr', 0.1);
    }
    journal.close(0, 's', one);
    journal.giveTo(kept.take);
  }
  return { intervals: kept.intervalsOf('s'), active: kept.activeOf('s') };
}

describe('KeptIntervals', () => {
  it('brings fine slots to long ones, sum for sum', () => {
    const { intervals } = keep([100, 101, 102, 103, 104, 105].map((at) => second(at, { lost: at === 103 ? 10 : 0 })));
    expect(intervals).toHaveLength(2);
    expect(intervals[0]).toMatchObject({
      observed: {
        startedAt: 100,
        seconds: 5,
        coveredSeconds: 5,
        packets: 240,
        octets: 38_400,
        frames: 240,
        loss: { lost: 10, of: 250, worst: { value: 0.2, at: 103 } },
        jitter: { count: 5 },
      },
      reported: { loss: { lost: 5, of: 250 } },
      roundTrip: { ofSender: { 'sr-rr': { count: 5, worst: { value: 0.1, at: 100 } } } },
    });
    expect(intervals[0]?.roundTrip?.ofSender?.['sr-rr']?.sum).toBeCloseTo(0.5);
    expect(intervals[1]?.observed).toMatchObject({ startedAt: 105, seconds: 5, coveredSeconds: 5, packets: 50 });
  });

  it('keeps the seconds that are wanted', () => {
    const { intervals } = keep(
      [100, 101, 102, 103].map((at) => second(at)),
      (_, from, to) => (from >= 102 && to <= 104 ? [] : undefined),
    );
    expect(intervals.map(({ observed }) => observed.packets)).toEqual([100]);
    expect(keep([second(100)], () => undefined)).toEqual({ intervals: [], active: [] });
  });

  it('keeps apart what is of different calls in one slot', () => {
    const kept = new KeptIntervals(60, (_, from) => (from < 102 ? [7] : from < 104 ? [7, 9] : [9]));
    const journal = new Journal(1, true);
    kept.begun('s', PATH);
    for (const at of [100, 101, 102, 103, 104]) journal.close(0, 's', second(at));
    journal.giveTo(kept.take);
    const packets = (call?: number) => kept.intervalsOf('s', call).map(({ observed }) => observed.packets);
    expect([packets(7), packets(9), packets(), packets(8)]).toEqual([[100, 100], [100, 50], [100, 100, 50], []]);
  });

  it('knows when there were packets, over pauses below ten seconds', () => {
    const quiet = (at: number) => second(at, { packets: 0 });
    const at = (...seconds: readonly number[]) => keep(seconds.map((one) => second(one))).active;
    expect(at(100, 101, 109)).toEqual([{ from: 100, to: 110 }]);
    expect(at(100, 110)).toEqual([{ from: 100, to: 111 }]);
    expect(at(100, 111)).toEqual([
      { from: 100, to: 101 },
      { from: 111, to: 112 },
    ]);
    expect(keep([second(100), quiet(101)]).active).toEqual([{ from: 100, to: 101 }]);
  });

  it('counts the seconds that a capture was blind, and no others, as not covered', () => {
    const tainted = (at: number): Second => ({ ...second(at), coveredSeconds: 0, taint: 'capture-dropped' });
    const { intervals } = keep([second(100), tainted(101), tainted(102)]);
    expect(intervals[0]?.observed).toMatchObject({ seconds: 5, coveredSeconds: 3, taint: 'capture-dropped' });
  });

  it('has nothing told where nobody told anything', () => {
    const { intervals } = keep([second(100), second(101)], undefined, false);
    expect(intervals).toHaveLength(1);
    expect(intervals[0]).not.toHaveProperty('reported');
    expect(intervals[0]).not.toHaveProperty('roundTrip');
  });

  it('has nothing of a stream that it was never told of', () => {
    const kept = new KeptIntervals(5, () => []);
    const journal = new Journal(1, true);
    journal.close(0, 's', second(1));
    journal.giveTo(kept.take);
    expect([kept.intervalsOf('s'), kept.activeOf('s')]).toEqual([[], []]);
  });
});
