import type { Interval, Loss, Origin, RoundTripOrigin, Spread, Taint } from '../model/interval.ts';
import { present } from '../quality/present.ts';
import type { MeasuredInterval } from './measured.ts';

/*
 * What was measured in a slot as a record of 64-bit floats: sums that grow in place. A slot as objects is a dozen of
 * them, and thousands wait at a time to be read: they outlive the young generation, and cost memory long after. NaN =
 * absent. What adds up here adds up as in quality/interval.ts.
 */

/** A loss: lost, of, and the worst window: its value, end and length. */
const LOSS = 5;
const OF = 1;
const WORST_LOSS = 2;
const WORST_LOSS_AT = 3;
const WINDOW = 4;
/** A spread: sum, count, and the maximum with its time. */
const SPREAD = 4;
const COUNT = 1;
const WORST = 2;
const WORST_AT = 3;

/** What was seen: begin, length and covered seconds; the taint by its number, 0 = none. Then counts, height, loss, jitter, early jitter. */
export const STARTED = 0;
const SECONDS = 1;
const COVERED = 2;
const TAINT = 3;
export const PACKETS = 4;
const OCTETS = 5;
const FRAMES = 6;
const HEIGHT = 7;
const SEEN_LOSS = 8;
const SEEN_JITTER = SEEN_LOSS + LOSS;
const SEEN_EARLY = SEEN_JITTER + SPREAD;
/** Whatever the owner of the record links it by: NAME and LINK. */
export const NAME = SEEN_EARLY + SPREAD;
export const SEEN_LINK = NAME + 1;
export const SEEN = NAME + 2;

/** What was told: begin, the owner's link, reported loss and jitter, round trips of sender and receiver. */
export const LINK = 1;
const TOLD_LOSS = 2;
const TOLD_JITTER = TOLD_LOSS + LOSS;
const TRIPS = TOLD_JITTER + SPREAD;

/** Whose view of the loop a round trip is: the sender's of the stream, or its receiver's. */
export type View = 'ofSender' | 'ofReceiver';

/** Methods that a tap has (docs/metrics.md, 6). */
const METHODS = ['sr-rr', 'sr-chain', 'xr-dlrr', 'xr-voip', 'stun'] as const satisfies readonly RoundTripOrigin[];
export type Method = (typeof METHODS)[number];
export const TOLD = TRIPS + 2 * METHODS.length * SPREAD;

/** In the order in which they outweigh each other. */
const TAINTS: readonly Taint[] = ['agent-down', 'capture-restarted', 'capture-dropped', 'clock-step'];

/** A member; absent is NaN. */
export function member(doubles: Float64Array, index: number): number {
  return doubles[index] ?? Number.NaN;
}

/** Fills a record with what was seen. */
export function putSeen(into: Float64Array, at: number, seen: Omit<Interval, 'streamId'>): void {
  into[at + STARTED] = seen.startedAt;
  into[at + SECONDS] = seen.seconds;
  into[at + COVERED] = seen.coveredSeconds;
  into[at + TAINT] = seen.taint === undefined ? 0 : TAINTS.indexOf(seen.taint) + 1;
  into[at + PACKETS] = seen.packets ?? Number.NaN;
  into[at + OCTETS] = seen.octets ?? Number.NaN;
  into[at + FRAMES] = seen.frames ?? Number.NaN;
  into[at + HEIGHT] = seen.height ?? Number.NaN;
  putLoss(into, at + SEEN_LOSS, seen.loss);
  putSpread(into, at + SEEN_JITTER, seen.jitter);
  putSpread(into, at + SEEN_EARLY, seen.earlyJitter);
}

/** Adds what was seen in another slot of the stream; begin, length and coverage stay. */
export function addSeen(into: Float64Array, at: number, from: Float64Array, other: number): void {
  const taint = member(into, at + TAINT);
  const others = member(from, other + TAINT);
  into[at + TAINT] = taint === 0 || others === 0 ? taint + others : Math.min(taint, others);
  for (let count = PACKETS; count <= FRAMES; count += 1) addCount(into, at + count, from, other + count);
  const height = member(from, other + HEIGHT);
  // Also where none is held yet: nothing is less than NaN, or more.
  if (!(member(into, at + HEIGHT) >= height) && !Number.isNaN(height)) into[at + HEIGHT] = height;
  addLoss(into, at + SEEN_LOSS, from, other + SEEN_LOSS);
  addSpread(into, at + SEEN_JITTER, from, other + SEEN_JITTER);
  addSpread(into, at + SEEN_EARLY, from, other + SEEN_EARLY);
}

