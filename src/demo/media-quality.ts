import type { MediaQuality, ReportBody } from '../client/shapes.ts';
import type { ChannelId, Direction, Media } from '../model/channel.ts';
import { durationSeconds } from './iso-duration.ts';

const MEDIA_OF_TYPE: Readonly<Record<string, Media>> = {
  '#microsoft.graph.teleconferenceDeviceAudioQuality': 'audio',
  '#microsoft.graph.teleconferenceDeviceVideoQuality': 'video',
  '#microsoft.graph.teleconferenceDeviceScreenSharingQuality': 'screenSharing',
};

/** One channel of a report in one direction, in the units a person reads. What the report leaves out is absent. */
export type Figures = {
  readonly packets?: number;
  readonly lossPercent?: number;
  readonly maximumLossPercent?: number;
  readonly jitterMillis?: number;
  readonly maximumJitterMillis?: number;
  readonly roundTripMillis?: number;
  readonly maximumRoundTripMillis?: number;
  readonly kilobitsPerSecond?: number;
  readonly framesPerSecond?: number;
};

export type ReportedChannel = ChannelId & { readonly [D in Direction]: Figures };

/** The channels of a report, as somebody who has only the report can read them. */
export function reportedChannels(report: ReportBody): readonly ReportedChannel[] {
  return report.quality.mediaQualityList.flatMap((item) => {
    const media = MEDIA_OF_TYPE[item['@odata.type']];
    if (media === undefined) return [];
    const { channelIndex } = item;
    return [{ media, channelIndex, inbound: figuresOf(item, 'Inbound'), outbound: figuresOf(item, 'Outbound') }];
  });
}

function figuresOf(item: MediaQuality, way: 'Inbound' | 'Outbound'): Figures {
  const found = {
    packets: numberOf(item[way === 'Inbound' ? 'inboundPackets' : 'outboundPackets']),
    lossPercent: numberOf(item[`average${way}PacketLossRateInPercentage`]),
    maximumLossPercent: numberOf(item[`maximum${way}PacketLossRateInPercentage`]),
    jitterMillis: millisOf(item[`average${way}Jitter`]),
    maximumJitterMillis: millisOf(item[`maximum${way}Jitter`]),
    roundTripMillis: millisOf(item[`average${way}RoundTripDelay`]),
    maximumRoundTripMillis: millisOf(item[`maximum${way}RoundTripDelay`]),
    kilobitsPerSecond: numberOf(item[`average${way}BitRate`], 1000),
    framesPerSecond: numberOf(item[`average${way}FrameRate`]),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

const numberOf = (value: unknown, divisor = 1): number | undefined =>
  typeof value === 'number' ? value / divisor : undefined;

function millisOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' ? durationSeconds(value) : undefined;
  return seconds === undefined ? undefined : seconds * 1000;
}
