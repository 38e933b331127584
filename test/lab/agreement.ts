import type { MediaQuality } from '../../src/client/shapes.ts';
import { durationSeconds } from '../../src/demo/iso-duration.ts';
import type { ChannelId } from '../../src/model/channel.ts';
import type { Document, Stream } from '../captures/collection.ts';
import type { RelayTruth } from './relay.ts';
import {
  atReceiver,
  bindingTrips,
  jitterOf,
  mean,
  type RelayedStream,
  reportTimes,
  roundTrips,
  seenAtGateway,
  streamsOf,
} from './truth.ts';

/** How far from the relay a figure may be, seconds; further where the machine stood still, which the relay notices. */
const ROUND_TRIP = 0.008;
const JITTER = 0.0005;
/** The relay looks at least so often for what the gateway's capture has seen already (NAP in relay.c), seconds. */
const REACHING = 0.002;
/** How far a report of a device may reach beyond its sending, and how far behind it a busy device has not read yet what arrived, seconds. */
const WRITING = 0.03;
const UNREAD = 0.3;
/** What a report may know is looked at so often, seconds; packets between two such moments are in it or not. */
const MOMENT = 0.005;
const BESIDE_MOMENT = 2;
/** Percentages have four decimals. */
const PERCENT = 0.0002;

/** A channel of a leg with the streams of it that passed the relay. `devicePort`: where the device has its RTCP. */
export type RelayedChannel = ChannelId & {
  readonly streams: readonly RelayedStream[];
  readonly devicePort: number;
  /** Whence the round trips, and what the device tells, are to come. */
  readonly reports: 'rtcp' | 'stun' | 'none';
};

const of = (streams: readonly RelayedStream[], way: 'in' | 'out') => streams.filter((stream) => stream.way === way);

