import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ChannelId, Direction, Media } from '../../../src/model/channel.ts';
import type { ChannelSummary } from '../../../src/model/figures.ts';
import type { Presence } from '../../../src/model/interval.ts';
import { summarize } from '../../../src/quality/summary.ts';
import { GetStatsSource } from '../../../src/source/getstats/getstats-source.ts';
import { parseStats } from '../../../src/source/getstats/parse-stats.ts';
import { aLeg, Collected } from './collected.ts';

// A call of two real @roamhq/wrtc peers over a relay that dropped 3 % of the RTP and delayed everything by 40 ms each way
// (test/fixtures/getstats/record.ts). The relay counted what it did: that is the truth here.

type Truth = { readonly packets: number; readonly lost: number };
type RealCall = {
  readonly startedAt: number;
  readonly endedAt: number;
  readonly streams: readonly (ChannelId & { readonly direction: Direction; readonly ssrc: number })[];
  readonly truth: {
    readonly channels: readonly (ChannelId & {
      readonly inbound: Truth;
      readonly outbound: Truth & {
        readonly untilLastReport: Truth;
        readonly roundTrip: { readonly averageSeconds: number };
      };
    })[];
  };
  readonly reports: readonly unknown[];
};

const file = new URL('../../fixtures/getstats/call.json', import.meta.url);
const call: RealCall = JSON.parse(readFileSync(file, 'utf8'));

const sink = new Collected();
const source = new GetStatsSource(sink, { slotSeconds: 5, samplingInterval: 5, kind: 'getstats' });
source.follow(aLeg('leg', call.startedAt));
const taken = call.reports.flatMap((body) => source.push('leg', parseStats(body)) ?? []);
const series = sink.series('leg');

function presence({ media, channelIndex }: ChannelId): readonly Presence[] {
  const first = Math.floor(call.startedAt / 5) * 5;
  const slots = Math.ceil((call.endedAt - first) / 5);
  return Array.from({ length: slots }, (_, index) => {
    const startedAt = first + 5 * index;
    const enabledSeconds = Math.min(call.endedAt, startedAt + 5) - Math.max(call.startedAt, startedAt);
    const nothing = { inbound: 0, outbound: 0 };
    return {
      mediaLegId: 'leg',
      media,
      channelIndex,
      startedAt,
      seconds: 5,
      enabledSeconds,
      observedSeconds: nothing,
      silentSeconds: nothing,
    };
  });
}

/** The channels, joined to their streams by SSRC as the session descriptions named them. */
const summaries = summarize({
  series: { ...series, presence: call.truth.channels.flatMap(presence) },
  assignment: new Map(
    series.streams.flatMap(({ streamId, ssrc, direction }) => {
      const named = call.streams.find((one) => one.ssrc === ssrc && one.direction === direction);
      return named === undefined ? [] : [[streamId, named]];
    }),
  ),
  channels: call.truth.channels.map(({ media, channelIndex }) => ({
    media,
    channelIndex,
    told: 'sdp',
    spells: [{ from: call.startedAt, direction: 'sendrecv' }],
  })),
});

function of(media: Media) {
  const summary = summaries.find((one) => one.media === media);
  const truth = call.truth.channels.find((one) => one.media === media);
  if (summary === undefined || truth === undefined) throw new Error(`no ${media} in the recorded call`);
  return { ...summary, truth };
}

function measured(figures: ChannelSummary['figures'], name: keyof ChannelSummary['figures']) {
  const figure = figures[name];
  if ('absent' in figure) throw new Error(`${name} is absent: ${figure.absent}`);
  return figure;
}

test('every stream of the call is one stream, with all that is known of it', () => {
  expect(series.streams.map(({ ssrc }) => ssrc).sort()).toEqual(call.streams.map(({ ssrc }) => ssrc).sort());
  for (const stream of series.streams) {
    expect(stream).toMatchObject({
      transport: 'UDP',
      mid: expect.stringMatching(/^[012]$/),
      codec: stream.kind === 'audio' ? 'opus' : 'VP8',
      clockRate: stream.kind === 'audio' ? 48_000 : 90_000,
      local: { address: '127.0.0.1', port: expect.any(Number) },
      remote: { address: '127.0.0.1', port: expect.any(Number) },
    });
    expect(stream).not.toHaveProperty('continues');
  }
  expect(
    series.streams.filter(({ contentType }) => contentType === 'screenshare').map(({ direction }) => direction),
  ).toEqual(['outbound']);
});

