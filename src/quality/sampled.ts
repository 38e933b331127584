import type { Direction } from '../model/channel.ts';
import type { Interval } from '../model/interval.ts';
import { present } from './present.ts';
import type { ObservedTrack } from './sampled-observed.ts';
import type { ReportedTrack } from './sampled-reported.ts';
import type { RoundTripTrack } from './sampled-round-trip.ts';
import { closeBefore, openSlots, type Slots, takeChanged } from './slots.ts';

/** What a sample told that cannot be: left out, and counted here. */
export type Quirk = 'jitterRange' | 'roundTripRange' | 'lossRange' | 'timeJump' | 'clockStep';
export type Quirks = Partial<Record<Quirk, number>>;

/** What does not change while one stream is measured. */
export type SampledAbout = {
  readonly streamId: string;
  readonly direction: Direction;
  readonly kind?: 'audio' | 'video';
  readonly slotSeconds: number;
};

/**
 * One stream measured by cumulative counters, pushed or polled. Two tracks run apart: what our side counts (`observed`),
 * and what the other end reports about an outbound stream (`reported`), which has a time of its own.
 */
export type Sampled = {
  readonly about: SampledAbout;
  readonly slots: Slots;
  readonly quirks: Quirks;
  observed?: ObservedTrack;
  reported?: ReportedTrack;
  roundTrip?: RoundTripTrack;
};

/** The last counters of a stream: from them it is measured on, in another leg, stream or life of the agent. */
export type Tracks = Pick<Sampled, 'observed' | 'reported' | 'roundTrip'>;

/** Plain JSON from which, with the stored intervals, a stream is measured on after a restart. */
export type SampledCursor = Tracks & {
  readonly about: SampledAbout;
  readonly openFrom: number;
  readonly quirks: Quirks;
};

/** A slot stays open for a report that is due, but not for one that does not come. */
const LONGEST_OPEN_SECONDS = 300;
/** No gap of counters is longer; a sample further ahead has a wrong time. */
export const LONGEST_GAP_SECONDS = 24 * 3600;

/** Begins to measure a stream, from zero or from counters known before. */
export function beginSampled(about: SampledAbout, tracks: Tracks = {}, openFrom = 0): Sampled {
  return { about, slots: openSlots({ ...about, openFrom }), quirks: {}, ...tracks };
}

/** The same counters under another name: the stream became another one. Its slots are its own, and final with it. */
export function continueSampled(state: Sampled, about: SampledAbout): Sampled {
  const { slots, ...rest } = state;
  return { ...rest, about, slots: openSlots({ ...about, openFrom: slots.openFrom }) };
}

/** Measures on from a cursor; `stored` are the intervals of the leg that the store has. */
export function resumeSampled(cursor: SampledCursor, stored: readonly Interval[]): Sampled {
  const { about, openFrom, quirks, ...tracks } = cursor;
  return { about, slots: openSlots({ ...about, openFrom }, stored), quirks: { ...quirks }, ...tracks };
}

/** What must be kept to measure on after a restart. */
export function cursorOf(state: Sampled): SampledCursor {
  const { about, slots, quirks, ...tracks } = state;
  return { about, openFrom: slots.openFrom, quirks: { ...quirks }, ...tracks };
}

/** The intervals that changed since this was asked last; each replaces the one given out for its slot before. */
export function takeIntervals(state: Sampled): readonly Interval[] {
  const changed = takeChanged(state.slots);
  const ends = [state.observed?.at, state.reported?.at].filter((at) => at !== undefined);
  if (ends.length === 0) return changed;
  const oldest = Math.min(...ends, dueSince(state) ?? Number.POSITIVE_INFINITY);
  closeBefore(state.slots, Math.max(oldest, Math.max(...ends) - LONGEST_OPEN_SECONDS));
  return changed;
}

/** Counts something that cannot be. */
export function countQuirk(state: Sampled, quirk: Quirk): void {
  state.quirks[quirk] = (state.quirks[quirk] ?? 0) + 1;
}

/** Whether a sample goes on from the one before: newer, and not by more than any gap can last. */
export function follows(state: Sampled, before: number, at: number): boolean {
  if (at - before > LONGEST_GAP_SECONDS) countQuirk(state, 'timeJump');
  return at > before && at - before <= LONGEST_GAP_SECONDS;
}

/** `value` where it lies in 0…`most`; anything else is counted and left out. */
export function within(state: Sampled, quirk: Quirk, value: number | undefined, most: number): number | undefined {
  if (value === undefined || (value >= 0 && value <= most)) return value;
  countQuirk(state, quirk);
  return undefined;
}

/** Since when a first report is awaited that will tell of the whole stream. */
function dueSince(state: Sampled): number | undefined {
  return state.reported === undefined && state.about.direction === 'outbound' ? state.observed?.zeroAt : undefined;
}

/** The tracks alone, as another stream takes them over. */
export function tracksOf(state: Sampled): Tracks {
  return present<Tracks>({ observed: state.observed, reported: state.reported, roundTrip: state.roundTrip });
}
