import type { Direction } from '../model/channel.ts';
import type { Interval, Loss, Presence, Series, Spread, Stream } from '../model/interval.ts';
import type { Channel, Leg } from '../model/leg.ts';
import { mediaSpells } from './activity.ts';
import { assignChannels } from './assign.ts';
import { channelKey, closedChannels } from './spells.ts';

/** What another product measured of a leg: streams that know their channel, intervals of any length. */
export type Imported = { readonly streams: readonly Stream[]; readonly intervals: readonly Interval[] };

/** Of presence where the leg has none yet. Seconds. */
const SLOT = 60;

type Span = { readonly from: number; readonly to: number };
type Spans = Readonly<Record<Direction, readonly Span[]>>;

/**
 * An ended leg and its series with what was imported. Imported intervals lie on no grid and overlap, so the seconds that were
 * observed are told in presence of its own: on the leg's own slots where it has any, each second once.
 */
export function withImport(leg: Leg, series: Series, { streams, intervals }: Imported, endedAt: number) {
  const all = [...series.streams, ...streams];
  const { assignment, channels: assigned } = assignChannels(leg, all);
  const life = { from: leg.startedAt, to: endedAt };
  const within = intervals
    .filter(({ startedAt, seconds }) => startedAt < life.to && startedAt + seconds > life.from)
    .map((interval) => peaksUntil(interval, endedAt));
  const spansOf = (channel: Channel): Spans => {
    const of = (direction: Direction): readonly Span[] => {
      const ids = new Set(streams.filter((stream) => stream.direction === direction).map(({ streamId }) => streamId));
      const here = (id: string): boolean => {
        const place = assignment.get(id);
        return ids.has(id) && place !== undefined && channelKey(place) === channelKey(channel);
      };
      return union(within.filter(({ streamId }) => here(streamId)).map((interval) => spanOf(interval, life)));
    };
    return { inbound: of('inbound'), outbound: of('outbound') };
  };
  const channels = closedChannels(
    assigned.map((channel) => enabled(channel, spansOf(channel), leg.startedAt)),
    endedAt,
  );
  const slot = series.presence[0]?.seconds ?? SLOT;
  const presence = channels.flatMap((channel) => presenceOf(leg, channel, spansOf(channel), slot));
  const merged: Series = {
    ...series,
    streams: all,
    intervals: [...series.intervals, ...within].toSorted((a, b) => a.startedAt - b.startedAt),
    presence: joined(series.presence, presence),
  };
  return { leg: { ...leg, channels }, series: merged };
}

const spanOf = ({ startedAt, coveredSeconds }: Interval, { from, to }: Span): Span => ({
  from: Math.max(startedAt, from),
  to: Math.min(startedAt + coveredSeconds, to),
});

function union(spans: readonly Span[]): readonly Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && span.from <= last.to)
      result.push({ ...result.pop(), from: last.from, to: Math.max(last.to, span.to) });
    else result.push(span);
  }
  return result;
}

/** A channel that nobody signalled was enabled while it was measured. */
function enabled(channel: Channel, spans: Spans, since: number): Channel {
  if (channel.told !== 'media') return channel;
  const active = union([...spans.inbound, ...spans.outbound]);
  const told = active.map(({ from, to }) => ({ startedAt: from, covered: to - from }));
  return { ...channel, spells: mediaSpells(channel.spells, told, SLOT, since) };
}

/** The last sample of another product ends after the leg: what it tells is of the leg's last moment. */
function peaksUntil(interval: Interval, to: number): Interval {
  if (interval.startedAt >= to || interval.startedAt + interval.seconds <= to) return interval;
  const { loss, jitter, roundTrip } = interval;
  const trip = roundTrip?.imported;
  return {
    ...interval,
    ...(loss && { loss: peakUntil(loss, to) }),
    ...(jitter && { jitter: peakUntil(jitter, to) }),
    ...(trip && { roundTrip: { ...roundTrip, imported: peakUntil(trip, to) } }),
  };
}

function peakUntil<T extends Loss | Spread>(sum: T, to: number): T {
  const { worst } = sum;
  return worst === undefined ? sum : { ...sum, worst: { ...worst, at: Math.min(worst.at, to) } };
}

function presenceOf(
  { mediaLegId }: Leg,
  { media, channelIndex }: Channel,
  spans: Spans,
  seconds: number,
): readonly Presence[] {
  const slots = new Set<number>();
  for (const { from, to } of [...spans.inbound, ...spans.outbound])
    for (let at = Math.floor(from / seconds) * seconds; at < to; at += seconds) slots.add(at);
  return [...slots].map((startedAt) => {
    const observed = (all: readonly Span[]): number =>
      all.reduce(
        (sum, { from, to }) => sum + Math.max(0, Math.min(to, startedAt + seconds) - Math.max(from, startedAt)),
        0,
      );
    const observedSeconds = { inbound: observed(spans.inbound), outbound: observed(spans.outbound) };
    const silentSeconds = { inbound: 0, outbound: 0 };
    // How long it was enabled in it is told by the channel's spells.
    return {
      mediaLegId,
      media,
      channelIndex,
      startedAt,
      seconds,
      enabledSeconds: seconds,
      observedSeconds,
      silentSeconds,
    };
  });
}

/** Where the leg has a row of its own the more that was observed counts. */
function joined(own: readonly Presence[], imported: readonly Presence[]): readonly Presence[] {
  const keyOf = (row: Presence): string => `${row.startedAt} ${channelKey(row)}`;
  const rows = new Map(own.map((row) => [keyOf(row), row]));
  for (const row of imported) {
    const before = rows.get(keyOf(row));
    const most = (direction: Direction): number =>
      Math.max(row.observedSeconds[direction], before?.observedSeconds[direction] ?? 0);
    rows.set(keyOf(row), {
      ...row,
      ...before,
      observedSeconds: { inbound: most('inbound'), outbound: most('outbound') },
    });
  }
  return [...rows.values()].toSorted((a, b) => a.startedAt - b.startedAt);
}
