import type { Interval, Loss, Origin, Peak, RoundTripOrigin, Spread, Taint } from '../model/interval.ts';

/** From the most direct on. Values of different origin never share a counter: the more direct one stays alone. */
const ORIGINS: readonly Origin[] = ['observed', 'reported', 'inferred', 'paced'];
const TAINTS: readonly Taint[] = ['agent-down', 'capture-restarted', 'capture-dropped', 'clock-step'];

/** While it is made. */
type Sum<T> = { -readonly [K in keyof T]: T[K] };
type Window = Peak & { readonly windowSeconds?: number };

/** Start of the slot that `at` lies in; seconds since the epoch. */
export function slotOf(at: number, slotSeconds: number): number {
  return Math.floor(at / slotSeconds) * slotSeconds;
}

/** What one stream did in two times together: the sums, from the earlier begin to the later end. */
export function add(a: Interval, b: Interval): Interval {
  const startedAt = Math.min(a.startedAt, b.startedAt);
  return sums(a, b, {
    startedAt,
    seconds: Math.max(a.startedAt + a.seconds, b.startedAt + b.seconds) - startedAt,
    coveredSeconds: a.coveredSeconds + b.coveredSeconds,
    frames: plus(a.frames, b.frames),
    height: greater(a.height, b.height),
  });
}

/** What two streams of one channel did in one slot. Frame rates do not add up: the stream with most frames stands for both. */
export function join(a: Interval, b: Interval): Interval {
  const picture = hasMoreFrames(a, b) ? a : b;
  return sums(a, b, {
    startedAt: Math.min(a.startedAt, b.startedAt),
    seconds: Math.max(a.seconds, b.seconds),
    coveredSeconds: Math.max(a.coveredSeconds, b.coveredSeconds),
    frames: picture.frames,
    height: picture.height,
  });
}

/** Adds lost and expected; the worse window stays. Of different origins or units the more direct one stays alone. */
export function addLoss(a: Loss | undefined, b: Loss | undefined): Loss | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.unit !== b.unit) return a.unit === 'packets' ? a : b;
  if (a.origin !== b.origin) return isMoreDirect(a, b) ? a : b;
  const sum: Sum<Loss> = { origin: a.origin, unit: a.unit, lost: a.lost + b.lost, of: a.of + b.of };
  const worst = higher(a.worst, b.worst);
  if (worst !== undefined) sum.worst = worst;
  if (a.approximate ?? b.approximate) sum.approximate = true;
  return sum;
}

/** Adds values and their weights; the greater maximum stays. Of different origins the more direct one stays alone. */
export function addSpread(a: Spread | undefined, b: Spread | undefined): Spread | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.origin !== b.origin) return isMoreDirect(a, b) ? a : b;
  const sum: Sum<Spread> = { origin: a.origin, sum: a.sum + b.sum, count: a.count + b.count };
  const worst = higher(a.worst, b.worst);
  if (worst !== undefined) sum.worst = worst;
  return sum;
}

/** The greater maximum; of equal ones the earlier, then that of the shorter window. */
export function higher<P extends Window>(a: P | undefined, b: P | undefined): P | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.value !== b.value) return a.value > b.value ? a : b;
  if (a.at !== b.at) return a.at < b.at ? a : b;
  return (a.windowSeconds ?? 0) <= (b.windowSeconds ?? 0) ? a : b;
}

/** Sum of what is there; absent only where both are. */
export function plus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : a + b;
}

type Frame = { readonly [K in 'startedAt' | 'seconds' | 'coveredSeconds']: number } & {
  readonly [K in 'frames' | 'height']: number | undefined;
};

/** Member by member: a day of five channels has 172,800 slots to add. */
function sums(a: Interval, b: Interval, { startedAt, seconds, coveredSeconds, frames, height }: Frame): Interval {
  const streamId = a.streamId <= b.streamId ? a.streamId : b.streamId;
  const sum: Sum<Interval> = { streamId, startedAt, seconds, coveredSeconds };
  const taint = a.taint === b.taint ? a.taint : TAINTS.find((one) => one === a.taint || one === b.taint);
  const packets = plus(a.packets, b.packets);
  const octets = plus(a.octets, b.octets);
  const loss = addLoss(a.loss, b.loss);
  const jitter = addSpread(a.jitter, b.jitter);
  const earlyJitter = addSpread(a.earlyJitter, b.earlyJitter);
  const roundTrip = addRoundTrips(a.roundTrip, b.roundTrip);
  if (taint !== undefined) sum.taint = taint;
  if (packets !== undefined) sum.packets = packets;
  if (octets !== undefined) sum.octets = octets;
  if (frames !== undefined) sum.frames = frames;
  if (height !== undefined) sum.height = height;
  if (loss !== undefined) sum.loss = loss;
  if (jitter !== undefined) sum.jitter = jitter;
  if (earlyJitter !== undefined) sum.earlyJitter = earlyJitter;
  if (roundTrip !== undefined) sum.roundTrip = roundTrip;
  return sum;
}

function addRoundTrips(a: Interval['roundTrip'], b: Interval['roundTrip']): Interval['roundTrip'] {
  if (a === undefined || b === undefined) return a ?? b;
  const sum: Partial<Record<RoundTripOrigin, Spread>> = { ...a };
  // Sound: the keys of a round trip record are its origins.
  for (const origin of Object.keys(b) as RoundTripOrigin[]) {
    const spread = addSpread(a[origin], b[origin]);
    if (spread !== undefined) sum[origin] = spread;
  }
  return sum;
}

function greater(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

function hasMoreFrames(a: Interval, b: Interval): boolean {
  const difference = (a.frames ?? -1) - (b.frames ?? -1);
  return difference === 0 ? (a.height ?? -1) >= (b.height ?? -1) : difference > 0;
}

function isMoreDirect(a: { readonly origin: Origin }, b: { readonly origin: Origin }): boolean {
  return ORIGINS.indexOf(a.origin) < ORIGINS.indexOf(b.origin);
}
