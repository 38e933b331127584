import type { RoundTripOrigin } from '../model/interval.ts';
import { isSameName, newNames, putName } from './packet-names.ts';
import {
  ask,
  askedAt,
  beginChain,
  chainAt,
  named,
  newQuestions,
  newRing,
  ntpOf,
  type Questions,
  removeRing,
  ringOf,
} from './packet-questions.ts';
import { double, int } from './packet-words.ts';
import { RecordPool } from './record-pool.ts';

/** One side of a transport: 0 sends along the canonical path, 1 against it. */
export type Side = 0 | 1;

/** A round trip between the two sides. `measurer`: whose question was answered. Seconds. */
export type Trip = {
  readonly origin: RoundTripOrigin;
  readonly measurer: Side;
  readonly value: number;
  /** The SSRC whose sender reports it rests on. */
  readonly ssrc?: number;
};

export type TripQuirk = 'dlsrZero' | 'dlsrRange' | 'unknownSenderReport' | 'roundTripRange' | 'ntpClock';

/**
 * What a tap remembers of transports: of each a loop, an RTP 5-tuple both ways together with its RTCP. A loop is a record;
 * most sides have one SSRC.
 */
export type Loops = {
  readonly sides: RecordPool;
  readonly questions: Questions;
  readonly names: RecordPool;
  /** By side: STUN requests by transaction; NaN: seen twice. Microseconds. */
  readonly requests: Map<number, Map<string, number>>;
};

/** Of each side: the first of its sender reports, of its reference times and of its names; the latest `sr-rr` that it measured, seconds. */
const SENDER_REPORTS = 1;
const REFERENCE_TIMES = 2;
const NAMES = 3;
const LATEST = 4;
const SIDE_WORDS = 6;

/** Where rings and names have their SSRC. */
const SSRC = 1;

/** Bounds against made-up SSRCs and transactions. */
const MOST_SSRCS = 64;
const MOST_REQUESTS = 64;
/** Round trips and delays beyond these are errors. Seconds. */
const LEAST = -0.002;
const MOST = 10;
const LONGEST_DELAY = 300;
/** A chain in the device's clock must agree so far with the tap's own measure. */
const AGREES_SECONDS = 0.02;
const AGREES_SHARE = 0.25;

/** No transports yet. */
export function newLoops(): Loops {
  return {
    sides: new RecordPool(2 * SIDE_WORDS),
    questions: newQuestions(),
    names: newNames(),
    requests: new Map(),
  };
}

/** Nothing seen yet: a flood of transports costs little. */
export function newLoop({ sides }: Loops): number {
  const loop = sides.add();
  for (const side of [0, 1] as const) sides.doubles[(sideOf(loop, side) + LATEST) >> 1] = Number.NaN;
  return loop;
}

/** Forgets a loop. */
export function removeLoop(loops: Loops, loop: number): void {
  const { sides, questions, names, requests } = loops;
  for (const side of [0, 1] as const) {
    const own = sideOf(loop, side);
    for (const kind of [SENDER_REPORTS, REFERENCE_TIMES]) {
      for (let ring = int(sides.words, own + kind); ring !== 0; ) {
        const next = int(questions.rings.words, ring);
        removeRing(questions, ring);
        ring = next;
      }
    }
    names.releaseAll(int(sides.words, own + NAMES));
    requests.delete(own);
  }
  sides.release(loop);
}

/** A report block as far as round trips need it. `delaySinceLast` in 1/65,536 s. */
export type Answer = {
  readonly ssrc: number;
  readonly lastSenderReport: number;
  readonly delaySinceLast: number;
};

/** A sender report of one side, or none where the packet is a receiver report. */
export type Reporter = {
  readonly ssrc: number;
  readonly ntpSeconds?: number;
  readonly ntpFraction?: number;
};

