import type { ReportBody } from '../client/shapes.ts';
import type { ChannelId, Direction } from '../model/channel.ts';
import { type Figures, reportedChannels } from './media-quality.ts';
import type { Truth } from './truth.ts';

/** What the relay did beside what was measured. `note` instead of a difference: why the two are not compared. */
export type Comparison = {
  readonly channel: ChannelId;
  readonly direction: Direction;
  readonly figure: 'loss' | 'round trip' | 'jitter';
  readonly unit: '%' | 'ms';
  readonly relay?: number;
  readonly measured?: number;
  readonly note?: string;
};

/** Every figure of which the relay knows the truth, by channel and direction. A round trip is the same in both. */
export function comparisons(report: ReportBody, truth: Truth): readonly Comparison[] {
  const reported = reportedChannels(report);
  return truth.channels.flatMap((channel) => {
    const { inbound, outbound, roundTrip } = channel;
    const measured = reported.find((other) => isSame(other, channel));
    const loop = { roundTripSeconds: roundTrip.averageSeconds };
    const there = { lossPercent: inbound.lossPercent, jitterSeconds: inbound.jitter.averageSeconds, ...loop };
    const { lossPercent } = outbound.untilLastReport;
    const back = { lossPercent, jitterSeconds: outbound.jitter.averageSeconds, ...loop };
    return [
      ...rows(channel, 'inbound', measured?.inbound, there),
      ...rows(channel, 'outbound', measured?.outbound, back),
    ];
  });
}

const isSame = (one: ChannelId, other: ChannelId): boolean =>
  one.media === other.media && one.channelIndex === other.channelIndex;

type Known = {
  readonly lossPercent: number | undefined;
  readonly roundTripSeconds: number | undefined;
  readonly jitterSeconds: number | undefined;
};

function rows(
  { media, channelIndex }: ChannelId,
  direction: Direction,
  measured: Figures | undefined,
  known: Known,
): readonly Comparison[] {
  const about = { channel: { media, channelIndex }, direction };
  // The padding that libwebrtc sends as RTX counts as sent, which a slow stream cannot hide.
  const padded = media === 'screenSharing' && direction === 'outbound';
  const paced = media !== 'audio';
  return [
    {
      ...about,
      figure: 'loss',
      unit: '%',
      ...value('relay', known.lossPercent),
      ...value('measured', measured?.lossPercent),
      ...(padded && { note: 'stated only: padding counts as sent' }),
    },
    {
      ...about,
      figure: 'round trip',
      unit: 'ms',
      ...value('relay', known.roundTripSeconds, 1000),
      ...value('measured', measured?.roundTripMillis),
    },
    {
      ...about,
      figure: 'jitter',
      unit: 'ms',
      ...(paced
        ? { note: "paced: contains the sender's own spacing of packets" }
        : value('relay', known.jitterSeconds, 1000)),
      ...value('measured', measured?.jitterMillis),
    },
  ];
}

function value<Name extends 'relay' | 'measured'>(name: Name, known: number | undefined, factor = 1) {
  return known === undefined ? {} : { [name]: known * factor };
}
