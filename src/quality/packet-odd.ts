import { expectedOf, uniqueOf } from './packet-counts.ts';
import { restartJitter } from './packet-jitter.ts';
import {
  BASE,
  BASE_TIMESTAMP,
  BOUNDARIES,
  CONTINUED,
  DUPLICATES,
  EXPECTED_BEFORE,
  FIRST_AT,
  FLAGS,
  FORMAT,
  HAS_LAST,
  HIGHEST,
  HIGHEST_AT,
  HOLDS,
  LAST_AT,
  LAST_TIMESTAMP,
  NOW,
  PENDING,
  PENDING_WORDS,
  RECEIVED,
  REMEMBERED_NUMBERS,
  REORDERED,
  RESTARTS_SHIFT,
  RFC_SKIPPED,
  SCALE,
  SECOND_END,
  SECONDS_MASK,
  SECONDS_SHIFT,
  UNIQUE,
  WORDS,
} from './packet-layout.ts';
import { rollSeconds } from './packet-seconds.ts';
import { forgetNumbers, hasCome, isYoung, noteLate } from './packet-seen.ts';
import type { Held, PacketTable } from './packet-table.ts';
import type { PacketFacts } from './packet-take.ts';
import { double, int } from './packet-words.ts';

/** Verdicts on a packet whose number is not ahead. */
export const JUMP = 0;
export const LATE = 1;
export const DUPLICATE = 2;

/** Numbers further back than this are a jump, unless they are still remembered and young. */
const FURTHEST_BACK = 1000;
/** An outage lasts at least so long. Microseconds. */
const SHORTEST_OUTAGE = 1_000_000;
const ROUND = 65_536;
/** Closed seconds of a stream after which nothing is late that was sent before it. */
const YOUNG_SECONDS = 3;
/** More are counted no further: half a word holds them. */
const MOST_RESTARTS = 0xffff;
/** Longest time over which the packet rate is taken. Seconds. */
const RATE_SECONDS = 5;

/** Counts a packet again once it is known that it is `distance` ahead of the highest number. */
export type Replay = (
  table: PacketTable,
  stream: number,
  micros: number,
  packet: PacketFacts,
  distance: number,
) => void;

/** A number at or below the highest: late, a duplicate, or a jump back. `distance` ≤ 0. */
export function takeBehind(table: PacketTable, stream: number, micros: number, distance: number): number {
  const w = stream * WORDS;
  const { words } = table;
  const number = (int(words, w + HIGHEST) + distance) | 0;
  const young = -distance < REMEMBERED_NUMBERS && isYoung(table, w, number);
  if (-distance > FURTHEST_BACK && !young) return JUMP;
  const came = hasCome(table, w, number, -distance);
  // A number of long ago that came already: its sender began again a little further back.
  if (came && !young && !isEarlier(words, w, number)) return JUMP;
  if (came) {
    words[w + DUPLICATES] = int(words, w + DUPLICATES) + 1;
    return DUPLICATE;
  }
  noteLate(table, w, number, -distance);
  words[w + REORDERED] = int(words, w + REORDERED) + 1;
  if (micros >= double(table.doubles, w + SECOND_END)) rollSeconds(table, stream, micros, 1);
  repay(table, w, number);
  return LATE;
}

/** The hole lies in the second of its number; if that is closed, what came late is received more in this one. */
function repay(table: PacketTable, w: number, number: number): void {
  const { words, doubles } = table;
  const second = double(doubles, w + SECOND_END) / 1e6 - 1;
  const before = (int(words, w + BASE) - number) | 0;
  if (before > 0 && (int(words, w + FLAGS) & CONTINUED) === 0) {
    // It overtook nobody: the segment began with it.
    words[w + BASE] = number;
    widenFirst(words, w, second, before);
  }
  const target = secondOfNumber(words, w, second, number);
  words[target + RECEIVED] = int(words, target + RECEIVED) + 1;
  // That of the current second is counted when it ends.
  if (target !== w + NOW) words[w + UNIQUE] = int(words, w + UNIQUE) + 1;
}

/** Whether a number that is late is one of the stream that this one goes on from, and has just gone on from. */
function isEarlier(words: Int32Array, w: number, number: number): boolean {
  const flags = int(words, w + FLAGS);
  const lived = (flags >> SECONDS_SHIFT) & SECONDS_MASK;
  return (flags & CONTINUED) !== 0 && lived < YOUNG_SECONDS && ((number - int(words, w + BASE)) | 0) < 0;
}

/** Numbers before the first one seen belong to the second that it came in; boundaries before it move along. */
function widenFirst(words: Int32Array, w: number, second: number, by: number): void {
  const lived = (int(words, w + FLAGS) >> SECONDS_SHIFT) & SECONDS_MASK;
  if (lived > 0) return;
  const first = (int(words, w + BASE) + by) | 0;
  for (let i = 0; i < 8; i += 1) {
    const index = w + BOUNDARIES + i;
    if (int(words, index) === first && i !== ((second + 1) & 7)) words[index] = (first - by) | 0;
  }
}

