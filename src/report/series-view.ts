import type { ChannelId, Direction, Media } from '../model/channel.ts';
import type { Interval, Loss, Peak, Series, Spread } from '../model/interval.ts';
import { join } from '../quality/interval.ts';
import { rfc3339 } from './rfc3339.ts';

/** Every time in it is RFC 3339; values keep our own units (ratios, seconds, octets) so that they still add up. */
type Outward<T> = T extends Peak
  ? Omit<T, 'at'> & { readonly at: string }
  : { readonly [Member in keyof T]: T[Member] extends object | undefined ? Outward<T[Member]> : T[Member] };

/** What all streams of one channel did in one direction in one slot. */
export type IntervalView = Outward<Omit<Interval, 'streamId' | 'startedAt'>> & { readonly startedAt: string };

export type SeriesView = {
  readonly mediaLegId: string;
  /** Length of a slot in seconds. */
  readonly interval: number;
  readonly channels: readonly (ChannelId & { readonly [D in Direction]: readonly IntervalView[] })[];
};

const mediaOrder: readonly Media[] = ['audio', 'video', 'screenSharing'];

/**
 * The series of a leg by channel: streams of a channel joined slot by slot. A channel that the leg knows and no stream
 * belongs to has empty lists; streams of no channel are left out.
 */
export function seriesView(series: Series, assignment: ReadonlyMap<string, ChannelId>, interval: number): SeriesView {
  const channels = new Map<string, ChannelId>();
  for (const { media, channelIndex } of [...series.presence, ...assignment.values()]) {
    channels.set(`${media}/${channelIndex}`, { media, channelIndex });
  }
  const slots = joined(series, assignment);
  const listed = [...channels].toSorted(([, a], [, b]) => byMedia(a, b));
  return {
    mediaLegId: series.mediaLegId,
    interval,
    channels: listed.map(([key, id]) => ({
      ...id,
      inbound: timeline(slots.get(`${key} inbound`)),
      outbound: timeline(slots.get(`${key} outbound`)),
    })),
  };
}

type Slots = ReadonlyMap<number, Interval>;

/** By channel and direction, then by begin of the slot. Streams are joined in a fixed order: sums of floats depend on it. */
function joined(series: Series, assignment: ReadonlyMap<string, ChannelId>): ReadonlyMap<string, Slots> {
  const streams = new Map(series.streams.map((stream) => [stream.streamId, stream]));
  const lists = new Map<string, Map<number, Interval>>();
  for (const interval of series.intervals.toSorted((a, b) => (a.streamId < b.streamId ? -1 : 1))) {
    const channel = assignment.get(interval.streamId);
    const direction = streams.get(interval.streamId)?.direction;
    if (channel === undefined || direction === undefined) continue;
    const key = `${channel.media}/${channel.channelIndex} ${direction}`;
    const slots = lists.get(key) ?? new Map<number, Interval>();
    const other = slots.get(interval.startedAt);
    lists.set(key, slots.set(interval.startedAt, other === undefined ? interval : join(other, interval)));
  }
  return lists;
}

const timeline = (slots: Slots | undefined): readonly IntervalView[] =>
  [...(slots?.values() ?? [])].toSorted((a, b) => a.startedAt - b.startedAt).map(view);

function view({ streamId: _, startedAt, loss, jitter, earlyJitter, roundTrip, ...interval }: Interval): IntervalView {
  return {
    startedAt: rfc3339(startedAt),
    ...interval,
    ...(loss && { loss: timed(loss) }),
    ...(jitter && { jitter: timed(jitter) }),
    ...(earlyJitter && { earlyJitter: timed(earlyJitter) }),
    ...(roundTrip && {
      roundTrip: Object.fromEntries(Object.entries(roundTrip).map(([origin, spread]) => [origin, timed(spread)])),
    }),
  };
}

function timed<Sum extends Loss | Spread>({ worst, ...sum }: Sum) {
  return worst === undefined ? sum : { ...sum, worst: { ...worst, at: rfc3339(worst.at) } };
}

const byMedia = (a: ChannelId, b: ChannelId): number =>
  mediaOrder.indexOf(a.media) - mediaOrder.indexOf(b.media) || a.channelIndex - b.channelIndex;
