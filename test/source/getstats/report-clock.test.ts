import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { GetStatsSource } from '../../../src/source/getstats/getstats-source.ts';
import { aLeg, Collected } from './collected.ts';
import { BEGIN, inbound, outbound, report, reported } from './pushes.ts';

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

let sink: Collected;
let source: GetStatsSource;

const begin = () => {
  sink = new Collected();
  source = new GetStatsSource(sink, { slotSeconds: 5, samplingInterval: 5, kind: 'getstats' });
  source.follow(aLeg('leg', BEGIN));
};
beforeEach(begin);

/** 50 packets/s each way, told at that second by a clock that is so much ahead. */
const push = (second: number, ahead = 0, late = 0) => {
  const told = [inbound(50 * second), outbound(50 * second), reported(second, second + ahead - 1)];
  return source.push('leg', report(second + ahead, ...told), BEGIN + second + late);
};
const totals = () => ({ inbound: sink.total('leg', 'inbound'), outbound: sink.total('leg', 'outbound') });
const slots = () => sink.series('leg').intervals.map(({ startedAt }) => startedAt - BEGIN);

describe('a clock that is wrong from the begin', () => {
  test.each([20, -20, HOUR, -HOUR, YEAR, -YEAR, 4])('by %d s distorts nothing', (ahead) => {
    for (const second of [2, 4, 7, 10, 12]) expect(push(second, ahead)?.entries).toBe(3);
    expect(totals().inbound).toMatchObject({ packets: 600, coveredSeconds: 12, startedAt: BEGIN });
    // The report is of a second ago.
    expect(totals().outbound).toMatchObject({ packets: 600, coveredSeconds: 12, loss: { lost: 12, of: 550 } });
    expect(Math.max(...slots())).toBe(10);
    expect(source.quirks('leg')).toEqual({});
  });

  test('and is put right later steps once', () => {
    for (const second of [5, 10]) push(second, HOUR);
    push(15, 0, 1.5);
    expect(totals().inbound).toMatchObject({ packets: 750, coveredSeconds: 15 });
    push(20);
    expect(totals().inbound).toMatchObject({ packets: 1000, coveredSeconds: 20 });
    expect(source.quirks('leg')).toEqual({ clockStep: 1 });
  });

  test('for one report only does not spoil what follows', () => {
    push(3, YEAR);
    for (const second of [4, 5, 6]) expect(push(second)?.entries).toBe(3);
    expect(totals().inbound).toMatchObject({ packets: 300, coveredSeconds: 6 });
  });

  test('goes on after a restart of the agent', () => {
    for (const second of [5, 10]) push(second, HOUR);
    push(15, 2 * HOUR);
    const resume = sink.resume('leg');
    source = new GetStatsSource(sink, { slotSeconds: 5, samplingInterval: 5, kind: 'getstats' });
    source.follow(aLeg('leg', BEGIN), resume);
    push(20, 2 * HOUR, 3);
    expect(totals().inbound).toMatchObject({ packets: 1000, coveredSeconds: 20 });
    expect(source.quirks('leg')).toEqual({ clockStep: 1 });
  });
});

describe('a clock that steps', () => {
  test.each([-HOUR, -60, -11, 6, 60, HOUR, YEAR])('by %d s loses nothing', (step) => {
    for (let second = 5; second <= 120; second += 5) push(second, second > 30 ? step : 0);
    expect(totals().inbound).toMatchObject({ packets: 6000, coveredSeconds: 120 });
    expect(totals().outbound).toMatchObject({ packets: 6000 });
    expect(source.quirks('leg')).toEqual({ clockStep: 1 });
  });

  test('back by less is waited for', () => {
    for (let second = 5; second <= 60; second += 1) push(second, second > 30 ? -4 : 0);
    expect(push(60, -4)?.entries).toBe(0);
    expect(totals().inbound).toMatchObject({ packets: 3000, coveredSeconds: 56 });
    expect(source.quirks('leg')).toEqual({});
  });
});

describe('times that can be are left as they are', () => {
  test('of reports that are pushed long after, in order', () => {
    for (const second of [5, 10, 15]) push(second, 0, 600 - second);
    expect(slots()).toEqual([0, 0, 5, 5, 10, 10]);
    expect(totals().inbound).toMatchObject({ packets: 750, coveredSeconds: 15 });
  });

  test('of reports that came late, some of them together', () => {
    push(5);
    for (const second of [10, 15, 20, 25]) push(second, 0, 25 - second);
    push(30);
    expect(sink.series('leg').intervals.map(({ packets }) => packets)).toEqual(Array(12).fill(250));
  });

  test('of a stream that is pushed by itself, and later than the others', () => {
    source.push('leg', report(30, inbound(1500)), BEGIN + 30);
    source.push('leg', report(5, outbound(250)), BEGIN + 30);
    source.push('leg', report(10, outbound(500)), BEGIN + 30);
    expect(totals().outbound).toMatchObject({ packets: 500, startedAt: BEGIN, coveredSeconds: 10 });
    expect(source.quirks('leg')).toEqual({});
  });

  test('of an old report that comes again: it tells nothing', () => {
    for (const second of [5, 10, 15, 20, 25]) push(second);
    expect(push(10, 0, 16)).toEqual({ entries: 0, ignored: 3 });
    expect(push(30)?.entries).toBe(3);
    expect(totals().inbound).toMatchObject({ packets: 1500, coveredSeconds: 30, loss: { of: 1500 } });
    expect(source.quirks('leg')).toEqual({});
  });

  test('whatever little they are ahead', () => {
    push(5, 1.5);
    expect(totals().inbound?.coveredSeconds).toBe(6.5);
  });
});

test('an entry that is ahead of its own report is of its time', () => {
  source.push('leg', report(5, inbound(250, { timestamp: 5 + YEAR })), BEGIN + 5);
  source.push('leg', report(10, inbound(500)), BEGIN + 10);
  expect(totals().inbound).toMatchObject({ packets: 500, coveredSeconds: 10 });
});

test('without our own time nothing is moved', () => {
  source.push('leg', report(60, inbound(3000)));
  source.push('leg', report(65, inbound(3250)));
  expect(totals().inbound).toMatchObject({ packets: 250, startedAt: BEGIN + 60 });
});

test('no packet is lost or counted twice, whenever a clock steps and however far', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 59 }), fc.double({ min: -1e6, max: 1e6, noNaN: true })), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(steps, (stepped) => {
      begin();
      // Every step that is small enough to be waited for is waited out before the end.
      for (let at = 5; at <= 400; at += 5) {
        push(at, at > 300 ? 0 : stepped.reduce((ahead, [from, by]) => (at >= 5 * from ? ahead + by : ahead), 0));
      }
      expect(totals().inbound?.packets).toBeCloseTo(50 * 400, 3);
      for (const { coveredSeconds } of sink.series('leg').intervals) expect(coveredSeconds).toBeLessThanOrEqual(5.001);
      expect(Math.max(...slots())).toBeLessThanOrEqual(400);
    }),
    { numRuns: 60 },
  );
});