/** Packets of the gateway's that may have passed its capture by that time (epoch seconds), and the relay only after it. */
function reaching({ longestStall }: RelayTruth, streams: readonly RelayedStream[], at: number): number {
  const later = of(streams, 'out').flatMap(({ packets }) => packets.filter(({ receivedAt }) => receivedAt > at));
  return later.filter(({ receivedAt }) => receivedAt <= at + REACHING + longestStall).length;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const near = (name: string, said: number | undefined, right: number, tolerance: number): readonly string[] =>
  said !== undefined && Math.abs(said - right) <= tolerance ? [] : [`${name}: ${said}, not ${right} ± ${tolerance}`];

/** How an analysis of the capture differs from what the relay did; nothing if they agree. */
export function offlineDifferences(truth: RelayTruth, { streams: analysed }: Document): readonly string[] {
  const relayed = streamsOf(truth);
  const unknown = analysed.length === relayed.length ? [] : [`${analysed.length} streams, not ${relayed.length}`];
  return [...unknown, ...relayed.flatMap((stream) => streamDifferences(truth, stream, analysedOf(analysed, stream)))];
}

/** The stream as the analysis has it. */
export const analysedOf = (analysed: readonly Stream[], stream: RelayedStream): Stream | undefined =>
  analysed.find(({ ssrc, source }) => ssrc === stream.ssrc && source.port === stream.sourcePort);

function streamDifferences(truth: RelayTruth, stream: RelayedStream, said: Stream | undefined): readonly string[] {
  const name = `${stream.way} ${stream.sourcePort} ${stream.ssrc}`;
  if (said === undefined) return [`${name} is not found`];
  const right = seenAtGateway(stream);
  const { packets, lost, duplicates, reordered } = said;
  const found = { packets, lost, duplicates, reordered };
  return [
    ...(JSON.stringify(found) === JSON.stringify(right)
      ? []
      : [`${name}: ${JSON.stringify(found)}, not ${JSON.stringify(right)}`]),
    ...(stream.way === 'in'
      ? jitterDifferences(name, truth, stream, said)
      : reportDifferences(name, truth, stream, said)),
  ];
}

function jitterDifferences(
  name: string,
  { longestStall }: RelayTruth,
  stream: RelayedStream,
  { clockRate, rfc3550 }: Stream,
): readonly string[] {
  if (clockRate === undefined || rfc3550 === undefined) return [];
  const right = jitterOf(stream, clockRate);
  // A stall within a packet's delivery moves two distances, its own and the next one's, and a sixteenth of each counts.
  const stalled = longestStall / 8;
  return [
    ...near(
      `${name}: average jitter`,
      rfc3550.averageJitterSeconds,
      right.mean,
      JITTER + (16 * stalled) / stream.left.length,
    ),
    ...near(`${name}: maximum jitter`, rfc3550.maximumJitterSeconds, right.most, 2 * JITTER + stalled),
  ];
}

/** Of a stream of the gateway's: what the device reported of it in clear, and the round trip. */
function reportDifferences(name: string, truth: RelayTruth, stream: RelayedStream, said: Stream): readonly string[] {
  if (said.reported === undefined) return [];
  const rtcpPort = stream.destinationPort + 1;
  const right = reportedLoss(truth, [stream], rtcpPort, said.reported.lossPercent);
  return [
    ...near(`${name}: reported loss`, said.reported.lossPercent, right.percent, right.tolerance),
    ...near(
      `${name}: round trip`,
      said.roundTrip?.averageSeconds,
      mean(roundTrips(truth, rtcpPort)),
      ROUND_TRIP + truth.longestStall,
    ),
  ];
}

/**
 * What the device's last report can know, or the one before: a busy device may write the last one, of its BYE, with the counts
 * of that, and may not have read what had arrived. Of all this what is nearest to what was said. Percent.
 */
function reportedLoss(
  truth: RelayTruth,
  streams: readonly RelayedStream[],
  rtcpPort: number,
  said: number | undefined,
  until = Number.POSITIVE_INFINITY,
) {
  const reports = reportTimes(truth, rtcpPort, until).slice(-2);
  const known = reports.flatMap((at) => knownAround(streams, at, WRITING + truth.longestStall));
  const far = ({ percent }: { readonly percent: number }): number => Math.abs(percent - (said ?? Number.NaN));
  return known.toSorted((a, b) => far(a) - far(b))[0] ?? { percent: Number.NaN, tolerance: 0 };
}

function knownAround(streams: readonly RelayedStream[], at: number, writing: number) {
  const moments = Math.ceil((UNREAD + writing) / MOMENT);
  return Array.from({ length: moments + 1 }, (_, index) => {
    const counts = streams.map((stream) => atReceiver(stream, at - UNREAD + index * MOMENT));
    const lost = sum(counts.map((count) => count.lost));
    const expected = lost + sum(counts.map(({ packets }) => packets));
    return { percent: (100 * lost) / expected, tolerance: (100 * BESIDE_MOMENT) / expected };
  });
}

/** How the report of a leg that ended then (epoch seconds) differs from what the relay did with its channels. */
export function reportedDifferences(
  truth: RelayTruth,
  channels: readonly RelayedChannel[],
  items: readonly MediaQuality[],
  endedAt: number,
): readonly string[] {
  const unknown = items.length === channels.length ? [] : [`${items.length} channels, not ${channels.length}`];
  return [
    ...unknown,
    ...channels.flatMap((channel) => {
      const item = itemOf(items, channel);
      return item === undefined
        ? [`${nameOf(channel)} is not in the report`]
        : itemDifferences(truth, channel, item, endedAt).map((line) => `${nameOf(channel)} ${line}`);
    }),
  ];
}

const TYPES = {
  audio: '#microsoft.graph.teleconferenceDeviceAudioQuality',
  video: '#microsoft.graph.teleconferenceDeviceVideoQuality',
  screenSharing: '#microsoft.graph.teleconferenceDeviceScreenSharingQuality',
} as const;

const nameOf = ({ media, channelIndex }: ChannelId): string => `${media} ${channelIndex}`;

/** The channel in a report. */
export const itemOf = (items: readonly MediaQuality[], { media, channelIndex }: ChannelId): MediaQuality | undefined =>
  items.find((item) => item['@odata.type'] === TYPES[media] && item.channelIndex === channelIndex);

function itemDifferences(
  truth: RelayTruth,
  channel: RelayedChannel,
  item: MediaQuality,
  endedAt: number,
): readonly string[] {
  const inbound = of(channel.streams, 'in').map((stream) => seenAtGateway(stream, 0, endedAt));
  const outbound = of(channel.streams, 'out').map((stream) => seenAtGateway(stream, 0, endedAt));
  const received = sum(inbound.map(({ packets }) => packets));
  const lost = sum(inbound.map((counts) => counts.lost));
  return [
    ...near('inboundPackets', numberOf(item.inboundPackets), received, 0),
    ...near(
      'outboundPackets',
      numberOf(item.outboundPackets),
      sum(outbound.map(({ packets }) => packets)),
      reaching(truth, channel.streams, endedAt),
    ),
    ...(received === 0
      ? []
      : near(
          'loss in',
          numberOf(item.averageInboundPacketLossRateInPercentage),
          (100 * lost) / (received + lost),
          PERCENT,
        )),
    ...tripDifferences(truth, channel, item),
    ...outboundDifferences(truth, channel, item, endedAt),
  ];
}

function tripDifferences(
  truth: RelayTruth,
  { reports, devicePort }: RelayedChannel,
  item: MediaQuality,
): readonly string[] {
  const said = [item.averageInboundRoundTripDelay, item.averageOutboundRoundTripDelay].map(secondsOf);
  if (reports === 'none')
    return said.every((value) => value === undefined) ? [] : [`round trips from nowhere: ${said}`];
  const right = mean(reports === 'rtcp' ? roundTrips(truth, devicePort) : bindingTrips(truth));
  return said.flatMap((value, index) =>
    near(`round trip ${index === 0 ? 'in' : 'out'}`, value, right, ROUND_TRIP + truth.longestStall),
  );
}

function outboundDifferences(
  truth: RelayTruth,
  channel: RelayedChannel,
  item: MediaQuality,
  endedAt: number,
): readonly string[] {
  const said = numberOf(item.averageOutboundPacketLossRateInPercentage);
  const streams = of(channel.streams, 'out');
  if (channel.reports !== 'rtcp') return said === undefined ? [] : [`loss out from nowhere: ${said}`];
  const { percent, tolerance } = reportedLoss(truth, streams, channel.devicePort, said, endedAt);
  return near('loss out', said, percent, tolerance);
}

const numberOf = (value: number | string | undefined): number | undefined =>
  typeof value === 'number' ? value : undefined;

const secondsOf = (value: number | string | undefined): number | undefined =>
  typeof value === 'string' ? durationSeconds(value) : undefined;

/**
 * How the live report of a leg that ended then (epoch seconds) differs from the analysis of a capture of the same traffic,
 * channel by channel. What the analysis has of the time after the end, the relay knows.
 */
export function liveDifferences(
  truth: RelayTruth,
  channels: readonly RelayedChannel[],
  items: readonly MediaQuality[],
  { streams: analysed }: Document,
  endedAt: number,
): readonly string[] {
  return channels.flatMap((channel) => {
    const item = itemOf(items, channel);
    const count = (way: 'in' | 'out', what: 'packets' | 'lost'): number =>
      sum(
        of(channel.streams, way).map((stream) => {
          const later = seenAtGateway(stream)[what] - seenAtGateway(stream, 0, endedAt)[what];
          return (analysedOf(analysed, stream)?.[what] ?? Number.NaN) - later;
        }),
      );
    const received = count('in', 'packets');
    const lost = count('in', 'lost');
    return [
      ...near('inboundPackets', numberOf(item?.inboundPackets), received, 0),
      ...near(
        'outboundPackets',
        numberOf(item?.outboundPackets),
        count('out', 'packets'),
        reaching(truth, channel.streams, endedAt),
      ),
      ...(received === 0
        ? []
        : near(
            'loss in',
            numberOf(item?.averageInboundPacketLossRateInPercentage),
            (100 * lost) / (received + lost),
            PERCENT,
          )),
    ].map((line) => `${nameOf(channel)} ${line}`);
  });
}
