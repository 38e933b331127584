import type { RoundTripOrigin, Spread } from '../model/interval.ts';
import { follows, type Sampled, within } from './sampled.ts';
import { putAt } from './slots.ts';

/** Round trips as W3C webrtc-stats tells them: the current one, and all of them as sum and count. Seconds. */
export type RoundTripReading = {
  readonly current?: number;
  readonly total?: number;
  readonly measurements?: number;
};

/** A reading and when it was taken, seconds since the epoch. */
export type RoundTripSample = { readonly at: number; readonly reading: RoundTripReading };
export type RoundTripTrack = RoundTripSample;

/** Readings of a stream whose round trips have all been measured since it was followed. */
export const NO_ROUND_TRIPS: RoundTripReading = { total: 0, measurements: 0 };

const LONGEST_ROUND_TRIP_SECONDS = 10;

/**
 * Takes one sample of an inbound stream's round trip (remote-outbound-rtp). A first one counts all its measurements if
 * `zeroAt` is given, otherwise it is only the base. False: it is not newer than the last.
 */
export function takeRoundTrip(state: Sampled, sample: RoundTripSample, zeroAt?: number): boolean {
  const before = state.roundTrip ?? (zeroAt === undefined ? undefined : { at: zeroAt, reading: NO_ROUND_TRIPS });
  if (before !== undefined && !follows(state, before.at, sample.at)) return false;
  if (before !== undefined) putMeasured(state, sample, before.reading);
  state.roundTrip = sample;
  return true;
}

/** Puts what a sample says was measured since the reading before. */
export function putMeasured(state: Sampled, { at, reading }: RoundTripSample, before: RoundTripReading): void {
  const measured = measuredSince(before, reading);
  if (measured !== undefined) putRoundTrip(state, 'stats', { at, ...measured });
}

/** Puts one round trip that a STUN check of the stream's transport measured. */
export function putStun(state: Sampled, at: number, current: number): void {
  putRoundTrip(state, 'stun', { at, sum: current, count: 1, current });
}

type Measured = { readonly sum: number; readonly count: number; readonly current?: number };

function putRoundTrip(state: Sampled, origin: RoundTripOrigin, measured: Measured & { readonly at: number }): void {
  const { at, sum, count } = measured;
  const mean = within(state, 'roundTripRange', sum / count, LONGEST_ROUND_TRIP_SECONDS);
  if (mean === undefined) return;
  const current = within(state, 'roundTripRange', measured.current, LONGEST_ROUND_TRIP_SECONDS);
  const worst = { value: Math.max(mean, current ?? 0), at };
  const spread: Spread = { origin: origin === 'stun' ? 'observed' : 'reported', sum, count, worst };
  putAt(state.slots, at, { coveredSeconds: 0, roundTrip: { [origin]: spread } });
}

/** A reading whose count of measurements did not move repeats an old value and is no sample. */
function measuredSince(before: RoundTripReading, now: RoundTripReading): Measured | undefined {
  const { current, total, measurements } = now;
  const single = current === undefined ? undefined : { sum: current, count: 1, current };
  if (measurements === undefined) return single;
  if (measurements === 0 || measurements === before.measurements) return undefined;
  if (total === undefined || before.total === undefined || before.measurements === undefined) return single;
  const restarted = measurements < before.measurements;
  const sum = total - (restarted ? 0 : before.total);
  const count = measurements - (restarted ? 0 : before.measurements);
  return { sum, count, ...(current === undefined ? {} : { current }) };
}
