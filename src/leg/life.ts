import type { ChannelId, Direction } from '../model/channel.ts';
import type { Interval, Loss, Peak, Presence, Series, Spread } from '../model/interval.ts';
import type { Channel, Leap, Spell } from '../model/leg.ts';
import { REPORT_REACH } from '../session/held-loss.ts';
import { channelKey, enabledSeconds, inboundExpected, outboundExpected, withoutLeaps } from './spells.ts';

/** When a leg lived, epoch seconds, and what of it was passed over when the clock was set. */
export type Life = { readonly from: number; readonly to: number; readonly leaps?: readonly Leap[] };

/** Times are stored in microseconds; less than this beyond an edge is rounding. Seconds. */
const EDGE = 0.005;

const EXPECTED = { inbound: inboundExpected, outbound: outboundExpected };

/**
 * The series as it counts: what lies before the begin or after the end that is known now is cut off (begin and end may be
 * told later than they were), channels are enabled for as long as their spells say now, and nothing is lost while nothing
 * was to come. `assignment`: the channel of each stream, by streamId.
 */
export function withinLife(
  series: Series,
  channels: readonly Channel[],
  life: Life,
  assignment: ReadonlyMap<string, ChannelId> = new Map(),
): Series {
  const expected = expectations(series, channels, assignment);
  const intervals: Interval[] = [];
  for (const interval of series.intervals) {
    const inside = cut(interval, life);
    if (inside !== undefined) intervals.push(withoutHeld(inside, expected.get(interval.streamId), life));
  }
  const slots = new Map<number, number>();
  const free = new Set(series.streams.filter(({ source }) => source === 'webex').map(({ streamId }) => streamId));
  for (const { startedAt, seconds } of series.presence) slots.set(startedAt, seconds);
  // Imported intervals lie on no grid: their presence alone does.
  for (const { streamId, startedAt, seconds } of intervals) if (!free.has(streamId)) slots.set(startedAt, seconds);
  const byChannel = Map.groupBy(series.presence, channelKey);
  const presence = withoutLeaps(channels, life.leaps).flatMap((channel) => {
    const rows = new Map(byChannel.get(channelKey(channel))?.map((row) => [row.startedAt, row]));
    const told = [...slots].map(([startedAt, seconds]) => {
      const frame = { mediaLegId: series.mediaLegId, startedAt, seconds };
      return rowOf(frame, channel, rows.get(startedAt), life);
    });
    return [...told, rest(series.mediaLegId, channel, told, life)];
  });
  return { ...series, intervals, presence: presence.filter(({ enabledSeconds: enabled }) => enabled > 0) };
}

/**
 * The spells of each stream's channel in which media were to go its way, by streamId. Where the packets themselves tell
 * them, or media came although none were ever expected, nothing is known to have been on hold.
 */
function expectations(
  { streams }: Series,
  channels: readonly Channel[],
  assignment: ReadonlyMap<string, ChannelId>,
): ReadonlyMap<string, readonly Spell[]> {
  const told = channels.filter((channel) => channel.told !== 'media');
  const byKey = new Map(told.map((channel) => [channelKey(channel), channel.spells]));
  const found = new Map<string, readonly Spell[]>();
  for (const { streamId, direction } of streams) {
    const channel = assignment.get(streamId);
    const spells = channel && byKey.get(channelKey(channel))?.filter(EXPECTED[direction]);
    if (spells !== undefined && spells.length > 0) found.set(streamId, spells);
  }
  return found;
}

/**
 * Sequence numbers may run on while a channel is on hold: what is sent then is dropped on the way by intent. A hole is spread
 * over the time it spans, so a slot that holds any of that time has no loss of its own, and a window that does no maximum.
 */
function withoutHeld(interval: Interval, expected: readonly Spell[] | undefined, life: Life): Interval {
  const { loss, startedAt, seconds, coveredSeconds } = interval;
  if (loss === undefined || expected === undefined) return interval;
  const [from, to] = [Math.max(startedAt, life.from), Math.min(startedAt + seconds, life.to)];
  const reach = Math.min(
    from - REPORT_REACH,
    loss.worst === undefined ? from : loss.worst.at - loss.worst.windowSeconds,
  );
  // Most calls are never on hold, and a day has 172,800 slots.
  if (isEnabledThroughout(expected, Math.max(reach, life.from), Math.max(to, loss.worst?.at ?? to))) return interval;
  const isHeldIn = enabledSeconds(expected, from, to) < Math.min(coveredSeconds, to - from) - EDGE;
  if (isHeldIn || (loss.origin === 'reported' && isHeldBefore(expected, from, life))) {
    const { loss: _, ...unlost } = interval;
    return unlost;
  }
  const { worst, ...sums } = loss;
  if (worst === undefined) return interval;
  const begin = Math.max(worst.at - worst.windowSeconds, life.from);
  const isHeld = enabledSeconds(expected, begin, worst.at) < worst.at - begin - EDGE;
  return isHeld ? { ...interval, loss: sums } : interval;
}

