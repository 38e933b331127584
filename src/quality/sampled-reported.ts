import type { Loss, Spread } from '../model/interval.ts';
import { present } from './present.ts';
import { countQuirk, follows, type Sampled, within } from './sampled.ts';
import { fell, minus } from './sampled-counters.ts';
import { LONGEST_JITTER_SECONDS, sentUntil } from './sampled-observed.ts';
import { NO_ROUND_TRIPS, putMeasured, type RoundTripReading } from './sampled-round-trip.ts';
import { nextWindow, openWindow, type WindowPoint } from './sampled-window.ts';
import { putOver } from './slots.ts';

/** One report of the other end about a stream we send; `at` is when it came, seconds. */
export type ReportedSample = {
  readonly at: number;
  /** Cumulative and signed (RFC 3550, 6.4.1). */
  readonly lost?: number;
  readonly received?: number;
  readonly jitter?: number;
  readonly roundTrip?: RoundTripReading;
};

export type ReportedTrack = {
  readonly at: number;
  readonly lost?: number;
  readonly received?: number;
  /** Packets that we had sent until `at`, and the resets of our counters until then. */
  readonly sent?: number;
  readonly resets: number;
  readonly window: readonly WindowPoint[];
  readonly roundTrip: RoundTripReading;
};

/** A cumulative loss that falls further did not repay late packets: the reporter began again. */
const RUN_ENDS_BELOW = -1000;
const LONGEST_HOLD_SECONDS = 10;
/** Below this rate RTX padding makes the packets sent too large a denominator. */
const SLOW_PACKETS_PER_SECOND = 30;

/**
 * Takes one report. A first one counts from zero if our own counters of the stream did, or, where we have none, over
 * (zeroAt, at]; otherwise it is only the base. False: it is not newer than the last and tells nothing.
 */
export function takeReported(state: Sampled, sample: ReportedSample, zeroAt?: number): boolean {
  const before = state.reported ?? firstTrack(state, sample.at, zeroAt);
  const now = trackAt(state, sample);
  if (before === undefined) {
    state.reported = now;
    return true;
  }
  if (!follows(state, before.at, sample.at)) return false;
  const since = sinceReport(before, now);
  const window = putLoss(state, before, now, since);
  // A report without a loss moves no anchor: the next one that has it tells of both times.
  const { lost, received, sent, resets } = now.lost === undefined ? before : now;
  state.reported = present<ReportedTrack>({ ...now, lost, received, sent, resets, window });
  putJitter(state, before.at, sample, since);
  putMeasured(state, { at: sample.at, reading: now.roundTrip }, before.roundTrip);
  return true;
}

/** What two reports say of the time between them: `of` by their own count of packets, else by ours of those sent. */
type Since = { readonly lost?: number; readonly of?: number; readonly bySent: boolean; readonly restarted: boolean };

function sinceReport(before: ReportedTrack, now: ReportedTrack): Since {
  const resent = now.resets !== before.resets && fell(before.lost, now.lost);
  const restarted = resent || fell(before.received, now.received);
  const lost = minus(now.lost, restarted ? 0 : before.lost);
  const received = minus(now.received, restarted ? 0 : before.received);
  const sent = minus(now.sent, before.sent);
  const bySent = received === undefined || lost === undefined;
  return present<Since>({ lost, of: bySent ? sent : received + lost, bySent, restarted });
}

function putLoss(state: Sampled, before: ReportedTrack, now: ReportedTrack, since: Since): readonly WindowPoint[] {
  const seconds = now.at - before.at;
  if (state.observed === undefined) putOver(state.slots, before.at, now.at, { coveredSeconds: seconds });
  const counted = countedLoss(state, since);
  if (counted === undefined) return now.lost === undefined ? before.window : openWindow(now.at);
  const next = nextWindow(since.restarted ? openWindow(before.at) : before.window, now.at, counted);
  const approximate = since.bySent && hasPadding(state) && counted.of < SLOW_PACKETS_PER_SECOND * seconds;
  const loss = present<Loss>({
    origin: 'reported',
    unit: 'packets',
    ...counted,
    worst: next.worst,
    approximate: approximate ? true : undefined,
  });
  putOver(state.slots, before.at, now.at, { coveredSeconds: 0, loss });
  return next.points;
}

/** Lost and expected, or nothing: no denominator, the reporter began again, or a number that cannot be. */
function countedLoss(state: Sampled, { lost, of }: Since): { lost: number; of: number } | undefined {
  if (lost === undefined || of === undefined || lost < RUN_ENDS_BELOW) return undefined;
  if (lost <= of + Math.max(50, of / 10)) return { lost, of };
  countQuirk(state, 'lossRange');
  return undefined;
}

function putJitter(state: Sampled, from: number, { at, jitter }: ReportedSample, since: Since): void {
  const value = within(state, 'jitterRange', jitter, LONGEST_JITTER_SECONDS);
  const arrived = minus(since.of, Math.max(0, since.lost ?? 0)) ?? 1;
  if (value === undefined || arrived <= 0) return;
  const seconds = Math.min(LONGEST_HOLD_SECONDS, at - from);
  const origin = state.about.kind === 'video' ? 'paced' : 'reported';
  const spread: Spread = { origin, sum: value * seconds, count: seconds, worst: { value, at } };
  putOver(state.slots, at - seconds, at, { coveredSeconds: 0, jitter: spread });
}

function trackAt({ observed }: Sampled, sample: ReportedSample): ReportedTrack {
  const { at, lost, received, roundTrip = {} } = sample;
  const sent = observed && sentUntil(observed, at);
  const resets = observed?.resets ?? 0;
  return present<ReportedTrack>({ at, lost, received, sent, resets, window: openWindow(at), roundTrip });
}

function firstTrack({ observed }: Sampled, at: number, zeroAt: number | undefined): ReportedTrack | undefined {
  const from = observed === undefined ? zeroAt : observed.zeroAt;
  if (from === undefined || from >= at) return undefined;
  const sent = observed === undefined ? undefined : 0;
  return present<ReportedTrack>({
    at: from,
    lost: 0,
    received: 0,
    sent,
    resets: observed?.resets ?? 0,
    window: openWindow(from),
    roundTrip: NO_ROUND_TRIPS,
  });
}

/** Video repaired by RTX also pads with it, and padding counts as sent. */
function hasPadding({ about, observed }: Sampled): boolean {
  return about.kind === 'video' && observed?.counters.retransmittedPackets !== undefined;
}