/** Takes a sender or receiver report of `side` with its blocks (docs/metrics.md, 6). */
export function takeReport(
  loops: Loops,
  loop: number,
  side: Side,
  reporter: Reporter,
  blocks: readonly Answer[],
  micros: number,
  quirk: (name: TripQuirk) => void,
): readonly Trip[] {
  const { sides, questions } = loops;
  const other = otherSide(side);
  const { ntpSeconds, ntpFraction } = reporter;
  const isSender = ntpSeconds !== undefined && ntpFraction !== undefined;
  const ntp = isSender ? ntpSeconds + Math.floor(ntpFraction / 4096) / 1_048_576 : undefined;
  const own = ntp === undefined ? 0 : ringToAsk(loops, sideOf(loop, side), SENDER_REPORTS, reporter.ssrc);
  const at = ntp === undefined ? -1 : ask(questions, own, micros, ntp);
  const trips: Trip[] = [];
  for (const block of blocks) {
    if (block.ssrc === reporter.ssrc || block.lastSenderReport === 0) continue;
    const asked = ringOf(questions, int(sides.words, sideOf(loop, other) + SENDER_REPORTS), block.ssrc);
    const index = asked === 0 ? -1 : named(questions, asked, block.lastSenderReport);
    if (index < 0) {
      quirk('unknownSenderReport');
      continue;
    }
    const delay = block.delaySinceLast / 65_536;
    if (own !== 0) beginChain(questions, own, at, ntpOf(questions, asked, index) + delay, block.ssrc);
    const value = tripOf(micros - askedAt(questions, asked, index), block.delaySinceLast, quirk);
    if (value === undefined) continue;
    trips.push({ origin: 'sr-rr', measurer: other, value, ssrc: block.ssrc });
    sides.doubles[(sideOf(loop, other) + LATEST) >> 1] = value;
    const base = ntp === undefined ? undefined : chainOf(loops, sideOf(loop, side), reporter.ssrc, asked, index);
    if (ntp === undefined || base === undefined) continue;
    const chain = ntp - base - delay;
    if (agrees(chain, value))
      trips.push({ origin: 'sr-chain', measurer: side, value: Math.max(0, chain), ssrc: reporter.ssrc });
    // Seen from the host beside the tap, the far side's loop is the one that its clock measures.
    else if (!agrees(chain, latest(loops, loop, 0)) && !agrees(chain, latest(loops, loop, 1))) quirk('ntpClock');
  }
  return trips;
}

/** A receiver of `side` tells its clock (RRTR). */
export function takeReferenceTime(
  loops: Loops,
  loop: number,
  side: Side,
  ssrc: number,
  ntpMiddle: number,
  micros: number,
): void {
  const ring = ringToAsk(loops, sideOf(loop, side), REFERENCE_TIMES, ssrc);
  ask(loops.questions, ring, micros, ntpMiddle / 65_536);
}

/** `side` answers the clock of the other (DLRR). */
export function takeReferenceAnswer(
  { sides, questions }: Loops,
  loop: number,
  side: Side,
  answer: Answer,
  micros: number,
  quirk: (name: TripQuirk) => void,
): Trip | undefined {
  if (answer.lastSenderReport === 0) return undefined;
  const measurer = otherSide(side);
  const asked = ringOf(questions, int(sides.words, sideOf(loop, measurer) + REFERENCE_TIMES), answer.ssrc);
  const index = asked === 0 ? -1 : named(questions, asked, answer.lastSenderReport);
  if (index < 0) {
    quirk('unknownSenderReport');
    return undefined;
  }
  const value = tripOf(micros - askedAt(questions, asked, index), answer.delaySinceLast, quirk);
  return value === undefined ? undefined : { origin: 'xr-dlrr', measurer, value };
}

/** A binding request of `side`: only one that was seen once can be timed. */
export function takeRequest(loops: Loops, loop: number, side: Side, transaction: string, micros: number): void {
  const own = sideOf(loop, side);
  const requests = loops.requests.get(own) ?? new Map<string, number>();
  loops.requests.set(own, requests);
  const again = requests.has(transaction);
  requests.delete(transaction);
  requests.set(transaction, again ? Number.NaN : micros);
  const oldest = requests.keys().next().value;
  if (requests.size > MOST_REQUESTS && oldest !== undefined) requests.delete(oldest);
}

/** A success response of `side`. */
export function takeResponse(
  loops: Loops,
  loop: number,
  side: Side,
  transaction: string,
  micros: number,
): Trip | undefined {
  const measurer = otherSide(side);
  const requests = loops.requests.get(sideOf(loop, measurer));
  const asked = requests?.get(transaction);
  // A repeated response says nothing new.
  requests?.delete(transaction);
  const value = asked === undefined ? Number.NaN : (micros - asked) / 1e6;
  return value >= LEAST && value <= MOST ? { origin: 'stun', measurer, value: Math.max(0, value) } : undefined;
}

