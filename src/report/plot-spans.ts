import type { ChannelId, Direction } from '../model/channel.ts';
import type { Interval, Presence, Stream } from '../model/interval.ts';
import type { Leg, Spell } from '../model/leg.ts';
import { isSameChannel } from '../quality/channel-series.ts';
import { rfc3339 } from './rfc3339.ts';

/**
 * Why a stretch of time is not like the rest. `off`: the channel was disabled; `held`: signalling let nothing come this way
 * (mute), or had the call on hold; `silent`: media was expected and none came; `tainted`: not observed, with the reason;
 * `unobserved`: no source looked; `restart`: a moment in which another stream went on from the one before.
 */
export type SpanKind = 'off' | 'held' | 'silent' | 'tainted' | 'unobserved' | 'restart';

/** A stretch of time of one direction of a channel. */
export type PlotSpan = {
  readonly kind: SpanKind;
  readonly from: string;
  readonly to: string;
  /** Of a tainted one: what tainted it. */
  readonly reason?: string;
};

export type SpanInput = {
  readonly leg: Leg;
  readonly id: ChannelId;
  readonly direction: Direction;
  readonly streams: readonly Stream[];
  /** The joined slots of this direction, and what the leg knows of the channel in each. */
  readonly slots: readonly Interval[];
  readonly presence: readonly Presence[];
  /** All of the leg, of single streams. */
  readonly intervals: readonly Interval[];
  /** End of a leg that is live, epoch seconds. */
  readonly until: number;
};

type Stretch = { readonly kind: SpanKind; readonly from: number; to: number; readonly reason?: string };

/** What is shaded in a plot, by time. */
export function plotSpans(input: SpanInput): readonly PlotSpan[] {
  const stretches = [...signalled(input), ...looked(input), ...restarts(input)];
  return stretches
    .toSorted((a, b) => a.from - b.from)
    .map(({ from, to, ...rest }) => ({ ...rest, from: rfc3339(from), to: rfc3339(to) }));
}

/** Seconds of rounding between two spells. */
const TOUCH = 0.01;

const spellsOf = ({ channels }: Leg, id: ChannelId): readonly Spell[] =>
  (channels.find((channel) => isSameChannel(channel, id))?.spells ?? []).toSorted((a, b) => a.from - b.from);

/** Times in which signalling had the channel off, or let nothing come this way. */
function signalled({ leg, id, direction, until }: SpanInput): readonly Stretch[] {
  const end = leg.endedAt ?? until;
  const stretches: Stretch[] = [];
  let at = leg.startedAt;
  const off = (to: number): void => {
    if (to - at > TOUCH) stretches.push({ kind: isAllOff(leg, at, to) ? 'held' : 'off', from: at, to });
  };
  for (const { from, to = end, direction: way, held } of spellsOf(leg, id)) {
    off(from);
    const comes = way === 'sendrecv' || way === (direction === 'inbound' ? 'recvonly' : 'sendonly');
    if (!comes || held) stretches.push({ kind: 'held', from, to });
    at = Math.max(at, to);
  }
  off(end);
  return stretches;
}

/** Session descriptions had channels before, and none in this time: the call was on hold. */
function isAllOff({ channels }: Leg, from: number, to: number): boolean {
  const spells = channels.flatMap((channel) => (channel.told === 'sdp' ? channel.spells : []));
  const isOn = (spell: Spell): boolean => spell.from < to - TOUCH && (spell.to ?? to) > from + TOUCH;
  return spells.some((spell) => spell.from < from) && !spells.some(isOn);
}

/** Times in which nothing came although it was to come, or in which nobody could see whether it did. */
function looked({ leg, id, direction, slots, presence, until }: SpanInput): readonly Stretch[] {
  const measured = new Map<number, Interval>();
  for (const slot of slots) measured.set(slot.startedAt, slot);
  const stretches: Stretch[] = [];
  const put = (found: Pick<Stretch, 'kind' | 'reason'>, from: number, to: number): void => {
    const last = stretches.at(-1);
    const goesOn = last?.kind === found.kind && last.reason === found.reason && from - last.to <= TOUCH;
    if (goesOn) last.to = to;
    else stretches.push({ ...found, from, to });
  };
  const spells = spellsOf(leg, id);
  const unseen = (from: number, to: number): void => {
    for (const spell of spells) {
      const [begin, end] = [Math.max(from, spell.from), Math.min(to, spell.to ?? to)];
      if (end - begin > TOUCH) put({ kind: 'unobserved' }, begin, end);
    }
  };
  let at = leg.startedAt;
  const told = presence.filter((slot) => isSeen(slot) || measured.has(slot.startedAt));
  for (const slot of told.toSorted((a, b) => a.startedAt - b.startedAt)) {
    unseen(at, slot.startedAt);
    at = slot.startedAt + slot.seconds;
    const found = kindOf(slot, measured.get(slot.startedAt), direction);
    if (found !== undefined) put(found, slot.startedAt, Math.min(at, leg.endedAt ?? at));
  }
  unseen(at, leg.endedAt ?? until);
  return stretches;
}

/**
 * Whether a source looked at the channel in this slot. Enabled time that nobody observed may stand in one row anywhere: what
 * is not in a slot is known by its absence.
 */
export const isSeen = ({ observedSeconds, silentSeconds }: Presence): boolean =>
  observedSeconds.inbound + observedSeconds.outbound + silentSeconds.inbound + silentSeconds.outbound > 0;

function kindOf(
  { enabledSeconds, observedSeconds, silentSeconds }: Presence,
  slot: Interval | undefined,
  direction: Direction,
): Pick<Stretch, 'kind' | 'reason'> | undefined {
  if (slot?.taint !== undefined) return { kind: 'tainted', reason: slot.taint };
  if (silentSeconds[direction] > 0) return { kind: 'silent' };
  const isWatched = observedSeconds[direction] >= enabledSeconds / 2;
  return enabledSeconds > 0 && !isWatched ? { kind: 'unobserved' } : undefined;
}

/** A stream that goes on from another: a new SSRC, codec or address pair. */
function restarts({ streams, intervals }: SpanInput): readonly Stretch[] {
  const later = new Set(streams.filter(({ continues }) => continues !== undefined).map(({ streamId }) => streamId));
  const begins = new Map<string, number>();
  if (later.size > 0)
    for (const { streamId, startedAt } of intervals)
      if (later.has(streamId)) begins.set(streamId, Math.min(startedAt, begins.get(streamId) ?? startedAt));
  return [...new Set(begins.values())].map((at) => ({ kind: 'restart', from: at, to: at }));
}
