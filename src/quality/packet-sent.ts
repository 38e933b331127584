import { expectedOf } from './packet-counts.ts';
import {
  BASE,
  BOUNDARIES,
  FIRST_AT,
  FLAGS,
  FORMAT,
  HIGHEST,
  PARTIAL,
  RESTARTS_SHIFT,
  SCALE,
  SECOND_END,
  WHOLE,
  WINDOW,
  WINDOW_SECONDS,
  WORDS,
} from './packet-layout.ts';
import type { PacketTable } from './packet-table.ts';
import { double, int } from './packet-words.ts';

/** Marks a second that the capture did not see whole (packet-window.ts). */
const TAINTED = 0xffff;
/** A sender report counts packets that we have not seen yet, or that were lost before the first. */
const SLACK_PACKETS = 50;
/** A stream that begins so long after the capture was seen to begin. Seconds. */
const SEEN_TO_BEGIN = 2;

/** What its receiver's reports are held against: what a stream has sent so far. */
export type SentSoFar = {
  /** Highest and first number of the segment, extended; only differences mean anything. */
  readonly highest: number;
  readonly base: number;
  /** Which segment it is. */
  readonly segment: number;
  /** Microseconds since the epoch. */
  readonly firstAt: number;
  /** Numbers sent within the last 30 s. */
  readonly recent: number;
  /** Seconds per unit of the timestamp; absent while the clock is unknown. */
  readonly unit?: number;
  /** The tap saw its first packet. */
  readonly sawBegin: boolean;
};

/** State of a stream at a time. */
export function sentSoFar(table: PacketTable, stream: number, micros: number): SentSoFar {
  const w = stream * WORDS;
  const { words, doubles } = table;
  const firstAt = double(doubles, w + FIRST_AT);
  const scale = double(doubles, w + SCALE);
  const flags = int(words, w + FLAGS);
  const begunLater = firstAt / 1e6 - table.observedFrom >= SEEN_TO_BEGIN;
  return {
    highest: int(words, w + HIGHEST),
    base: int(words, w + BASE),
    segment: int(words, w + FORMAT) >>> RESTARTS_SHIFT,
    firstAt,
    recent: recentlySent(table, w, micros),
    ...(scale > 0 ? { unit: scale / 1e6 } : {}),
    sawBegin: (flags & PARTIAL) === 0 && (begunLater || (flags & WHOLE) !== 0) && !wasBlind(table, firstAt),
  };
}

/** Whether the capture lost anything since a stream began. Microseconds. */
function wasBlind({ tainted }: PacketTable, firstAt: number): boolean {
  const first = Math.floor(firstAt / 1e6);
  for (const second of tainted.keys()) if (second >= first) return true;
  return false;
}

/** Compares the stream with its sender's own count: if that is larger, the tap came late. */
export function compareCount(table: PacketTable, stream: number, packetCount: number): void {
  const w = stream * WORDS;
  const flags = int(table.words, w + FLAGS);
  if (packetCount === 0 || (flags & (PARTIAL | WHOLE)) !== 0) return;
  const surplus = packetCount - expectedOf(table, w);
  table.words[w + FLAGS] = flags | (surplus > SLACK_PACKETS ? PARTIAL : WHOLE);
}

/** Numbers expected in the last 30 closed seconds that lie within 30 s of now, and since. */
function recentlySent(table: PacketTable, w: number, micros: number): number {
  const { words, doubles } = table;
  const current = double(doubles, w + SECOND_END) / 1e6 - 1;
  const now = Math.floor(micros / 1e6);
  let sum = (int(words, w + HIGHEST) + 1 - int(words, w + BOUNDARIES + ((current - 2) & 7))) | 0;
  for (let second = current - 3; second > now - WINDOW_SECONDS && second > current - WINDOW_SECONDS; second -= 1) {
    const expected = int(words, w + WINDOW + (second % WINDOW_SECONDS)) >>> 16;
    // A second we were blind in sent what the others did, or more.
    if (expected !== TAINTED) sum += expected;
  }
  return now - current > WINDOW_SECONDS ? 0 : sum;
}