/** Seconds of a slot that were not observed, or are tainted. */
export function blindOf(from: Float64Array, at: number): number {
  return member(from, at + SECONDS) - member(from, at + COVERED);
}

/** Begins a slot in which nothing was seen, all of it covered. */
export function beginSlot(into: Float64Array, at: number, startedAt: number, seconds: number): void {
  into[at + STARTED] = startedAt;
  into[at + SECONDS] = seconds;
  into[at + COVERED] = seconds;
  into[at + TAINT] = 0;
}

export function startOf(from: Float64Array, at: number): number {
  return member(from, at + STARTED);
}

export function endOf(from: Float64Array, at: number): number {
  return member(from, at + STARTED) + member(from, at + SECONDS);
}

export function setCovered(into: Float64Array, at: number, covered: number): void {
  into[at + COVERED] = covered;
}

export function coveredOf(from: Float64Array, at: number): number {
  return member(from, at + COVERED);
}

/** Adds what the receiver of the stream reported. */
export function addReport(
  into: Float64Array,
  at: number,
  told: { readonly loss?: Loss; readonly jitter?: Spread },
): void {
  putLoss(scratch, 0, told.loss);
  addLoss(into, at + TOLD_LOSS, scratch, 0);
  putSpread(scratch, 0, told.jitter);
  addSpread(into, at + TOLD_JITTER, scratch, 0);
}

/** Adds one round trip. Seconds; `when` since the epoch. */
export function addTrip(into: Float64Array, at: number, view: View, method: Method, value: number, when: number): void {
  scratch[0] = value;
  scratch[COUNT] = 1;
  scratch[WORST] = value;
  scratch[WORST_AT] = when;
  addSpread(into, at + tripsAt(view, METHODS.indexOf(method)), scratch, 0);
}

/** Adds all that was told in another slot of the stream. */
export function addTold(into: Float64Array, at: number, from: Float64Array, other: number): void {
  addLoss(into, at + TOLD_LOSS, from, other + TOLD_LOSS);
  for (let spread = TOLD_JITTER; spread < TOLD; spread += SPREAD) addSpread(into, at + spread, from, other + spread);
}

/** A slot as objects; `toldAt` < 0: nobody told anything. */
export function measuredOf(
  streamId: string,
  seen: Float64Array,
  at: number,
  told: Float64Array,
  toldAt: number,
): MeasuredInterval {
  const observed = present<Interval>({
    streamId,
    startedAt: member(seen, at + STARTED),
    seconds: member(seen, at + SECONDS),
    coveredSeconds: member(seen, at + COVERED),
    taint: TAINTS[member(seen, at + TAINT) - 1],
    packets: known(member(seen, at + PACKETS)),
    octets: known(member(seen, at + OCTETS)),
    frames: known(member(seen, at + FRAMES)),
    height: known(member(seen, at + HEIGHT)),
    loss: lossOf(seen, at + SEEN_LOSS, 'observed'),
    jitter: spreadOf(seen, at + SEEN_JITTER, 'observed'),
    earlyJitter: spreadOf(seen, at + SEEN_EARLY, 'observed'),
    roundTrip: undefined,
  });
  if (toldAt < 0) return { streamId, observed };
  return {
    streamId,
    observed,
    reported: present<NonNullable<MeasuredInterval['reported']>>({
      loss: lossOf(told, toldAt + TOLD_LOSS, 'reported'),
      jitter: spreadOf(told, toldAt + TOLD_JITTER, 'reported'),
      earlyJitter: undefined,
    }),
    roundTrip: { ofSender: tripsOf(told, toldAt, 'ofSender'), ofReceiver: tripsOf(told, toldAt, 'ofReceiver') },
  };
}

/** One loss or spread on its way into a record. */
const scratch = new Float64Array(LOSS);