/** Where the members of the open second lie that a number falls in; those of the current one if it is closed. */
function secondOfNumber(words: Int32Array, w: number, second: number, number: number): number {
  for (let back = 0; back <= 2; back += 1) {
    if (((number - int(words, w + BOUNDARIES + ((second - back) & 7))) | 0) >= 0) {
      return back === 0 ? w + NOW : w + PENDING + ((second - back) & 1) * PENDING_WORDS;
    }
  }
  return w + NOW;
}

/** A packet behind a jump: it says nothing until another one follows it. */
export function beginHold(table: PacketTable, stream: number, micros: number, packet: PacketFacts): void {
  const w = stream * WORDS;
  table.words[w + FLAGS] = int(table.words, w + FLAGS) | HOLDS;
  table.held.set(stream, { ...packet, micros, duplicates: 0 });
}

/**
 * A packet comes while another one is held. True: both were counted, or this one is the held one again. False: it does
 * not follow, and is to be judged by itself.
 */
export function settleHold(
  table: PacketTable,
  stream: number,
  micros: number,
  packet: PacketFacts,
  replay: Replay,
): boolean {
  const held = table.held.get(stream);
  if (held === undefined) return false;
  const step = ((packet.sequence - held.sequence) << 16) >> 16;
  if (step === 0) {
    held.duplicates += 1;
    return true;
  }
  const w = stream * WORDS;
  table.words[w + FLAGS] = int(table.words, w + FLAGS) & ~HOLDS;
  table.held.delete(stream);
  if (step !== 1) return false;
  const missing = outageDistance(table, w, held);
  if (missing === undefined) restart(table, stream, held);
  table.words[w + DUPLICATES] = int(table.words, w + DUPLICATES) + held.duplicates;
  table.words[w + RFC_SKIPPED] = int(table.words, w + RFC_SKIPPED) + held.duplicates;
  replay(table, stream, held.micros, held, missing ?? 1);
  replay(table, stream, micros, packet, 1);
  return true;
}

/**
 * How far ahead the held packet is if the stream only was not heard for a while; undefined: its sender began again
 * (docs/metrics.md, 1).
 */
function outageDistance(table: PacketTable, w: number, held: Held): number | undefined {
  const { words, doubles } = table;
  const gap = held.micros - double(doubles, w + LAST_AT);
  if (gap < SHORTEST_OUTAGE || !timestampsRan(table, w, held, gap)) return undefined;
  const estimate = packetRate(table, w) * ((held.micros - double(doubles, w + HIGHEST_AT)) / 1e6);
  const distance = (held.sequence - int(words, w + HIGHEST)) & 0xffff;
  const missing = distance - 1 + ROUND * Math.max(0, Math.round((estimate - distance) / ROUND));
  return Math.abs(missing - estimate) <= Math.max(50, estimate / 2) ? missing + 1 : undefined;
}

/** Whether the timestamp advanced like arrival; true where the clock is unknown. */
function timestampsRan({ words, doubles }: PacketTable, w: number, held: Held, gap: number): boolean {
  const scale = double(doubles, w + SCALE);
  if (scale === 0) return true;
  const round = 4_294_967_296 * scale;
  const units = ((held.timestamp - int(words, w + LAST_TIMESTAMP)) | 0) * scale;
  // Over hours the timestamp itself goes round.
  const advanced = units + round * Math.round((gap - units) / round);
  return Math.abs(advanced - gap) <= Math.max(500_000, 0.05 * gap);
}

/** Packets per second over the last 5 s, or since the begin of the stream. */
function packetRate(table: PacketTable, w: number): number {
  const { words, doubles } = table;
  const highestAt = double(doubles, w + HIGHEST_AT);
  const second = double(doubles, w + SECOND_END) / 1e6 - 1;
  const from = second - RATE_SECONDS + 1;
  const lived = highestAt / 1e6 - from;
  const first = double(doubles, w + FIRST_AT);
  if (first / 1e6 > from || lived <= 0) {
    const seconds = (highestAt - first) / 1e6;
    return seconds > 0 ? (uniqueOf(table, w) - 1) / seconds : 0;
  }
  return ((int(words, w + HIGHEST) + 1 - int(words, w + BOUNDARIES + (from & 7))) | 0) / lived;
}

/** A new segment: numbers go on from here, and nothing is missing between. */
function restart(table: PacketTable, stream: number, held: Held): void {
  const w = stream * WORDS;
  const { words, doubles } = table;
  if (held.micros >= double(doubles, w + SECOND_END)) rollSeconds(table, stream, held.micros, 1);
  const first = held.sequence;
  const shift = (first - 1 - int(words, w + HIGHEST)) | 0;
  for (let i = 0; i < 8; i += 1) words[w + BOUNDARIES + i] = (int(words, w + BOUNDARIES + i) + shift) | 0;
  words[w + EXPECTED_BEFORE] = expectedOf(table, w);
  words[w + HIGHEST] = (first - 1) | 0;
  words[w + BASE] = first;
  const format = int(words, w + FORMAT);
  if (format >>> RESTARTS_SHIFT < MOST_RESTARTS) words[w + FORMAT] = format + (1 << RESTARTS_SHIFT);
  forgetNumbers(table, w);
  words[w + FLAGS] = int(words, w + FLAGS) & ~(HAS_LAST | CONTINUED);
  words[w + BASE_TIMESTAMP] = held.timestamp;
  restartJitter(table, w);
  doubles[(w + HIGHEST_AT) >> 1] = held.micros;
}
