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

/** Questions of one SSRC: sender reports or receiver reference times, the latest 16 by the middle 32 bits of their time. */
type Questions = {
  readonly middles: Uint32Array;
  /** Arrival in microseconds, NTP seconds, and for the chain: NTP of the answered report + the delay of the answer. */
  readonly times: Float64Array;
  /** SSRC of the report that a chain began with. */
  readonly chains: Uint32Array;
  next: number;
};

/** What a tap remembers of one transport: an RTP 5-tuple both ways together with its RTCP. */
export type Loop = {
  readonly senderReports: readonly [Map<number, Questions>, Map<number, Questions>];
  readonly referenceTimes: readonly [Map<number, Questions>, Map<number, Questions>];
  readonly names: readonly [Map<number, string>, Map<number, string>];
  /** STUN requests by transaction; NaN: seen twice. Microseconds. */
  readonly requests: readonly [Map<string, number>, Map<string, number>];
  /** The latest `sr-rr` by measurer; seconds. */
  readonly latest: [number, number];
};

const REMEMBERED = 16;
const TIMES = 3;
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

/** Nothing seen yet. */
export function newLoop(): Loop {
  return {
    senderReports: [new Map(), new Map()],
    referenceTimes: [new Map(), new Map()],
    names: [new Map(), new Map()],
    requests: [new Map(), new Map()],
    latest: [Number.NaN, Number.NaN],
  };
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
  readonly ntpMiddle?: number;
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
  const { ntpMiddle, ntpSeconds, ntpFraction } = reporter;
  const isSender = ntpMiddle !== undefined && ntpSeconds !== undefined && ntpFraction !== undefined;
  const ntp = isSender ? ntpSeconds + Math.floor(ntpFraction / 4096) / 1_048_576 : undefined;
  const own = ntp === undefined || ntpMiddle === undefined ? undefined : ask(loop.senderReports[side], reporter.ssrc);
  const at = own === undefined || ntpMiddle === undefined || ntp === undefined ? -1 : put(own, ntpMiddle, micros, ntp);
  const trips: Trip[] = [];
  for (const block of blocks) {
    if (block.ssrc === reporter.ssrc || block.lastSenderReport === 0) continue;
    const asked = loop.senderReports[other].get(block.ssrc);
    const index = asked === undefined ? -1 : asked.middles.indexOf(block.lastSenderReport);
    if (asked === undefined || index < 0) {
      quirk('unknownSenderReport');
      continue;
    }
    if (own !== undefined) chainOn(own, at, asked, index, block);
    const value = tripOf(micros - time(asked, index, 0), block.delaySinceLast, quirk);
    if (value === undefined) continue;
    trips.push({ origin: 'sr-rr', measurer: other, value, ssrc: block.ssrc });
    loop.latest[other] = value;
    const chain = ntp === undefined ? undefined : chainOf(loop, side, reporter.ssrc, ntp, asked, index, block);
    if (chain === undefined) continue;
    if (agrees(chain, value))
      trips.push({ origin: 'sr-chain', measurer: side, value: Math.max(0, chain), ssrc: reporter.ssrc });
    // Seen from the host beside the tap, the far side's loop is the one that its clock measures.
    else if (!agrees(chain, loop.latest[0]) && !agrees(chain, loop.latest[1])) quirk('ntpClock');
  }
  return trips;
}

/** A receiver of `side` tells its clock (RRTR). */
export function takeReferenceTime(loop: Loop, side: Side, ssrc: number, ntpMiddle: number, micros: number): void {
  put(ask(loop.referenceTimes[side], ssrc), ntpMiddle, micros, 0);
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
  const asked = loop.referenceTimes[measurer].get(answer.ssrc);
  const index = asked === undefined ? -1 : asked.middles.indexOf(answer.lastSenderReport);
  if (asked === undefined || index < 0) {
    quirk('unknownSenderReport');
    return undefined;
  }
  const value = tripOf(micros - time(asked, index, 0), answer.delaySinceLast, quirk);
  return value === undefined ? undefined : { origin: 'xr-dlrr', measurer, value };
}

