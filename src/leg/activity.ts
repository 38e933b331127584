import type { ChannelId, Direction } from '../model/channel.ts';
import type { Interval, Stream } from '../model/interval.ts';
import type { Spell } from '../model/leg.ts';
import { channelKey } from './spells.ts';

/** How long a slot is remembered for presence: longer pauses of a source arrive as slots of their own. Seconds. */
const REMEMBERED = 120;

/** A screen share, or any media without signalling, ends with the last packet before this much silence. Seconds. */
const SPELL_GAP = 10;

/** `packets` is missing where the source does not count them: that is no silence. */
type Seen = { readonly packets?: number; readonly covered: number };

/** What one channel did in one slot, per direction; a direction without a stream is missing. */
export type SlotActivity = Readonly<Partial<Record<Direction, Seen>>>;

/** The last two minutes of a live leg, slot by slot: enough to tell silence, and media that nobody signalled. */
export type Activity = { readonly slots: Map<number, Map<string, Seen>>; readonly slotSeconds: number };

export const noActivity = (slotSeconds: number): Activity => ({ slots: new Map(), slotSeconds });

/** Takes in intervals, forgets slots older than two minutes before `now`; the earliest slot that changed, if any did. */
export function noteActivity(activity: Activity, intervals: readonly Interval[], now: number): number | undefined {
  let earliest: number | undefined;
  for (const { streamId, startedAt, packets, coveredSeconds } of intervals) {
    const slot = activity.slots.get(startedAt) ?? new Map<string, Seen>();
    slot.set(streamId, { ...(packets !== undefined && { packets }), covered: coveredSeconds });
    activity.slots.set(startedAt, slot);
    earliest = Math.min(earliest ?? startedAt, startedAt);
  }
  const oldest = Math.min(now - REMEMBERED, earliest ?? Number.POSITIVE_INFINITY);
  for (const startedAt of activity.slots.keys()) if (startedAt < oldest) activity.slots.delete(startedAt);
  return earliest;
}

function join(a: Seen | undefined, b: Seen): Seen {
  if (a === undefined) return b;
  const covered = Math.max(a.covered, b.covered);
  const counted = a.packets !== undefined && b.packets !== undefined;
  return counted ? { packets: (a.packets ?? 0) + (b.packets ?? 0), covered } : { covered };
}

/** What each channel did in a slot, by channel key. */
export function channelActivity(
  activity: Activity,
  startedAt: number,
  streams: ReadonlyMap<string, Stream>,
  assignment: ReadonlyMap<string, ChannelId>,
): ReadonlyMap<string, SlotActivity> {
  const result = new Map<string, SlotActivity>();
  for (const [streamId, seen] of activity.slots.get(startedAt) ?? []) {
    const direction = streams.get(streamId)?.direction;
    const channel = assignment.get(streamId);
    if (direction === undefined || channel === undefined) continue;
    const key = channelKey(channel);
    result.set(key, { ...result.get(key), [direction]: join(result.get(key)?.[direction], seen) });
  }
  return result;
}

/** Seconds of a slot in which a source looked at the whole leg, and would have told of any stream. */
export function watchedSeconds(activity: Activity, startedAt: number, streams: ReadonlyMap<string, Stream>): number {
  let watched = 0;
  for (const [streamId, { covered }] of activity.slots.get(startedAt) ?? []) {
    if (streams.get(streamId)?.complete) watched = Math.max(watched, covered);
  }
  return watched;
}

/** When the last of what was measured ends, epoch seconds; undefined without any. */
export function measuredUntil(activity: Activity): number | undefined {
  const last = Math.max(...activity.slots.keys());
  if (!Number.isFinite(last)) return undefined;
  return last + Math.max(...[...(activity.slots.get(last)?.values() ?? [])].map(({ covered }) => covered));
}

/**
 * Spells as the media themselves tell them: from the first packet in either direction to the last one before ≥ 10 s
 * without any. `active`: slots with packets and the seconds of each that were covered, by time; none begins before `since`.
 */
export function mediaSpells(
  before: readonly Spell[],
  active: readonly { readonly startedAt: number; readonly covered: number }[],
  slotSeconds: number,
  since: number,
): readonly Spell[] {
  const spells = [...before];
  const starts = new Set(active.map(({ startedAt }) => startedAt));
  for (const { startedAt, covered } of active) {
    const begins = starts.has(startedAt + slotSeconds) && !starts.has(startedAt - slotSeconds);
    const from = Math.max(begins ? startedAt + slotSeconds - covered : startedAt, since);
    extend(spells, { from, to: from + covered, direction: 'sendrecv' });
  }
  return spells;
}

function extend(spells: Spell[], next: { from: number; to: number; direction: 'sendrecv' }): void {
  const at = spells.findIndex(
    (spell) => next.from < (spell.to ?? next.to) + SPELL_GAP && next.to > spell.from - SPELL_GAP,
  );
  const near = spells[at];
  if (near === undefined) spells.push(next);
  else spells[at] = { ...next, from: Math.min(near.from, next.from), to: Math.max(near.to ?? next.to, next.to) };
}
