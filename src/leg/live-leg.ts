import type { ChannelId } from '../model/channel.ts';
import type { Presence, Stream } from '../model/interval.ts';
import type { Channel, Leg } from '../model/leg.ts';
import type { LiveLeg as StoredLiveLeg } from '../store/store.ts';
import { type Activity, channelActivity, measuredUntil, mediaSpells, noActivity, noteActivity } from './activity.ts';
import { assignChannels } from './assign.ts';
import { type Cursors, decodeCursors } from './cursors.ts';
import type { Measured } from './leg.ts';
import { ownTime, timeSet } from './own-time.ts';
import { presenceBetween } from './presence.ts';
import { channelKey, closedChannels, withoutLeaps } from './spells.ts';

/** How far a gateway's clock may be ahead of ours without anybody noticing. Seconds. */
const CLOCK_AHEAD = 5;

/** Clocks that are kept in step go back by less. */
const SET_BACK_SECONDS = 60;

/** What the agent holds in memory of a leg that goes on. Times are the leg's own. */
export type LiveLeg = {
  leg: Leg;
  readonly streams: Map<string, Stream>;
  assignment: ReadonlyMap<string, ChannelId>;
  readonly activity: Activity;
  readonly cursors: Cursors;
  /** The earliest slot whose presence has to be told again. */
  dirtyFrom: number;
  /** When control or media were last heard of, epoch seconds. */
  heardAt: number;
  /** Any packet of it was ever seen. */
  hasMedia: boolean;
  /** It is ending: no source follows it any more. */
  isReleased?: boolean;
};

export function beginLive(leg: Leg, slotSeconds: number, now: number): LiveLeg {
  const live: LiveLeg = {
    leg,
    streams: new Map(),
    assignment: new Map(),
    activity: noActivity(slotSeconds),
    cursors: new Map(),
    dirtyFrom: leg.startedAt,
    heardAt: now,
    hasMedia: false,
  };
  return assigned(live);
}

/** A leg as the store had it, after the agent came back: the same as if it had never gone. */
export function resumeLive(stored: StoredLiveLeg, slotSeconds: number): LiveLeg {
  const { leg, series } = stored;
  const last = series.intervals.reduce((latest, interval) => Math.max(latest, interval.startedAt), leg.startedAt);
  const live = beginLive(leg, slotSeconds, last);
  for (const stream of series.streams) live.streams.set(stream.streamId, stream);
  live.hasMedia = series.streams.length > 0;
  for (const [kind, cursor] of decodeCursors(stored.cursor)) live.cursors.set(kind, cursor);
  noteActivity(live.activity, series.intervals, Number.NEGATIVE_INFINITY);
  assigned(live);
  tellMediaSpells(live);
  noteActivity(live.activity, [], last);
  live.dirtyFrom = last;
  return live;
}

/** Joins streams to channels anew: after a stream was found, or signalling changed. */
export function assigned(live: LiveLeg): LiveLeg {
  const { assignment, channels } = assignChannels(live.leg, [...live.streams.values()]);
  live.assignment = assignment;
  live.leg = { ...live.leg, channels };
  return live;
}

/** A packet of the leg was seen, `at` epoch seconds. */
export function heard(live: LiveLeg, at: number): void {
  live.heardAt = Math.max(live.heardAt, at);
  live.hasMedia = true;
}

/** Takes in what a source measured. */
export function noteMeasured(live: LiveLeg, batch: Measured, now: number): void {
  for (const stream of batch.streams) live.streams.set(stream.streamId, stream);
  if (batch.streams.length > 0) assigned(live);
  const earliest = noteActivity(live.activity, batch.intervals, now);
  if (earliest === undefined) return;
  live.dirtyFrom = Math.min(live.dirtyFrom, earliest);
  for (const { packets = 0, startedAt, seconds } of batch.intervals)
    if (packets > 0) heard(live, Math.min(startedAt + seconds, now));
  tellMediaSpells(live);
}

/** Channels that nobody signalled are enabled while they have media. */
function tellMediaSpells(live: LiveLeg): void {
  if (live.leg.channels.every((channel) => channel.told !== 'media')) return;
  const slots = [...live.activity.slots.keys()].toSorted((a, b) => a - b);
  const seen = slots.map((startedAt) => ({
    startedAt,
    channels: channelActivity(live.activity, startedAt, live.streams, live.assignment),
  }));
  const withSpells = (channel: Channel): Channel => {
    if (channel.told !== 'media') return channel;
    const active = seen.flatMap(({ startedAt, channels }) => {
      const { inbound, outbound } = channels.get(channelKey(channel)) ?? {};
      const packets = (inbound?.packets ?? 0) + (outbound?.packets ?? 0);
      return packets > 0 ? [{ startedAt, covered: Math.max(inbound?.covered ?? 0, outbound?.covered ?? 0) }] : [];
    });
    const spells = mediaSpells(channel.spells, active, live.activity.slotSeconds, live.leg.startedAt);
    return { ...channel, spells };
  };
  live.leg = { ...live.leg, channels: live.leg.channels.map(withSpells) };
}

/** A patch that was written: it goes on top of what was measured while it was. */
export function patchLive(live: LiveLeg, leg: Leg, now: number): void {
  live.leg = leg;
  live.heardAt = now;
  live.dirtyFrom = Math.min(live.dirtyFrom, leg.startedAt);
  assigned(live);
  tellMediaSpells(live);
}

/** The clock was set by so many seconds, and is at `now`: the leg's own time goes on. */
export function goOn(live: LiveLeg, seconds: number, now: number): void {
  live.leg = { ...live.leg, ownTime: timeSet(live.leg.ownTime, seconds, now, live.activity.slotSeconds) };
}

/** Whether the clock was set back while nobody looked: what the leg was last heard of lies in the future. It goes on from there. */
export function wasSetBack(live: LiveLeg, now: number): boolean {
  const seconds = ownTime(live.leg, now) - live.heardAt;
  if (seconds > -SET_BACK_SECONDS) return false;
  goOn(live, seconds, now);
  return true;
}

/** Until when a live leg has lived, in its own time: now, or as far as a gateway whose clock is ahead has told. */
export const livedUntil = (live: LiveLeg, now: number): number =>
  Math.max(now, Math.min(measuredUntil(live.activity) ?? now, now + CLOCK_AHEAD));

/** Presence of all slots that changed, up to `to`; from then on only what is newer or changes again. */
export function takePresence(live: LiveLeg, to: number): readonly Presence[] {
  const life = { from: live.leg.startedAt, to };
  const { mediaLegId, ownTime } = live.leg;
  const channels = withoutLeaps(live.leg.channels, ownTime?.leaps);
  const told = presenceBetween({ mediaLegId, channels, life }, live.activity, live, { from: live.dirtyFrom, to });
  live.dirtyFrom = Math.floor(to / live.activity.slotSeconds) * live.activity.slotSeconds;
  return told;
}

/** The leg as it is stored when it ends. */
export function closedLeg(live: LiveLeg, endedAt: number, reason: string): Leg {
  return {
    ...live.leg,
    state: 'ended',
    endedAt,
    endReason: reason,
    channels: closedChannels(live.leg.channels, endedAt),
  };
}

/** A leg that another takes the place of: what is told by an alias is of the one that goes on. */
export function nameless(leg: Leg): Leg {
  const { aliases: _, ...control } = leg.control;
  return { ...leg, control };
}