test('every entry told something new, but for reports that had not moved and sender reports that measured nothing', () => {
  const entries = taken.reduce((sum, one) => sum + one.entries, 0);
  const ignored = taken.reduce((sum, one) => sum + one.ignored, 0);
  // Ten reports of three streams in and out; the device reports on audio each five seconds, on video each second.
  expect(entries).toBeGreaterThanOrEqual(60 + 3 + 18);
  expect(ignored).toBeGreaterThan(0);
  expect(source.quirks('leg')).toEqual({});
});

describe.each(['audio', 'video', 'screenSharing'] as const)('%s', (media) => {
  const { figures, truth, mediaDuration } = of(media);

  test('the loss from the room is what the relay dropped', () => {
    const loss = measured(figures, 'averageInboundPacketLossRateInPercentage');
    expect(loss).toMatchObject({ origin: 'observed' });
    // A packet that had left the relay may not have been counted by the gateway yet.
    expect(Math.abs(loss.samples - truth.inbound.packets)).toBeLessThanOrEqual(2);
    expect(Math.abs(loss.value * loss.samples - truth.inbound.lost)).toBeLessThanOrEqual(1);
    const maximum = measured(figures, 'maximumInboundPacketLossRateInPercentage');
    expect(maximum.value).toBeGreaterThanOrEqual(loss.value);
    expect(maximum.windowSeconds).toBeGreaterThanOrEqual(4.9);
    const packets = measured(figures, 'inboundPackets');
    expect(Math.abs(packets.value - (truth.inbound.packets - truth.inbound.lost))).toBeLessThanOrEqual(2);
  });

  test('the loss towards the room is what the relay dropped until the last report', () => {
    const loss = measured(figures, 'averageOutboundPacketLossRateInPercentage');
    expect(loss).toMatchObject({ origin: 'reported' });
    expect(Math.abs(loss.value * loss.samples - truth.outbound.untilLastReport.lost)).toBeLessThanOrEqual(1);
    // RTX padding counts as sent: up to 18 % more than there were media packets.
    const excess = loss.samples / truth.outbound.untilLastReport.packets;
    expect(excess).toBeGreaterThan(0.98);
    expect(excess).toBeLessThan(1.18);
  });

  test('the round trip is the relay’s delay there and back', () => {
    const out = measured(figures, 'averageOutboundRoundTripDelay');
    expect(out).toMatchObject({ origin: 'stats' });
    expect(Math.abs(out.value - truth.outbound.roundTrip.averageSeconds)).toBeLessThan(0.02);
    expect(measured(figures, 'averageInboundRoundTripDelay')).toMatchObject({
      origin: 'reverse-loop',
      value: out.value,
    });
  });

  test('jitter of video is marked as paced', () => {
    const origin = { audio: ['observed', 'reported'], video: ['paced', 'paced'], screenSharing: ['paced', 'paced'] }[
      media
    ];
    expect(measured(figures, 'averageInboundJitter').origin).toBe(origin[0]);
    expect(measured(figures, 'averageOutboundJitter').origin).toBe(origin[1]);
    expect(measured(figures, 'averageInboundJitter').value).toBeLessThan(0.1);
  });

  test('all of the call was seen', () => {
    expect(mediaDuration).toBeCloseTo(call.endedAt - call.startedAt, 6);
    expect(measured(figures, 'inboundPackets').coverage).toBeCloseTo(1, 6);
    expect(measured(figures, 'outboundPackets').coverage).toBeCloseTo(1, 6);
  });
});

test.each([
  { media: 'video' as const, framesPerSecond: 20 },
  { media: 'screenSharing' as const, framesPerSecond: 12 },
])('$media has $framesPerSecond frames a second', ({ media, framesPerSecond }) => {
  const rates = (['averageInboundFrameRate', 'averageOutboundFrameRate'] as const).map(
    (name) => measured(of(media).figures, name).value,
  );
  for (const rate of rates) expect(Math.abs(rate - framesPerSecond)).toBeLessThan(0.1 * framesPerSecond);
});
