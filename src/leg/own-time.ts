import type { Leap, Leg, OwnTime } from '../model/leg.ts';
import type { LegPatch } from './control.ts';
import { toldChange, toldEnd, toldStart } from './times.ts';

type Timed = Pick<Leg, 'ownTime'>;

/** Earlier leaps are forgotten: they then count as time that the leg lasted, a few seconds each. */
const MOST_LEAPS = 64;

/** A leg's own time when the agent's clock is at `now`; both in epoch seconds, as all here. */
export const ownTime = (leg: Timed | undefined, now: number): number => now + (leg?.ownTime?.offset ?? 0);

/** The same of another leg, which goes on with this one. */
export const timeOf = (leg: Timed | undefined): Timed => (leg?.ownTime === undefined ? {} : { ownTime: leg.ownTime });

/** What the agent's clock shows, or would have shown, at a leg's own time. */
export const clockTime = ({ ownTime: own }: Timed, at: number): number => at - (own?.offset ?? 0);

/**
 * A leg's own time of what somebody tells to be at `at`. Their clock may have been set with ours, or may be as it was: it is
 * the one by which `at` is nearer to now.
 */
export function toldTime(leg: Timed, at: number, now: number): number {
  const own = ownTime(leg, now);
  const moved = ownTime(leg, at);
  const same = unset(leg, at);
  return Math.abs(moved - own) < Math.abs(same - own) ? moved : same;
}

/** Own time by a clock that nobody set. */
function unset({ ownTime: own }: Timed, at: number): number {
  return (own?.leaps ?? []).reduce((time, { from, to }) => (time > from ? time + (to - from) : time), at);
}

/** The same, but not ahead of now. */
export const pastOf = (leg: Timed, at: number, now: number): number =>
  Math.min(toldTime(leg, at, now), ownTime(leg, now));

/** A patch as it counts. All times are the leg's own. */
type ToldPatch = { readonly now: number; readonly startedAt: number; readonly change: LegPatch };

/**
 * A patch of a leg, or of a new one (`leg` is undefined) that goes on with the time of `before`, with its times checked. That of
 * an ended leg is taken as it is told.
 */
export function toldPatch(leg: Leg | undefined, patch: LegPatch, clock: number, before?: Timed): ToldPatch {
  const isOver = leg?.state === 'ended';
  const now = isOver ? clock : ownTime(leg ?? before, clock);
  const change = leg === undefined || isOver ? patch : movedPatch(leg, patch, clock);
  const at = toldChange(change.at, now);
  const startedAt = toldStart(change.startedAt ?? now, now);
  return { now, startedAt, change: at === undefined ? change : { ...change, at } };
}

/** A begin that is told again is the same. */
function movedPatch(leg: Leg, patch: LegPatch, now: number): LegPatch {
  const { at, startedAt } = patch;
  const isNew = typeof startedAt === 'number' && startedAt !== leg.control.startedAt;
  return {
    ...patch,
    ...(at !== undefined && { at: toldTime(leg, at, now) }),
    ...(isNew && { startedAt: toldTime(leg, startedAt, now) }),
  };
}

/**
 * How an end is told. `isOwn`: by the leg's own time, not somebody's clock; `isSeen`: as the wire said goodbye, maybe before the
 * begin as it is known.
 */
export type ToldEnd = { readonly endedAt?: number; readonly isOwn?: true; readonly isSeen?: true };

/** When a live leg ends, by its own time. */
export function toldEndOf(leg: Leg, { endedAt, isOwn, isSeen }: ToldEnd, now: number): number {
  const own = endedAt === undefined || isOwn ? endedAt : toldTime(leg, endedAt, now);
  const told = own !== undefined && isSeen ? Math.max(own, leg.startedAt) : own;
  return toldEnd(told, leg.startedAt, ownTime(leg, now));
}

/**
 * Own time after the clock was set by so many seconds (back: below 0), and is at `now`. It goes on with the next slot: none
 * comes twice, and slots of the clock are slots of the leg.
 */
export function timeSet(own: OwnTime | undefined, seconds: number, now: number, slotSeconds: number): OwnTime {
  const { offset, leaps } = own ?? { offset: 0, leaps: [] };
  const from = now - seconds + offset;
  const slots = Math.floor(from / slotSeconds) - Math.floor(now / slotSeconds) + 1;
  const leap: Leap = { from, to: now + slots * slotSeconds };
  return { offset: slots * slotSeconds, leaps: [...leaps, leap].slice(-MOST_LEAPS) };
}
