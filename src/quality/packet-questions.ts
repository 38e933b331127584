import { int } from './packet-words.ts';
import { RecordPool } from './record-pool.ts';

/**
 * Questions of SSRCs that the other side may answer: sender reports or receiver reference times, the latest 16 of each
 * SSRC. Those of one SSRC are a ring: a record, with room for four questions at a time, since sides with many SSRCs send
 * few reports of each.
 */
export type Questions = {
  readonly rings: RecordPool;
  readonly quarters: RecordPool;
  /** By question: the SSRC that its chain began with, where it is not that of the ring's first chain. */
  readonly chainSsrcs: Map<number, number>;
};

/** Signed; questions so far, those that were pushed out included (at most 31); the SSRC that the first chain began with. */
const SSRC = 1;
const ASKED = 2;
const CHAIN_SSRC = 3;
const QUARTERS = 4;
const RING_WORDS = 8;

/**
 * Of each question: arrival in microseconds; for the chain, NTP of the answered report + the delay of the answer; the
 * middle 32 bits of its NTP time, which name it; and the 16 above and 4 below them, with a bit of our own.
 */
const ARRIVALS = 0;
const CHAINS = 8;
const MIDDLES = 16;
const RESTS = 20;
const QUARTER_WORDS = 24;
const OTHER_SSRC = 1 << 20;

const REMEMBERED = 16;

/** None yet. */
export function newQuestions(): Questions {
  return { rings: new RecordPool(RING_WORDS), quarters: new RecordPool(QUARTER_WORDS), chainSsrcs: new Map() };
}

/** The ring of an SSRC in a list of them, by its first; 0: none. */
export function ringOf({ rings }: Questions, first: number, ssrc: number): number {
  return rings.find(first, SSRC, ssrc | 0);
}

/** A ring without questions. */
export function newRing({ rings }: Questions, ssrc: number): number {
  const ring = rings.add();
  rings.words[ring + SSRC] = ssrc;
  return ring;
}

/** Forgets a ring. */
export function removeRing(questions: Questions, ring: number): void {
  const { rings, quarters, chainSsrcs } = questions;
  for (let index = 0; index < countOf(questions, ring); index += 1)
    chainSsrcs.delete(questionAt(questions, ring, index));
  for (let word = ring + QUARTERS; word < ring + RING_WORDS; word += 1)
    if (rings.words[word] !== 0) quarters.release(int(rings.words, word));
  rings.release(ring);
}

/** Index of the question whose NTP time has these middle 32 bits; -1: it was not seen, or is too old. */
export function named(questions: Questions, ring: number, middle: number): number {
  const { words } = questions.quarters;
  const count = countOf(questions, ring);
  for (let index = 0; index < count; index += 1)
    if (words[questionAt(questions, ring, index) + MIDDLES] === (middle | 0)) return index;
  return -1;
}

/** Takes a question by its NTP time in seconds, exact to 2^-20; answers its index. */
export function ask(questions: Questions, ring: number, micros: number, ntp: number): number {
  const seconds = Math.floor(ntp);
  const fraction = (ntp - seconds) * 1_048_576;
  const middle = ((seconds & 0xffff) << 16) | (fraction >>> 4);
  const rest = ((seconds / 65_536) << 4) | (fraction & 15);
  // A copy of the same report (captured twice) is no new question: the first one counts.
  const count = countOf(questions, ring);
  for (let index = 0; index < count; index += 1) {
    const { words } = questions.quarters;
    const at = questionAt(questions, ring, index);
    if (words[at + MIDDLES] === middle && (int(words, at + RESTS) & ~OTHER_SSRC) === rest) return index;
  }
  const index = next(questions, ring);
  const at = questionAt(questions, ring, index);
  const { words, doubles } = questions.quarters;
  doubles[doubleAt(at, ARRIVALS)] = micros;
  doubles[doubleAt(at, CHAINS)] = Number.NaN;
  words[at + MIDDLES] = middle;
  words[at + RESTS] = rest;
  questions.chainSsrcs.delete(at);
  return index;
}

/** When a question passed. Microseconds. */
export function askedAt(questions: Questions, ring: number, index: number): number {
  const { doubles } = questions.quarters;
  return doubles[doubleAt(questionAt(questions, ring, index), ARRIVALS)] ?? Number.NaN;
}

/** NTP time of a question. Seconds. */
export function ntpOf(questions: Questions, ring: number, index: number): number {
  const at = questionAt(questions, ring, index);
  const middle = int(questions.quarters.words, at + MIDDLES);
  const rest = int(questions.quarters.words, at + RESTS) & ~OTHER_SSRC;
  return (rest >>> 4) * 65_536 + (middle >>> 16) + ((middle & 0xffff) * 16 + (rest & 15)) / 1_048_576;
}

/** The question answers one of the other side: from there that side can count on in its own clock. The first chain counts. */
export function beginChain(questions: Questions, ring: number, index: number, base: number, ssrc: number): void {
  const { rings, quarters, chainSsrcs } = questions;
  const at = questionAt(questions, ring, index);
  if (!Number.isNaN(quarters.doubles[doubleAt(at, CHAINS)])) return;
  quarters.doubles[doubleAt(at, CHAINS)] = base;
  if (rings.words[ring + CHAIN_SSRC] === 0) rings.words[ring + CHAIN_SSRC] = ssrc;
  // 0 is nobody's yet.
  if (ssrc !== 0 && rings.words[ring + CHAIN_SSRC] === (ssrc | 0)) return;
  quarters.words[at + RESTS] = int(quarters.words, at + RESTS) | OTHER_SSRC;
  chainSsrcs.set(at, ssrc);
}

/** Where the chain of a question began, NTP seconds, and with which SSRC; undefined: it answers none. */
export function chainAt(
  questions: Questions,
  ring: number,
  index: number,
): { readonly base: number; readonly ssrc: number } | undefined {
  const { rings, quarters, chainSsrcs } = questions;
  const at = questionAt(questions, ring, index);
  const base = quarters.doubles[doubleAt(at, CHAINS)] ?? Number.NaN;
  if (Number.isNaN(base)) return undefined;
  const isOther = (int(quarters.words, at + RESTS) & OTHER_SSRC) !== 0;
  return { base, ssrc: isOther ? (chainSsrcs.get(at) ?? 0) : int(rings.words, ring + CHAIN_SSRC) >>> 0 };
}

function countOf({ rings }: Questions, ring: number): number {
  return Math.min(REMEMBERED, int(rings.words, ring + ASKED));
}

/** Room for one question more, or that of the oldest. */
function next({ rings, quarters }: Questions, ring: number): number {
  const asked = int(rings.words, ring + ASKED);
  rings.words[ring + ASKED] = asked + 1 === 2 * REMEMBERED ? REMEMBERED : asked + 1;
  const index = asked % REMEMBERED;
  const word = ring + QUARTERS + (index >> 2);
  if (rings.words[word] === 0) rings.words[word] = quarters.add();
  return index;
}

/** Of a question: its place among the words of its quarter. */
function questionAt({ rings }: Questions, ring: number, index: number): number {
  return int(rings.words, ring + QUARTERS + (index >> 2)) + (index & 3);
}

/** Index of a 64-bit float of a question: a quarter begins at a multiple of eight words. */
function doubleAt(at: number, members: number): number {
  return ((at & ~7) + members + 2 * (at & 3)) >> 1;
}
