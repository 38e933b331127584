import { describe, expect, it } from 'vitest';
import { countEnd, endReasons, noEnds } from '../../src/leg/end-counts.ts';
import { IntervalCounts } from '../../src/leg/interval-counts.ts';
import type { WatchedLeg } from '../../src/leg/leg.ts';
import type { Media } from '../../src/model/channel.ts';
import type { Interval, Stream } from '../../src/model/interval.ts';
import type { Observations } from '../../src/quality/observations.ts';
import { begin, id, measuredLegs } from './measured-legs.ts';

const mediaLegId = 'leg';

/** A leg with one stream for each direction of each of these media, named `inbound audio` and so on. */
function legWith(...medias: readonly Media[]): WatchedLeg {
  const all = medias.flatMap((media) => (['inbound', 'outbound'] as const).map((direction) => ({ media, direction })));
  const streams = all.map(({ media, direction }): [string, Stream] => {
    const streamId = `${direction} ${media}`;
    return [streamId, { streamId, mediaLegId, source: 'capture', direction }];
  });
  const assignment = all.map(({ media, direction }) => [`${direction} ${media}`, { media, channelIndex: 1 }] as const);
  return { streams: new Map(streams), assignment: new Map(assignment) };
}

const slot = (startedAt: number, more: Partial<Interval> = {}): Interval => ({
  streamId: 'inbound audio',
  startedAt,
  seconds: 5,
  coveredSeconds: 5,
  packets: 250,
  ...more,
});

const loss = (lost: number, of = 250) => ({ origin: 'observed', lost, of, unit: 'packets' }) as const;

/** What a leg's intervals come to when it has ended. */
function counted(intervals: readonly Interval[], leg = legWith('audio', 'video')): IntervalCounts {
  const counts = new IntervalCounts(5);
  for (const interval of intervals) counts.take(leg, 'capture', { mediaLegId, intervals: [interval] });
  counts.end(leg, mediaLegId);
  return counts;
}

const number = (seen: Observations | undefined): number => seen?.counts.reduce((a, b) => a + b, 0) ?? 0;

