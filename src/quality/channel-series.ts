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
  const known = byStream(intervals);
  const own = inOrder([...lines.keys()].map((streamId) => known.get(streamId) ?? []));
  if (new Set(lines.values()).size <= 1) return oneLine(own);
  const slots = new Map<number, Map<string, Interval>>();
  for (const interval of own) {
    const line = lines.get(interval.streamId) ?? interval.streamId;
    const slot = slots.get(interval.startedAt) ?? new Map<string, Interval>();
    const held = slot.get(line);
    slots.set(interval.startedAt, slot.set(line, held === undefined ? interval : add(held, interval)));
  }
  return [...slots.values()].map((slot) => [...slot.values()].reduce(join));
}

/** Most channels have one line of streams: its slots are the intervals, but for the slot of a change. */
function oneLine(own: readonly Interval[]): readonly Interval[] {
  if (own.every(({ startedAt }, n) => startedAt !== own[n - 1]?.startedAt)) return own;
  const slots: Interval[] = [];
  for (const interval of own) {
    const last = slots.at(-1);
    if (last?.startedAt === interval.startedAt) slots[slots.length - 1] = add(last, interval);
    else slots.push(interval);
  }
  return slots;
}

const divided = new WeakMap<readonly Interval[], ReadonlyMap<string, readonly Interval[]>>();

/** Each side of each channel asks for its own of the same list, figures, grades and plots one after another. */
function byStream(intervals: readonly Interval[]): ReadonlyMap<string, readonly Interval[]> {
  const made = divided.get(intervals) ?? Map.groupBy(intervals, ({ streamId }) => streamId);
  divided.set(intervals, made);
  return made;
}

/** The same order whatever order they came in: sums of floats are then the same to the last bit. */
function inOrder(lists: readonly (readonly Interval[])[]): readonly Interval[] {
  const [only, ...others] = lists.filter(({ length }) => length > 0);
  const isInOrder = only?.every(({ startedAt }, n) => n === 0 || startedAt >= (only[n - 1]?.startedAt ?? 0));
  if (only !== undefined && others.length === 0 && isInOrder === true) return only;
  return lists.flat().toSorted((a, b) => a.startedAt - b.startedAt || (a.streamId < b.streamId ? -1 : 1));
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
