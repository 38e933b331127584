import { guessClock } from './packet-clock.ts';
import { updateJitter } from './packet-jitter.ts';
import * as layout from './packet-layout.ts';
import { beginHold, DUPLICATE, LATE, settleHold, takeBehind } from './packet-odd.ts';
import { beginSeconds, rollSeconds, stepClock } from './packet-seconds.ts';
import { keepOlder, skipNumbers } from './packet-seen.ts';
import type { PacketTable } from './packet-table.ts';
import * as reads from './packet-words.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const {
  BASE,
  BASE_AT,
  BASE_TIMESTAMP,
  BOUNDARIES,
  FIRST_AT,
  FLAGS,
  HAS_BASE,
  HAS_LAST,
  HIGHEST,
  HIGHEST_AT,
  HOLDS,
  KIND_MASK,
  KIND_PAUSE,
  KIND_VIDEO,
  LAST_AT,
  LAST_TIMESTAMP,
  NOW,
  RECEIVED,
  RFC_JITTER,
  RFC_MAXIMUM_F,
  RFC_SKIPPED,
  RFC_SUM,
  SCALE,
  SECOND_END,
  SECOND_FRAMES,
  SECOND_MEDIA,
  SECOND_OCTETS,
  SEEN,
  SEEN_NUMBERS,
  WORDS,
} = layout;
const { double, int, single } = reads;

/** What of an RTP packet counts: the header as `RtpHeader` has it, whether it carries media, payload octets. */
export type PacketFacts = {
  sequence: number;
  timestamp: number;
  marker: boolean;
  isMedia: boolean;
  octets: number;
};

/** Numbers further ahead than this are a jump (docs/metrics.md, 1). */
const LONGEST_HOLE = 3000;
/** Time that runs back further than several interfaces explain: the clock was set. Microseconds. */
export const CLOCK_STEP = 10_000_000;

/** The first packet of a stream that was made for it. The second one has shown it to be RTP. */
export function beginStream(table: PacketTable, stream: number, micros: number, packet: PacketFacts): void {
  const w = stream * WORDS;
  const { words, doubles } = table;
  const second = Math.floor(micros / 1e6);
  words[w + BASE] = packet.sequence;
  words[w + HIGHEST] = packet.sequence - 1;
  for (let i = 0; i < 8; i += 1) words[w + BOUNDARIES + i] = packet.sequence;
  beginSeconds(table, w);
  doubles[(w + FIRST_AT) >> 1] = micros;
  doubles[(w + HIGHEST_AT) >> 1] = micros;
  doubles[(w + LAST_AT) >> 1] = micros;
  doubles[(w + SECOND_END) >> 1] = (second + 1) * 1e6;
  takePacket(table, stream, micros, packet);
}

/**
 * Takes one packet of a stream whose payload type is in its record. `micros` since the epoch; arrival order, which may
 * run back a little where several interfaces were captured.
 */
export function takePacket(table: PacketTable, stream: number, micros: number, packet: PacketFacts): void {
  table.at = micros;
  takeArrival(table, stream, packet);
}

/** The same of a packet that came at `table.at`. */
export function takeArrival(table: PacketTable, stream: number, packet: PacketFacts): void {
  const { words } = table;
  const w = stream * WORDS;
  const highest = int(words, w + HIGHEST);
  const distance = ((packet.sequence - highest) << 16) >> 16;
  const left = double(table.doubles, w + SECOND_END) - table.at;
  // Nearly every packet is the next one, in the same second: it passes here without the general way's many questions.
  if (distance === 1 && left > 0 && left <= CLOCK_STEP && (int(words, w + FLAGS) & HOLDS) === 0) {
    countNumber(table, w, (highest + 1) | 0);
  } else if (!takeOutOfTurn(table, stream, packet, distance, left)) {
    return;
  }
  updateRfcJitter(table, w, packet.timestamp);
  if (double(table.doubles, w + SCALE) === 0) learnClock(table, stream, packet.timestamp);
  takeMedia(table, w, packet);
}

/** The same of the packet with the next `number`, in the second of the one before, of a stream that waits for nothing. */
export function takeNext(table: PacketTable, w: number, number: number, packet: PacketFacts): void {
  countNumber(table, w, number);
  updateRfcJitter(table, w, packet.timestamp);
  takeMedia(table, w, packet);
}

/** The number `distance` ahead of the highest came: what lies between is expected now. */
function advanceTo(table: PacketTable, stream: number, distance: number): void {
  const { words, doubles, at } = table;
  const w = stream * WORDS;
  if (at >= double(doubles, w + SECOND_END)) rollSeconds(table, stream, at, distance);
  const before = int(words, w + HIGHEST);
  if (distance > 1) skipNumbers(table, w, before, distance);
  countNumber(table, w, (before + distance) | 0);
}

