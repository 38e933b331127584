import type { RoundTripOrigin } from '../model/interval.ts';

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

/** Questions of one SSRC: sender reports or receiver reference times, the latest 16. */
type Questions = {
  readonly ssrc: number;
  /**
   * Of each: arrival in microseconds; NTP seconds, whose middle 32 bits name it; and for the chain: NTP of the answered
   * report + the delay of the answer, and the SSRC of the report that the chain began with.
   */
  times: number[];
  next: number;
};

type Name = { readonly ssrc: number; name: string };

type LoopSide = {
  senderReports: readonly Questions[];
  referenceTimes: readonly Questions[];
  names: readonly Name[];
  /** STUN requests by transaction; NaN: seen twice. Microseconds. */
  requests: Map<string, number> | undefined;
  /** The latest `sr-rr` that this side measured; seconds. */
  latest: number;
};

/** What a tap remembers of one transport: an RTP 5-tuple both ways together with its RTCP. Most sides have one SSRC. */
export type Loop = readonly [LoopSide, LoopSide];

const REMEMBERED = 16;
const TIMES = 4;
/** Room for so many numbers first, then twice as many. */
const FIRST = 4 * TIMES;
const [NTP, CHAIN, CHAIN_SSRC] = [1, 2, 3] as const;
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

const NONE: readonly never[] = [];

/** Nothing seen yet: a flood of transports costs little. */
export function newLoop(): Loop {
  return [newSide(), newSide()];
}

function newSide(): LoopSide {
  return { senderReports: NONE, referenceTimes: NONE, names: NONE, requests: undefined, latest: Number.NaN };
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
  loop: Loop,
  side: Side,
  reporter: Reporter,
  blocks: readonly Answer[],
  micros: number,
  quirk: (name: TripQuirk) => void,
): readonly Trip[] {
  const other = otherSide(side);
  const { ntpSeconds, ntpFraction } = reporter;
  const isSender = ntpSeconds !== undefined && ntpFraction !== undefined;
  const ntp = isSender ? ntpSeconds + Math.floor(ntpFraction / 4096) / 1_048_576 : undefined;
  const own = ntp === undefined ? undefined : ask(loop[side], 'senderReports', reporter.ssrc);
  const at = own === undefined || ntp === undefined ? -1 : put(own, micros, ntp);
  const trips: Trip[] = [];
  for (const block of blocks) {
    if (block.ssrc === reporter.ssrc || block.lastSenderReport === 0) continue;
    const asked = loop[other].senderReports.find(({ ssrc }) => ssrc === block.ssrc);
    const index = asked === undefined ? -1 : named(asked, block.lastSenderReport);
    if (asked === undefined || index < 0) {
      quirk('unknownSenderReport');
      continue;
    }
    if (own !== undefined) chainOn(own, at, asked, index, block);
    const value = tripOf(micros - time(asked, index, 0), block.delaySinceLast, quirk);
    if (value === undefined) continue;
    trips.push({ origin: 'sr-rr', measurer: other, value, ssrc: block.ssrc });
    loop[other].latest = value;
    const chain = ntp === undefined ? undefined : chainOf(loop, side, reporter.ssrc, ntp, asked, index, block);
    if (chain === undefined) continue;
    if (agrees(chain, value))
      trips.push({ origin: 'sr-chain', measurer: side, value: Math.max(0, chain), ssrc: reporter.ssrc });
    // Seen from the host beside the tap, the far side's loop is the one that its clock measures.
    else if (!agrees(chain, loop[0].latest) && !agrees(chain, loop[1].latest)) quirk('ntpClock');
  }
  return trips;
}

/** A receiver of `side` tells its clock (RRTR). */
export function takeReferenceTime(loop: Loop, side: Side, ssrc: number, ntpMiddle: number, micros: number): void {
  put(ask(loop[side], 'referenceTimes', ssrc), micros, ntpMiddle / 65_536);
}

/** `side` answers the clock of the other (DLRR). */
export function takeReferenceAnswer(
  loop: Loop,
  side: Side,
  answer: Answer,
  micros: number,
  quirk: (name: TripQuirk) => void,
): Trip | undefined {
  if (answer.lastSenderReport === 0) return undefined;
  const measurer = otherSide(side);
  const asked = loop[measurer].referenceTimes.find(({ ssrc }) => ssrc === answer.ssrc);
  const index = asked === undefined ? -1 : named(asked, answer.lastSenderReport);
  if (asked === undefined || index < 0) {
    quirk('unknownSenderReport');
    return undefined;
  }
  const value = tripOf(micros - time(asked, index, 0), answer.delaySinceLast, quirk);
  return value === undefined ? undefined : { origin: 'xr-dlrr', measurer, value };
}

/** A binding request of `side`: only one that was seen once can be timed. */
export function takeRequest(loop: Loop, side: Side, transaction: string, micros: number): void {
  const requests = loop[side].requests ?? new Map<string, number>();
  loop[side].requests = requests;
  const again = requests.has(transaction);
  requests.delete(transaction);
  requests.set(transaction, again ? Number.NaN : micros);
  const oldest = requests.keys().next().value;
  if (requests.size > MOST_REQUESTS && oldest !== undefined) requests.delete(oldest);
}