const isEnabledThroughout = (spells: readonly Spell[], begin: number, end: number): boolean =>
  spells.some(({ from, to = Number.POSITIVE_INFINITY }) => from <= begin && to >= end);

/** Whether a report at that time may tell of a hold. A channel is not on hold before its first spell. */
function isHeldBefore(expected: readonly Spell[], at: number, life: Life): boolean {
  const first = Math.min(...expected.map(({ from }) => from));
  const begin = Math.max(at - REPORT_REACH, life.from, first);
  return enabledSeconds(expected, begin, at) < at - begin - EDGE;
}

type Frame = { readonly mediaLegId: string; readonly startedAt: number; readonly seconds: number };

const none: Readonly<Record<Direction, number>> = { inbound: 0, outbound: 0 };

const least = (values: Readonly<Record<Direction, number>>, most: number): Record<Direction, number> => ({
  inbound: Math.min(values.inbound, most),
  outbound: Math.min(values.outbound, most),
});

function rowOf(
  frame: Frame,
  { media, channelIndex, spells }: Channel,
  row: Presence | undefined,
  life: Life,
): Presence {
  const from = Math.max(frame.startedAt, life.from);
  const enabled = enabledSeconds(spells, from, Math.max(from, Math.min(frame.startedAt + frame.seconds, life.to)));
  const observedSeconds = least(row?.observedSeconds ?? none, enabled);
  const silentSeconds = least(row?.silentSeconds ?? none, enabled);
  return { ...frame, media, channelIndex, enabledSeconds: enabled, observedSeconds, silentSeconds };
}

/** The enabled time of the slots that nobody observed, as one row after the leg's life, where nothing is measured. */
function rest(mediaLegId: string, channel: Channel & ChannelId, told: readonly Presence[], life: Life): Presence {
  const { media, channelIndex, spells } = channel;
  const counted = told.reduce((sum, row) => sum + row.enabledSeconds, 0);
  const enabled = Math.max(0, enabledSeconds(spells, life.from, Math.max(life.from, life.to)) - counted);
  const frame = { mediaLegId, startedAt: Math.ceil(life.to) + 3600, seconds: enabled };
  return { ...frame, media, channelIndex, enabledSeconds: enabled, observedSeconds: none, silentSeconds: none };
}

/**
 * The part of an interval that lies in the leg's life. What it counts is spread evenly over the seconds it covers, which
 * reach to the slot's end where the leg begins in it, and start with the slot where it ends in it: where in a slot a loss
 * was is not known, so one after an end that is told late is shared with the rest of its slot.
 */
function cut(interval: Interval, life: Life): Interval | undefined {
  const { startedAt, seconds, coveredSeconds } = interval;
  const end = startedAt + seconds;
  if (startedAt >= life.to || end <= life.from) return undefined;
  const before = Math.max(0, Math.min(life.from, end) - Math.max(startedAt, end - coveredSeconds));
  const early = startedAt < life.from ? before : 0;
  const late = end > life.to ? Math.max(0, startedAt + coveredSeconds - life.to) : 0;
  const outside = (early > EDGE ? early : 0) + (late > EDGE ? late : 0);
  if (outside === 0) return interval;
  const share = coveredSeconds > 0 ? Math.max(0, 1 - outside / coveredSeconds) : 0;
  return share === 0 ? undefined : scaled(interval, share, life);
}

function scaled(interval: Interval, share: number, life: Life): Interval {
  const { coveredSeconds, packets, octets, frames, loss, jitter, earlyJitter, roundTrip, ...same } = interval;
  return {
    ...same,
    coveredSeconds: coveredSeconds * share,
    ...(packets === undefined ? {} : { packets: packets * share }),
    ...(octets === undefined ? {} : { octets: octets * share }),
    ...(frames === undefined ? {} : { frames: frames * share }),
    ...(loss && { loss: { ...peakWithin(loss, life), lost: loss.lost * share, of: loss.of * share } }),
    ...(jitter && { jitter: scaledSpread(jitter, share, life) }),
    ...(earlyJitter && { earlyJitter: scaledSpread(earlyJitter, share, life) }),
    ...(roundTrip && { roundTrip }),
  };
}

const scaledSpread = (spread: Spread, share: number, life: Life): Spread => ({
  ...peakWithin(spread, life),
  sum: spread.sum * share,
  count: spread.count * share,
});

/** Without a maximum that was reached outside the leg's life. */
function peakWithin<T extends Loss | Spread>(sum: T, { from, to }: Life): T {
  const { worst, ...rest } = sum as T & { readonly worst?: Peak };
  const inside = worst !== undefined && worst.at >= from - EDGE && worst.at <= to + EDGE;
  return inside ? sum : (rest as T); // worst is optional in both
}
