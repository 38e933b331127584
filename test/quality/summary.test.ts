import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Interval, Stream } from '../../src/model/interval.ts';
import { summarize } from '../../src/quality/summary.ts';
import { aStreamOf, figureOf, presenceOf, STREAMS, summaryOf } from './one-channel.ts';
import { BEGIN } from './one-stream.ts';
import { inbound, outbound, packets, receiver, sender, times } from './simulated-gateway.ts';

const gateway = { address: '10.0.0.1', port: 40_000 };
const device = { address: '192.0.2.7', port: 50_000 };

/** A call with everything: lossy video both ways, on two paths. */
function wholeCall() {
  const sent = packets(60, 60, (index, at) => (index % 20 === 3 ? [] : [at]));
  const reports = times(2.3, 60).map((at) => ({
    at,
    lost: receiver(sent)(at).lost,
    jitter: 0.01,
    roundTrip: { current: at / 1000 },
  }));
  return [
    ...inbound(times(1.1, 60), receiver(sent), { jitter: (at) => at / 1000 }),
    ...outbound(times(1.1, 60), sender(sent), reports),
  ];
}

describe('the fold', () => {
  test('is the same to the last bit, in whatever order the intervals come', () => {
    const intervals = wholeCall();
    const summary = summaryOf({ seconds: 60, intervals, media: 'video' });
    fc.assert(
      fc.property(fc.shuffledSubarray(intervals, { minLength: intervals.length }), (shuffled) => {
        expect(summaryOf({ seconds: 60, intervals: shuffled, media: 'video' })).toEqual(summary);
      }),
      { numRuns: 50 },
    );
  });

  test('equals what the counters say themselves', () => {
    const push = fc.record({
      after: fc.integer({ min: 1, max: 9 }),
      packets: fc.integer({ min: 1, max: 500 }),
      lost: fc.integer({ min: 0, max: 100 }),
      jitter: fc.double({ min: 0, max: 0.2, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(push, { minLength: 1, maxLength: 80 }), (pushes) => {
        const at = pushes.map((_, index) => pushes.slice(0, index + 1).reduce((sum, { after }) => sum + after, 0));
        const until = (time: number, member: 'packets' | 'lost') =>
          pushes.reduce((sum, one, index) => sum + ((at[index] ?? 0) <= time ? one[member] : 0), 0);
        const counters = (time: number) => ({ packets: until(time, 'packets'), lost: until(time, 'lost') });
        const jitter = (time: number) => pushes[at.indexOf(time)]?.jitter ?? 0;
        const seconds = at.at(-1) ?? 0;
        const summary = summaryOf({ seconds, intervals: inbound(at, counters, { jitter }) });
        const [all, lost] = [until(seconds, 'packets'), until(seconds, 'lost')];
        const held = pushes.reduce((sum, one) => sum + one.jitter * one.after, 0);
        expect(figureOf(summary, 'inboundPackets')).toBe(all);
        expect(figureOf(summary, 'averageInboundPacketLossRateInPercentage')).toBeCloseTo(lost / (all + lost), 9);
        expect(figureOf(summary, 'averageInboundJitter')).toBeCloseTo(held / seconds, 9);
        expect(figureOf(summary, 'maximumInboundJitter')).toBeCloseTo(Math.max(...pushes.map((one) => one.jitter)), 12);
        expect(summary.figures.inboundPackets).toMatchObject({ coverage: expect.closeTo(1, 9) });
      }),
    );
  });

  test('an average is never above its maximum', () => {
    const { figures } = summaryOf({ seconds: 60, intervals: wholeCall(), media: 'video' });
    const averages = Object.keys(figures).filter((name) => name.startsWith('average') && !name.endsWith('Rate'));
    for (const name of averages) {
      // Both are names of figures: each of these averages has its maximum.
      const [average, maximum] = [name, name.replace('average', 'maximum')] as (keyof typeof figures)[];
      const values = [average, maximum].map((one) => one && figures[one]);
      expect(values).toMatchObject([{ value: expect.any(Number) }, { value: expect.any(Number) }]);
      const [low, high] = values.map((figure) => (figure && 'value' in figure ? figure.value : Number.NaN));
      expect(low, name).toBeLessThanOrEqual(high ?? Number.NaN);
    }
    expect(averages).toHaveLength(6);
  });
});

describe('a channel', () => {
  const audio = { media: 'audio', channelIndex: 1 } as const;
  const none = { series: { mediaLegId: 'leg', streams: [], intervals: [], presence: [] }, assignment: new Map() };

  test('once enabled is always listed, one that never was is not', () => {
    const spells = [{ from: BEGIN, to: BEGIN + 5, direction: 'sendrecv' as const }];
    const channels = [
      { ...audio, told: 'control' as const, spells },
      { ...audio, channelIndex: 2, told: 'control' as const, spells: [] },
    ];
    expect(summarize({ ...none, channels }).map(({ channelIndex }) => channelIndex)).toEqual([1]);
    const presence = presenceOf({ seconds: 5 }).map((slot) => ({ ...slot, channelIndex: 2 }));
    const series = { ...none.series, presence };
    expect(summarize({ ...none, series, channels }).map(({ channelIndex }) => channelIndex)).toEqual([1, 2]);
  });

  test('lasts as long as it was enabled, whatever was seen of it', () => {
    expect(summaryOf({ seconds: 62.5 }).mediaDuration).toBe(62.5);
  });

  test('has only its own streams', () => {
    const streams = [...STREAMS, aStreamOf('other', 'inbound')];
    const own = inbound(times(1, 10), receiver(packets(50, 10)));
    const other: Interval = { streamId: 'other', startedAt: BEGIN, seconds: 5, coveredSeconds: 5, packets: 7 };
    const [summary] = summarize({
      series: { mediaLegId: 'leg', streams, intervals: [...own, other], presence: presenceOf({ seconds: 10 }) },
      assignment: new Map([['in', audio]]),
      channels: [{ ...audio, told: 'sdp', spells: [{ from: BEGIN, direction: 'sendrecv' }] }],
    });
    expect(summary?.figures.inboundPackets).toMatchObject({ value: 500 });
  });
});

describe('path and codec', () => {
  const carried = (streamId: string, packets: number, startedAt = BEGIN): Interval => ({
    streamId,
    startedAt,
    seconds: 5,
    coveredSeconds: 5,
    packets,
  });
  const before = { address: '192.0.2.7', port: 51_000 };
  const streams: readonly Stream[] = [
    aStreamOf('a', 'inbound', { local: gateway, remote: before, codec: 'VP8' }),
    aStreamOf('b', 'inbound', { local: gateway, remote: device, codec: 'H264', continues: 'a' }),
    aStreamOf('c', 'outbound', { local: gateway, remote: device, codec: 'VP9' }),
  ];
  const intervals = [carried('a', 100), carried('b', 60, BEGIN + 5), carried('c', 60)];

  test('are those that carried most media', () => {
    const summary = summaryOf({ seconds: 10, streams, intervals });
    expect(summary).toMatchObject({ local: gateway, remote: device, codec: { inbound: 'VP8', outbound: 'VP9' } });
  });

  test.each([
    { name: 'what the gateway told goes before', told: 'control' as const, remote: before },
    { name: 'what the SDP says does not', told: 'sdp' as const, remote: device },
  ])('$name', ({ told, remote }) => {
    const channel = { told, local: before, remote: before };
    const local = told === 'control' ? before : gateway;
    expect(summaryOf({ seconds: 10, streams, intervals, channel })).toMatchObject({ local, remote });
  });

  test('without any, the SDP stands in', () => {
    const summary = summaryOf({ seconds: 10, channel: { local: gateway, remote: before } });
    expect(summary).toMatchObject({ local: gateway, remote: before });
    expect(summary).not.toHaveProperty('codec');
    expect(summaryOf({ seconds: 10 })).not.toHaveProperty('remote');
  });

  test('a slim push has no packets of ours: what was expected weighs', () => {
    const loss = (of: number) => ({ loss: { origin: 'reported', unit: 'packets', lost: 0, of } }) as const;
    const slim = intervals.map(({ packets, ...interval }) => ({ ...interval, ...loss(packets ?? 0) }));
    expect(summaryOf({ seconds: 10, streams, intervals: slim }).remote).toEqual(device);
  });
});
