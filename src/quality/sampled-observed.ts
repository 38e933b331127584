import type { Loss, Spread } from '../model/interval.ts';
import { present } from './present.ts';
import { countQuirk, follows, type Sampled, within } from './sampled.ts';
import { type Counters, type Delta, deltaOf, fell, minus, ZERO } from './sampled-counters.ts';
import { nextWindow, openWindow, type WindowPoint } from './sampled-window.ts';
import type { Piece } from './share.ts';
import { putOver } from './slots.ts';

/** One sample of what our side counted of a stream. Seconds. */
export type ObservedSample = {
  readonly at: number;
  readonly counters: Counters;
  readonly height?: number;
  /** Inbound only: what the receiver's estimator said then. */
  readonly jitter?: number;
};

/** Packets sent in all, at one sample. */
export type SentPoint = { readonly at: number; readonly packets: number };

export type ObservedTrack = {
  readonly at: number;
  /** Since when everything was counted; absent where the first sample was only the base. */
  readonly zeroAt?: number;
  readonly counters: Counters;
  /** How often the counters began again. */
  readonly resets: number;
  /** Outbound: for the reports, which are seconds old when they come. */
  readonly sent: readonly SentPoint[];
  /** Inbound. */
  readonly window: readonly WindowPoint[];
};

/** The longest jitter that can be: 10 s. */
export const LONGEST_JITTER_SECONDS = 10;
/** No stream loses more packets in a second: a counter that says so is broken. */
const MOST_PACKETS_PER_SECOND = 100_000;
/** Only what arrived late can be repaid; counters read one after the other may differ by this. */
const REPAY_SLACK_PACKETS = 50;
/** Reports are up to 6.5 s old, and pushes seconds apart. */
const SENT_HISTORY_SECONDS = 15;

/**
 * Takes one sample of our own counters. A first one counts from zero over (zeroAt, at], or, without `zeroAt`, is only the
 * base. False: it is not newer than the last and tells nothing.
 */
export function takeObserved(state: Sampled, sample: ObservedSample, zeroAt?: number): boolean {
  const before = state.observed ?? firstTrack(sample.at, zeroAt);
  if (before === undefined) {
    state.observed = baseTrack(sample);
    return true;
  }
  if (!follows(state, before.at, sample.at)) return false;
  const reset = fell(state.observed?.counters.packets, sample.counters.packets);
  const known = reset ? undefined : state.observed?.counters;
  const counters = { ...known, ...sample.counters };
  const step = { before, sample, delta: deltaOf(known ?? ZERO, counters), reset };
  const track = { ...before, at: sample.at, counters, resets: before.resets + (reset ? 1 : 0) };
  state.observed =
    state.about.direction === 'inbound'
      ? { ...track, window: putInbound(state, step) }
      : { ...track, sent: putOutbound(state, step) };
  return true;
}

/** Packets sent until `at`, interpolated between the samples around it; the nearest sample's outside of them. */
export function sentUntil(track: ObservedTrack, at: number): number {
  const after = track.sent.find((point) => point.at >= at);
  const before = track.sent.findLast((point) => point.at <= at);
  if (after === undefined || before === undefined) return (before ?? after)?.packets ?? 0;
  if (after.at === before.at) return after.packets;
  return before.packets + ((after.packets - before.packets) * (at - before.at)) / (after.at - before.at);
}

function firstTrack(at: number, zeroAt: number | undefined): ObservedTrack | undefined {
  if (zeroAt === undefined || zeroAt >= at) return undefined;
  return { ...baseTrack({ at: zeroAt, counters: {} }), zeroAt };
}

function baseTrack({ at, counters }: ObservedSample): ObservedTrack {
  return { at, counters, resets: 0, sent: [{ at, packets: 0 }], window: openWindow(at) };
}

type Step = {
  readonly before: ObservedTrack;
  readonly sample: ObservedSample;
  readonly delta: Delta;
  readonly reset: boolean;
};

/** Puts what was received since the sample before, and tells the points of the windows to come. */
function putInbound(state: Sampled, { before, sample, delta, reset }: Step): readonly WindowPoint[] {
  const { at, height } = sample;
  const seconds = at - before.at;
  const counted = countedLoss(state, delta, seconds);
  const points = reset ? openWindow(before.at) : before.window;
  const next = counted === undefined ? { points: openWindow(at) } : nextWindow(points, at, counted);
  const piece = present<Piece>({
    coveredSeconds: seconds,
    packets: counted === undefined ? delta.packets : minus(delta.packets, delta.duplicates),
    octets: delta.octets,
    frames: delta.frames,
    height,
    loss: counted && present<Loss>({ origin: 'observed', unit: 'packets', ...counted, worst: next.worst }),
    jitter: (delta.arrived ?? 0) > 0 ? heldJitter(state, sample, seconds) : undefined,
  });
  putOver(state.slots, before.at, at, piece);
  return next.points;
}

/** Puts what was sent since the sample before, and tells what was sent until when. */
function putOutbound(state: Sampled, { before, sample, delta }: Step): readonly SentPoint[] {
  const { at, height } = sample;
  const { packets, octets, frames } = delta;
  const piece = present<Piece>({ coveredSeconds: at - before.at, packets, octets, frames, height });
  putOver(state.slots, before.at, at, piece);
  const sent = (before.sent.at(-1)?.packets ?? 0) + (packets ?? 0);
  const firstKept = before.sent.findLastIndex((point) => point.at <= at - SENT_HISTORY_SECONDS);
  return [...before.sent.slice(Math.max(0, firstKept)), { at, packets: sent }];
}

/** Lost and expected (RFC 3550, A.3: expected = received + lost), or nothing where the counters cannot be true. */
function countedLoss(state: Sampled, delta: Delta, seconds: number): { lost: number; of: number } | undefined {
  const { lost, packets, arrived } = delta;
  if (lost === undefined || packets === undefined || arrived === undefined) return undefined;
  if (lost > MOST_PACKETS_PER_SECOND * seconds || lost < -arrived - REPAY_SLACK_PACKETS) {
    countQuirk(state, 'lossRange');
    return undefined;
  }
  return { lost, of: packets + lost };
}

/** The sampled value weighs the time since the sample before. libwebrtc's of video contains the sender's pacing. */
function heldJitter(state: Sampled, { at, jitter }: ObservedSample, seconds: number): Spread | undefined {
  const value = within(state, 'jitterRange', jitter, LONGEST_JITTER_SECONDS);
  if (value === undefined) return undefined;
  const origin = state.about.kind === 'video' ? 'paced' : 'observed';
  return { origin, sum: value * seconds, count: seconds, worst: { value, at } };
}