/** The canonical name of an SSRC (RFC 3550, 6.5.1): streams of one host share its clock. */
export function takeName({ sides, names }: Loops, loop: number, side: Side, ssrc: number, cname: string): void {
  const head = sideOf(loop, side) + NAMES;
  sides.words[head] = putName(names, int(sides.words, head), ssrc, cname, MOST_SSRCS);
}

/** Moves what another loop remembers into one: both turned out to be one. The other loop is no more. */
export function mergeLoops(loops: Loops, into: number, from: number, flipped: boolean): void {
  for (const side of [0, 1] as const) {
    const target = sideOf(into, flipped ? otherSide(side) : side);
    const own = sideOf(from, side);
    const dropRing = (ring: number): void => removeRing(loops.questions, ring);
    const { sides, questions, names } = loops;
    for (const kind of [SENDER_REPORTS, REFERENCE_TIMES])
      moveList(sides.words, target + kind, own + kind, questions.rings, dropRing);
    moveList(sides.words, target + NAMES, own + NAMES, names, (name) => names.release(name));
    const requests = [...(loops.requests.get(target) ?? []), ...(loops.requests.get(own) ?? [])];
    if (requests.length > 0) loops.requests.set(target, new Map(requests.slice(-MOST_REQUESTS)));
  }
  removeLoop(loops, from);
}

/** The latest of both; of one SSRC what the other list had. The heads of both lists are words. */
function moveList(
  heads: Int32Array,
  into: number,
  from: number,
  pool: RecordPool,
  drop: (record: number) => void,
): void {
  let kept = int(heads, into);
  for (let record = int(heads, from); record !== 0; ) {
    const next = int(pool.words, record);
    const same = pool.find(kept, SSRC, int(pool.words, record + SSRC));
    if (same !== 0) {
      kept = pool.without(kept, same);
      drop(same);
    }
    kept = pool.append(kept, record);
    record = next;
  }
  for (let over = pool.count(kept) - MOST_SSRCS; over > 0; over -= 1) {
    const oldest = kept;
    kept = pool.without(kept, oldest);
    drop(oldest);
  }
  heads[into] = kept;
  heads[from] = 0;
}

/** The other side. */
export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}

function sideOf(loop: number, side: Side): number {
  return loop + side * SIDE_WORDS;
}

function latest({ sides }: Loops, loop: number, side: Side): number {
  return double(sides.doubles, sideOf(loop, side) + LATEST);
}

/** The ring of an SSRC of a side; of too many the oldest goes. */
function ringToAsk({ sides, questions }: Loops, own: number, kind: number, ssrc: number): number {
  const first = int(sides.words, own + kind);
  const held = ringOf(questions, first, ssrc);
  if (held !== 0) return held;
  const { rings } = questions;
  const isFull = rings.count(first) >= MOST_SSRCS;
  const kept = isFull ? rings.without(first, first) : first;
  if (isFull) removeRing(questions, first);
  const made = newRing(questions, ssrc);
  sides.words[own + kind] = rings.append(kept, made);
  return made;
}

/** Where a chain that ends at `own` began, in the clock of the host that sent both ends: NTP(SR0) + the first delay. */
function chainOf({ questions, sides, names }: Loops, own: number, ssrc: number, asked: number, index: number) {
  const chain = chainAt(questions, asked, index);
  if (chain === undefined || chain.ssrc === ssrc) return chain?.base;
  return isSameName(names, int(sides.words, own + NAMES), ssrc, chain.ssrc) ? chain.base : undefined;
}

function agrees(chain: number, measured: number): boolean {
  return chain >= LEAST && Math.abs(chain - measured) <= Math.max(AGREES_SECONDS, AGREES_SHARE * measured);
}

function tripOf(elapsed: number, delay: number, quirk: (name: TripQuirk) => void): number | undefined {
  if (delay === 0) return refuse('dlsrZero', quirk);
  if (delay / 65_536 >= LONGEST_DELAY) return refuse('dlsrRange', quirk);
  const value = elapsed / 1e6 - delay / 65_536;
  return value < LEAST || value > MOST ? refuse('roundTripRange', quirk) : Math.max(0, value);
}

function refuse(name: TripQuirk, quirk: (name: TripQuirk) => void): undefined {
  quirk(name);
  return undefined;
}