function tripsAt(view: View, method: number): number {
  return TRIPS + ((view === 'ofSender' ? 0 : METHODS.length) + method) * SPREAD;
}

function tripsOf(told: Float64Array, at: number, view: View): Partial<Record<RoundTripOrigin, Spread>> {
  const trips: Partial<Record<RoundTripOrigin, Spread>> = {};
  for (let index = 0; index < METHODS.length; index += 1) {
    const method = METHODS[index];
    if (method === undefined) continue;
    const spread = spreadOf(told, at + tripsAt(view, index), method === 'xr-voip' ? 'reported' : 'observed');
    if (spread !== undefined) trips[method] = spread;
  }
  return trips;
}

const known = (value: number): number | undefined => (Number.isNaN(value) ? undefined : value);

function putLoss(into: Float64Array, at: number, loss: Loss | undefined): void {
  into[at] = loss?.lost ?? Number.NaN;
  into[at + OF] = loss?.of ?? Number.NaN;
  into[at + WORST_LOSS] = loss?.worst?.value ?? Number.NaN;
  into[at + WORST_LOSS_AT] = loss?.worst?.at ?? Number.NaN;
  into[at + WINDOW] = loss?.worst?.windowSeconds ?? Number.NaN;
}

function putSpread(into: Float64Array, at: number, spread: Spread | undefined): void {
  into[at] = spread?.sum ?? Number.NaN;
  into[at + COUNT] = spread?.count ?? Number.NaN;
  into[at + WORST] = spread?.worst?.value ?? Number.NaN;
  into[at + WORST_AT] = spread?.worst?.at ?? Number.NaN;
}

function addCount(into: Float64Array, at: number, from: Float64Array, other: number): void {
  const added = member(from, other);
  if (Number.isNaN(added)) return;
  const held = member(into, at);
  into[at] = Number.isNaN(held) ? added : held + added;
}

function addLoss(into: Float64Array, at: number, from: Float64Array, other: number): void {
  addCount(into, at, from, other);
  addCount(into, at + OF, from, other + OF);
  if (!isHigher(into, at + WORST_LOSS, from, other + WORST_LOSS, true)) return;
  for (let i = WORST_LOSS; i < LOSS; i += 1) into[at + i] = member(from, other + i);
}

function addSpread(into: Float64Array, at: number, from: Float64Array, other: number): void {
  addCount(into, at, from, other);
  addCount(into, at + COUNT, from, other + COUNT);
  if (!isHigher(into, at + WORST, from, other + WORST, false)) return;
  for (let i = WORST; i < SPREAD; i += 1) into[at + i] = member(from, other + i);
}

/** Whether the other maximum replaces the held one: greater; of equal ones the earlier, then that of the shorter window. */
function isHigher(held: Float64Array, at: number, other: Float64Array, from: number, windows: boolean): boolean {
  const mine = member(held, at);
  const theirs = member(other, from);
  if (Number.isNaN(mine) || Number.isNaN(theirs)) return !Number.isNaN(theirs);
  if (mine !== theirs) return theirs > mine;
  const earlier = member(held, at + 1) - member(other, from + 1);
  if (earlier !== 0) return earlier > 0;
  return windows && member(other, from + 2) < member(held, at + 2);
}

function lossOf(from: Float64Array, at: number, origin: Origin): Loss | undefined {
  const of = member(from, at + OF);
  if (Number.isNaN(of)) return undefined;
  const value = member(from, at + WORST_LOSS);
  const loss = { origin, lost: member(from, at), of, unit: 'packets' } as const;
  if (Number.isNaN(value)) return loss;
  return { ...loss, worst: { value, at: member(from, at + WORST_LOSS_AT), windowSeconds: member(from, at + WINDOW) } };
}

function spreadOf(from: Float64Array, at: number, origin: Origin): Spread | undefined {
  const count = member(from, at + COUNT);
  if (Number.isNaN(count)) return undefined;
  const value = member(from, at + WORST);
  const spread = { origin, sum: member(from, at), count };
  return Number.isNaN(value) ? spread : { ...spread, worst: { value, at: member(from, at + WORST_AT) } };
}