/** A binding request of `side`: only one that was seen once can be timed. */
export function takeRequest(loop: Loop, side: Side, transaction: string, micros: number): void {
  const requests = loop.requests[side];
  const again = requests.has(transaction);
  requests.delete(transaction);
  requests.set(transaction, again ? Number.NaN : micros);
  const oldest = requests.keys().next().value;
  if (requests.size > MOST_REQUESTS && oldest !== undefined) requests.delete(oldest);
}

/** A success response of `side`. */
export function takeResponse(loop: Loop, side: Side, transaction: string, micros: number): Trip | undefined {
  const measurer = otherSide(side);
  const asked = loop.requests[measurer].get(transaction);
  // A repeated response says nothing new.
  loop.requests[measurer].delete(transaction);
  const value = asked === undefined ? Number.NaN : (micros - asked) / 1e6;
  return value >= LEAST && value <= MOST ? { origin: 'stun', measurer, value: Math.max(0, value) } : undefined;
}

/** The canonical name of an SSRC (RFC 3550, 6.5.1): streams of one host share its clock. */
export function takeName(loop: Loop, side: Side, ssrc: number, cname: string): void {
  const names = loop.names[side];
  if (names.size < MOST_SSRCS || names.has(ssrc)) names.set(ssrc, cname.slice(0, 255));
}

/** Adds what another loop remembers: both turned out to be one. */
export function mergeLoops(into: Loop, from: Loop, flipped: boolean): void {
  for (const side of [0, 1] as const) {
    const target = flipped ? otherSide(side) : side;
    for (const [ssrc, asked] of from.senderReports[side]) into.senderReports[target].set(ssrc, asked);
    for (const [ssrc, asked] of from.referenceTimes[side]) into.referenceTimes[target].set(ssrc, asked);
    for (const [ssrc, name] of from.names[side]) into.names[target].set(ssrc, name);
    for (const [transaction, at] of from.requests[side]) into.requests[target].set(transaction, at);
  }
}

/** The other side. */
export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}

function ask(questions: Map<number, Questions>, ssrc: number): Questions {
  const held = questions.get(ssrc);
  if (held !== undefined) return held;
  const oldest = questions.keys().next().value;
  if (questions.size >= MOST_SSRCS && oldest !== undefined) questions.delete(oldest);
  const made: Questions = {
    middles: new Uint32Array(REMEMBERED),
    times: new Float64Array(REMEMBERED * TIMES),
    chains: new Uint32Array(REMEMBERED),
    next: 0,
  };
  questions.set(ssrc, made);
  return made;
}

function put(questions: Questions, middle: number, micros: number, ntp: number): number {
  // A copy of the same report (captured twice) is no new question: the first one counts.
  const held = questions.middles.indexOf(middle);
  if (held >= 0 && time(questions, held, 1) === ntp) return held;
  const index = questions.next;
  questions.next = (index + 1) % REMEMBERED;
  questions.middles[index] = middle;
  questions.times[index * TIMES] = micros;
  questions.times[index * TIMES + 1] = ntp;
  questions.times[index * TIMES + 2] = Number.NaN;
  questions.chains[index] = 0;
  return index;
}

/** The report at `at` answers the other side's: from there the other side can count on in its own clock. */
function chainOn(own: Questions, at: number, asked: Questions, index: number, block: Answer): void {
  if (!Number.isNaN(time(own, at, 2))) return;
  own.times[at * TIMES + 2] = time(asked, index, 1) + block.delaySinceLast / 65_536;
  own.chains[at] = block.ssrc;
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
  const base = time(asked, index, 2);
  if (Number.isNaN(base)) return undefined;
  const first = asked.chains[index] ?? 0;
  const names = loop.names[side];
  const sameHost = first === ssrc || (names.has(ssrc) && names.get(first) === names.get(ssrc));
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
