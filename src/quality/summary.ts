import type { ChannelId, Endpoint } from '../model/channel.ts';
import type { Absence, ChannelSummary } from '../model/figures.ts';
import type { Interval, Series, Stream } from '../model/interval.ts';
import type { Channel } from '../model/leg.ts';
import { present } from './present.ts';
import { figuresOf } from './summary-figures.ts';
import { presenceOf, type Side, sideOf, sum } from './summary-side.ts';

export type SummaryInput = {
  readonly series: Series;
  /** The channel of each stream, by streamId. A medium measured twice must be in it once. */
  readonly assignment: ReadonlyMap<string, ChannelId>;
  readonly channels: readonly Channel[];
};

/**
 * Folds a series into the figures of every channel that was ever enabled: the one way from intervals to numbers. One with a
 * lower number than such is listed too, or the numbers of a report would have holes.
 */
export function summarize(input: SummaryInput): readonly ChannelSummary[] {
  const enabled = input.channels.filter((channel) => wasEnabled(input, channel));
  const listed = (channel: Channel): boolean =>
    enabled.some(({ media, channelIndex }) => media === channel.media && channelIndex >= channel.channelIndex);
  return input.channels.filter(listed).map((channel) => summaryOf(input, channel));
}

function wasEnabled(input: SummaryInput, channel: Channel): boolean {
  return channel.spells.length > 0 || presenceOf(input.series, channel).some((slot) => slot.enabledSeconds > 0);
}

function summaryOf(input: SummaryInput, channel: Channel): ChannelSummary {
  const { media, channelIndex } = channel;
  const inbound = sideOf(input, channel, 'inbound');
  const outbound = sideOf(input, channel, 'outbound');
  return present<ChannelSummary>({
    media,
    channelIndex,
    mediaDuration: inbound.enabledSeconds,
    ...pathOf(input.series, channel, [...inbound.streams, ...outbound.streams]),
    codec: codecsOf(input.series, inbound, outbound),
    figures: figuresOf({ media, inbound, outbound, reportsAbsent: reportsAbsence(inbound, outbound) }),
  });
}

/** Why there is nothing where the device did not report: it may have done so unreadably. */
const reportsAbsence = (...sides: readonly Side[]): Absence =>
  sides.some(({ streams }) => streams.some((stream) => stream.reportsEncrypted)) ? 'encrypted' : 'no-reports';

type Path = { readonly local: Endpoint | undefined; readonly remote: Endpoint | undefined };

/** The addresses as the gateway told them; else the pair on the wire that carried most media; else what the SDP says. */
function pathOf(series: Series, channel: Channel, streams: readonly Stream[]): Path {
  const told = channel.told === 'control' ? channel : undefined;
  const wire = mostCarried(series, streams, (s) => (s.local || s.remote) && JSON.stringify([s.local, s.remote]));
  return {
    local: told?.local ?? wire?.local ?? channel.local,
    remote: told?.remote ?? wire?.remote ?? channel.remote,
  };
}

function codecsOf(series: Series, inbound: Side, outbound: Side): ChannelSummary['codec'] {
  const codecOf = (side: Side) => mostCarried(series, side.streams, (stream) => stream.codec)?.codec;
  const codecs = present<NonNullable<ChannelSummary['codec']>>({
    inbound: codecOf(inbound),
    outbound: codecOf(outbound),
  });
  return Object.keys(codecs).length === 0 ? undefined : codecs;
}

/** One of the streams of that key whose streams carried most packets together; of equal ones the first key. */
function mostCarried(
  series: Series,
  streams: readonly Stream[],
  keyOf: (stream: Stream) => string | undefined,
): Stream | undefined {
  const groups = Map.groupBy(streams, keyOf);
  groups.delete(undefined);
  const ranked = [...groups]
    .map(([key, group]) => ({ key: key ?? '', stream: group[0], packets: packetsOf(series, group) }))
    .sort((a, b) => b.packets - a.packets || (a.key < b.key ? -1 : 1));
  return ranked[0]?.stream;
}

function packetsOf(series: Series, streams: readonly Stream[]): number {
  const ids = new Set(streams.map((stream) => stream.streamId));
  const carried = (interval: Interval) => interval.packets ?? interval.loss?.of ?? 0;
  return sum(series.intervals.filter((interval) => ids.has(interval.streamId)).map(carried));
}