describe('intervals', () => {
  it('count by direction, media and origin, one observation each', () => {
    const counts = counted([
      slot(0, { loss: loss(5), jitter: { origin: 'observed', sum: 0.05, count: 5 } }),
      slot(5, { loss: loss(0), jitter: { origin: 'observed', sum: 0.1, count: 5 } }),
      slot(5, {
        streamId: 'outbound video',
        packets: 100,
        loss: { origin: 'reported', lost: 1.5, of: 100, unit: 'packets' },
        roundTrip: { 'sr-rr': { origin: 'reported', sum: 0.12, count: 3 } },
      }),
    ]);
    expect(Object.fromEntries(counts.packets)).toEqual({ 'inbound audio': 500, 'outbound video': 100 });
    expect(Object.fromEntries(counts.lost)).toEqual({ 'inbound audio observed': 5, 'outbound video reported': 1.5 });
    expect(number(counts.lossRatio.get('inbound audio observed'))).toBe(2);
    expect(counts.lossRatio.get('inbound audio observed')?.sum).toBeCloseTo(0.02);
    expect(number(counts.jitter.get('inbound audio observed'))).toBe(2);
    expect(counts.jitter.get('inbound audio observed')?.sum).toBeCloseTo(0.03);
    expect(counts.roundTrip.get('video')?.sum).toBeCloseTo(0.04);
    expect(Object.fromEntries(counts.lastPacketAt)).toEqual({ capture: 10 });
  });

  it('count as they were told last', () => {
    const counts = counted([slot(0, { packets: 100, loss: loss(9) }), slot(5), slot(0, { loss: loss(4) })]);
    expect(counts.packets.get('inbound audio')).toBe(500);
    expect(counts.lost.get('inbound audio observed')).toBe(4);
    expect(number(counts.lossRatio.get('inbound audio observed'))).toBe(1);
  });

  it('count once, although they are told again after they were counted', () => {
    const told = [0, 5, 10, 15, 20, 25].map((at) => slot(at, { loss: loss(1) }));
    expect(counted([...told, slot(0, { loss: loss(100) })]).lost.get('inbound audio observed')).toBe(6);
  });

  it('count while the leg goes on, twenty seconds later', () => {
    const counts = new IntervalCounts(5);
    const take = (at: number) => counts.take(legWith('audio'), 'capture', { mediaLegId, intervals: [slot(at)] });
    for (const at of [0, 5, 10, 15]) take(at);
    expect(counts.packets.get('inbound audio')).toBeUndefined();
    take(20);
    expect(counts.packets.get('inbound audio')).toBe(250);
  });

  it('of a stream that is found late count with the rest', () => {
    const late = [0, 5].map((at) => slot(at, { streamId: 'outbound audio' }));
    const counts = counted([...[0, 5, 10, 15, 20, 25, 30].map((at) => slot(at)), ...late]);
    expect(counts.packets.get('outbound audio')).toBe(500);
  });

  it('of a stream without a channel are nobody’s', () => {
    const leg = legWith('audio');
    const counts = counted([slot(0), slot(0, { streamId: 'retransmission' })], leg);
    expect(Object.fromEntries(counts.packets)).toEqual({ 'inbound audio': 250 });
  });

  it('never take back what was counted as lost, but take it off from the next', () => {
    const counts = counted([3, -2, 1, -1, 4].map((lost, index) => slot(5 * index, { loss: loss(lost) })));
    // 3 lost, 2 of them late, 1 more: paid; 1 late again: two are owed; of 4 lost two are new.
    expect(counts.lost.get('inbound audio observed')).toBe(5);
    expect(counts.lossRatio.get('inbound audio observed')?.counts[0]).toBe(2);
  });

  it('count seconds of loss in no counter of packets', () => {
    const counts = counted([slot(0, { loss: { origin: 'reported', lost: 1, of: 5, unit: 'seconds' } })]);
    expect(counts.lost.size).toBe(0);
    expect(counts.lossRatio.get('inbound audio reported')?.sum).toBe(0.2);
  });

  it('without figures count no figures', () => {
    const counts = counted([slot(0, { packets: 0, jitter: { origin: 'observed', sum: 0, count: 0 } })]);
    expect([counts.jitter.size, counts.lossRatio.size, counts.roundTrip.size, counts.lastPacketAt.size]).toEqual([
      0, 0, 0, 0,
    ]);
  });
});

describe('live legs', () => {
  it('count what their sources measure, and an end by its reason', async () => {
    const { legs, at, call } = await measuredLegs();
    await legs.put(id, { startedAt: begin });
    await call(0, 60);
    at(60);
    const before = legs.intervals.packets.get('inbound audio') ?? 0;
    expect(before).toBeGreaterThan(0);
    await legs.end(id, { reason: 'the gateway says so' });
    expect(legs.intervals.packets.get('inbound audio')).toBeGreaterThan(before);
    expect(legs.intervals.packets.get('inbound audio')).toBe(60 * 50);
    expect(legs.intervals.lastPacketAt.get('getstats')).toBe(begin + 60);
    expect(legs.ends).toEqual({ ...noEnds(), other: 1 });
  });

  it('count once what a leg takes over from the one that it replaces', async () => {
    const { legs, at, call } = await measuredLegs();
    await legs.put(id, { startedAt: begin });
    await call(0, 30);
    at(30);
    const before = await legs.retire(id);
    const counted = legs.intervals.packets.get('inbound audio');
    expect(counted).toBe(30 * 50);
    const other = 'aaaaaaaa-0000-4000-8000-000000000001';
    await legs.put(other, { startedAt: begin }, { before });
    await legs.end(other, {});
    expect(legs.intervals.packets.get('inbound audio')).toBe(counted);
    expect(legs.ends).toMatchObject({ replaced: 1, ended: 1 });
  });
});

describe('ends', () => {
  it.each([...endReasons.map((reason) => [reason, reason] as const), ['lunch', 'other'] as const])(
    '%s count as %s',
    (reason, as) => {
      const ends = noEnds();
      countEnd(ends, reason);
      expect(ends).toEqual({ ...noEnds(), [as]: 1 });
    },
  );
});
