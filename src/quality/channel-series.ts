import type { ChannelId, Direction } from '../model/channel.ts';
import type { Interval, Series, Stream } from '../model/interval.ts';
import { add, join } from './interval.ts';

/** Whether a stream or presence belongs to a channel. */
export function isSameChannel(a: ChannelId | undefined, b: ChannelId): boolean {
  return a?.media === b.media && a.channelIndex === b.channelIndex;
}

/** The streams of one direction that were given to a channel. */
export function channelStreams(
  series: Series,
  assignment: ReadonlyMap<string, ChannelId>,
  channel: ChannelId,
  direction: Direction,
): readonly Stream[] {
  return series.streams.filter(
    (stream) => stream.direction === direction && isSameChannel(assignment.get(stream.streamId), channel),
  );
}

/**
 * What these streams did together, slot by slot. A stream and the one it goes on from are one in the slot of the change
 * (their frames add up); streams beside each other are joined.
 */
export function joinSlots(streams: readonly Stream[], intervals: readonly Interval[]): readonly Interval[] {
  const lines = linesOf(streams);
  const slots = new Map<number, Map<string, Interval>>();
  for (const interval of inOrder(intervals.filter(({ streamId }) => lines.has(streamId)))) {
    const line = lines.get(interval.streamId) ?? interval.streamId;
    const slot = slots.get(interval.startedAt) ?? new Map<string, Interval>();
    const held = slot.get(line);
    slots.set(interval.startedAt, slot.set(line, held === undefined ? interval : add(held, interval)));
  }
  return [...slots.values()].map((slot) => [...slot.values()].reduce(join));
}

/** The same order whatever order they came in: sums of floats are then the same to the last bit. */
function inOrder(intervals: readonly Interval[]): readonly Interval[] {
  return intervals.toSorted((a, b) => a.startedAt - b.startedAt || (a.streamId < b.streamId ? -1 : 1));
}

/** By stream, the first of the line that it continues. */
function linesOf(streams: readonly Stream[]): ReadonlyMap<string, string> {
  const previous = new Map(streams.map((stream) => [stream.streamId, stream.continues]));
  const first = (streamId: string, steps: number): string => {
    const before = previous.get(streamId);
    return before === undefined || !previous.has(before) || steps === 0 ? streamId : first(before, steps - 1);
  };
  return new Map(streams.map(({ streamId }) => [streamId, first(streamId, streams.length)]));
}
