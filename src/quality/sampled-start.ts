import type { Tracks } from './sampled.ts';
import { openWindow } from './sampled-window.ts';

/** What is known of a leg when a stream is seen in it for the first time. Seconds since the epoch. */
export type Beginning = {
  readonly legStartedAt: number;
  readonly samplingInterval: number;
  /** The leg's previous sample, whatever stream it told of; older than the one that is judged. */
  readonly previousAt?: number;
};

/**
 * Since when a stream seen first at `at` counts from zero: the leg's begin if the sample comes within two sampling
 * intervals of it, or else the leg's previous sample. Absent: the sample is only the base, what it counted lies before the leg.
 */
export function zeroPoint(beginning: Beginning, at: number): number | undefined {
  const { legStartedAt, samplingInterval, previousAt } = beginning;
  const from = at - legStartedAt <= 2 * samplingInterval ? legStartedAt : previousAt;
  return from !== undefined && from < at ? from : undefined;
}

/** The tracks of a stream that another leg measured until this one began: its last counters are the base here. */
export function rebased(tracks: Tracks, legStartedAt: number, at: number): Tracks {
  const begin = (before: number) => (legStartedAt > before && legStartedAt < at ? legStartedAt : before);
  const { observed, reported, roundTrip } = tracks;
  const base: { -readonly [K in keyof Tracks]: Tracks[K] } = {};
  if (observed !== undefined) {
    const { zeroAt, ...rest } = observed;
    base.observed = { ...rest, at: begin(observed.at), window: openWindow(begin(observed.at)) };
  }
  if (reported !== undefined) {
    base.reported = { ...reported, at: begin(reported.at), window: openWindow(begin(reported.at)) };
  }
  if (roundTrip !== undefined) base.roundTrip = roundTrip;
  return base;
}