/** A new highest number. What follows from it (expected, unique) is counted when the second closes, or when it is asked. */
function countNumber(table: PacketTable, w: number, number: number): void {
  const { words, doubles, at } = table;
  if ((number & 31) === 0) keepOlder(table, w, number);
  const seen = w + SEEN + ((number & (SEEN_NUMBERS - 1)) >> 5);
  words[seen] = int(words, seen) | (1 << (number & 31));
  words[w + HIGHEST] = number;
  words[w + NOW + RECEIVED] = int(words, w + NOW + RECEIVED) + 1;
  doubles[(w + HIGHEST_AT) >> 1] = at;
}

/** True: a packet that is new. False: nothing more is to be done with it. `left` = microseconds to the end of the second. */
function takeOutOfTurn(
  table: PacketTable,
  stream: number,
  packet: PacketFacts,
  distance: number,
  left: number,
): boolean {
  const w = stream * WORDS;
  const { words, at } = table;
  if (left > CLOCK_STEP) stepClock(table, stream, at);
  if ((int(words, w + FLAGS) & HOLDS) !== 0 && settleHold(table, stream, at, packet, replay)) return false;
  if (distance > 0 && distance <= LONGEST_HOLE) {
    advanceTo(table, stream, distance);
    return true;
  }
  const verdict = distance <= 0 ? takeBehind(table, stream, at, distance) : 0;
  if (verdict === LATE) return true;
  if (verdict === DUPLICATE) updateRfcJitter(table, w, packet.timestamp);
  else beginHold(table, stream, at, packet);
  return false;
}

/** Counts a packet that was held, once it is known where it belongs. */
function replay(table: PacketTable, stream: number, micros: number, packet: PacketFacts, distance: number): void {
  const w = stream * WORDS;
  table.at = micros;
  advanceTo(table, stream, distance);
  updateRfcJitter(table, w, packet.timestamp);
  takeMedia(table, w, packet);
}

/** RFC 3550, A.8, over every packet in arrival order. */
function updateRfcJitter({ words, floats, doubles, at }: PacketTable, w: number, timestamp: number): void {
  const scale = double(doubles, w + SCALE);
  const flags = int(words, w + FLAGS);
  const units = (timestamp - int(words, w + LAST_TIMESTAMP)) | 0;
  const difference = Math.abs(at - double(doubles, w + LAST_AT) - units * scale);
  words[w + LAST_TIMESTAMP] = timestamp;
  doubles[(w + LAST_AT) >> 1] = at;
  if (scale === 0 || (flags & HAS_LAST) === 0) {
    words[w + RFC_SKIPPED] = int(words, w + RFC_SKIPPED) + 1;
    if (scale !== 0) words[w + FLAGS] = flags | HAS_LAST;
    return;
  }
  const before = double(doubles, w + RFC_JITTER);
  const jitter = before + (difference - before) / 16;
  doubles[(w + RFC_JITTER) >> 1] = jitter;
  doubles[(w + RFC_SUM) >> 1] = double(doubles, w + RFC_SUM) + jitter;
  if (jitter > single(floats, w + RFC_MAXIMUM_F)) floats[w + RFC_MAXIMUM_F] = jitter;
}

/** Counts what a unique packet carries. */
function takeMedia(table: PacketTable, w: number, packet: PacketFacts): void {
  const { words } = table;
  const flags = int(words, w + FLAGS);
  const kind = flags & KIND_MASK;
  if (!packet.isMedia || kind >= KIND_PAUSE) {
    // What a device stamps behind a pause is its own affair; FEC and padding interrupt nothing.
    if (packet.isMedia && kind === KIND_PAUSE) words[w + FLAGS] = flags & ~HAS_BASE;
    return;
  }
  words[w + NOW + SECOND_MEDIA] = int(words, w + NOW + SECOND_MEDIA) + 1;
  words[w + NOW + SECOND_OCTETS] = int(words, w + NOW + SECOND_OCTETS) + packet.octets;
  const { timestamp } = packet;
  const isNewer = (flags & HAS_BASE) === 0 || ((timestamp - int(words, w + BASE_TIMESTAMP)) | 0) > 0;
  if (isNewer) words[w + NOW + SECOND_FRAMES] = int(words, w + NOW + SECOND_FRAMES) + 1;
  else if (kind === KIND_VIDEO || kind === 0) return;
  updateJitter(table, w, packet, flags);
  words[w + FLAGS] = int(words, w + FLAGS) | HAS_BASE;
  words[w + BASE_TIMESTAMP] = timestamp;
  table.doubles[(w + BASE_AT) >> 1] = table.at;
}

function learnClock(table: PacketTable, stream: number, timestamp: number): void {
  const guess = table.guesses.get(stream);
  if (guess === undefined) return;
  const rate = guessClock(guess, table.at, timestamp);
  if (rate === undefined) return;
  table.guesses.delete(stream);
  table.onClock?.(stream, rate);
}