/** A success response of `side`. */
export function takeResponse(loop: Loop, side: Side, transaction: string, micros: number): Trip | undefined {
  const measurer = otherSide(side);
  const asked = loop[measurer].requests?.get(transaction);
  // A repeated response says nothing new.
  loop[measurer].requests?.delete(transaction);
  const value = asked === undefined ? Number.NaN : (micros - asked) / 1e6;
  return value >= LEAST && value <= MOST ? { origin: 'stun', measurer, value: Math.max(0, value) } : undefined;
}

/** The canonical name of an SSRC (RFC 3550, 6.5.1): streams of one host share its clock. */
export function takeName(loop: Loop, side: Side, ssrc: number, cname: string): void {
  const { names } = loop[side];
  const held = names.find((one) => one.ssrc === ssrc);
  const name = cname.slice(0, 255);
  if (held === undefined && names.length < MOST_SSRCS) loop[side].names = names.concat({ ssrc, name });
  // Each compound says it again.
  else if (held !== undefined && held.name !== name) held.name = name;
}

/** Adds what another loop remembers: both turned out to be one. */
export function mergeLoops(into: Loop, from: Loop, flipped: boolean): void {
  for (const side of [0, 1] as const) {
    const target = into[flipped ? otherSide(side) : side];
    const own = from[side];
    target.senderReports = merged(target.senderReports, own.senderReports);
    target.referenceTimes = merged(target.referenceTimes, own.referenceTimes);
    target.names = merged(target.names, own.names);
    const requests = [...(target.requests ?? []), ...(own.requests ?? [])];
    if (requests.length > 0) target.requests = new Map(requests.slice(-MOST_REQUESTS));
  }
}

/** The latest of both; of one SSRC what the other loop had. */
function merged<T extends { readonly ssrc: number }>(into: readonly T[], from: readonly T[]): readonly T[] {
  if (from.length === 0) return into;
  const kept = into.filter(({ ssrc }) => !from.some((one) => one.ssrc === ssrc));
  return [...kept, ...from].slice(-MOST_SSRCS);
}

/** The other side. */
export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}

function ask(own: LoopSide, kind: 'senderReports' | 'referenceTimes', ssrc: number): Questions {
  const known = own[kind];
  const held = known.find((one) => one.ssrc === ssrc);
  if (held !== undefined) return held;
  const made: Questions = { ssrc, times: [], next: 0 };
  own[kind] = (known.length >= MOST_SSRCS ? known.slice(1) : known).concat(made);
  return made;
}

/** Index of the question whose NTP time has these middle 32 bits; -1: it was not seen, or is too old. */
function named({ times }: Questions, middle: number): number {
  for (let at = NTP; at < times.length; at += TIMES)
    if (Math.floor((times[at] ?? 0) * 65_536) >>> 0 === middle) return (at - NTP) / TIMES;
  return -1;
}

function put(questions: Questions, micros: number, ntp: number): number {
  const { times } = questions;
  // A copy of the same report (captured twice) is no new question: the first one counts.
  for (let at = NTP; at < times.length; at += TIMES) if (times[at] === ntp) return (at - NTP) / TIMES;
  const index = questions.next;
  questions.next = (index + 1) % REMEMBERED;
  // Just the room that is needed, of which most is never taken: sides with many SSRCs send few reports of each.
  const room =
    index * TIMES < times.length ? times : times.concat(Array(Math.max(FIRST, times.length)).fill(Number.NaN));
  questions.times = room;
  room[index * TIMES] = micros;
  room[index * TIMES + NTP] = ntp;
  room[index * TIMES + CHAIN] = Number.NaN;
  room[index * TIMES + CHAIN_SSRC] = 0;
  return index;
}

/** The report at `at` answers the other side's: from there the other side can count on in its own clock. */
function chainOn(own: Questions, at: number, asked: Questions, index: number, block: Answer): void {
  if (!Number.isNaN(time(own, at, CHAIN))) return;
  own.times[at * TIMES + CHAIN] = time(asked, index, NTP) + block.delaySinceLast / 65_536;
  own.times[at * TIMES + CHAIN_SSRC] = block.ssrc;
}

/** NTP(SR2) − NTP(SR0) − both delays: a round trip in the clock of the host that sent both. */
function chainOf(
  loop: Loop,
  side: Side,
  ssrc: number,
  ntp: number,
  asked: Questions,
  index: number,
  block: Answer,
): number | undefined {
  const base = time(asked, index, CHAIN);
  if (Number.isNaN(base)) return undefined;
  const first = time(asked, index, CHAIN_SSRC);
  const nameOf = (of: number): string | undefined => loop[side].names.find((one) => one.ssrc === of)?.name;
  const sameHost = first === ssrc || (nameOf(ssrc) !== undefined && nameOf(first) === nameOf(ssrc));
  return sameHost ? ntp - base - block.delaySinceLast / 65_536 : undefined;
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

function time(questions: Questions, index: number, member: number): number {
  return questions.times[index * TIMES + member] ?? Number.NaN;
}
