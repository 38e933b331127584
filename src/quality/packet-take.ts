import { guessClock } from './packet-clock.ts';
import { updateJitter } from './packet-jitter.ts';
import {
  BASE,
  BASE_AT,
  BASE_TIMESTAMP,
  BOUNDARIES,
  EXPECTED,
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
  RFC_COUNT,
  RFC_JITTER,
  RFC_MAXIMUM_F,
  RFC_SUM,
  SCALE,
  SECOND_END,
  SECOND_FRAMES,
  SECOND_MEDIA,
  SECOND_OCTETS,
  SEEN,
  SEEN_NUMBERS,
  UNIQUE,
  WORDS,
} from './packet-layout.ts';
import { beginHold, DUPLICATE, LATE, settleHold, takeBehind } from './packet-odd.ts';
import { rollSeconds, stepClock } from './packet-seconds.ts';
import type { PacketTable } from './packet-table.ts';
import { double, int, single } from './packet-words.ts';

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
const CLOCK_STEP = 10_000_000;

/** The first packet of a stream that was made for it. The second one has shown it to be RTP. */
export function beginStream(table: PacketTable, stream: number, micros: number, packet: PacketFacts): void {
  const w = stream * WORDS;
  const { words, doubles } = table;
  const second = Math.floor(micros / 1e6);
  words[w + BASE] = packet.sequence;
  words[w + HIGHEST] = packet.sequence - 1;
  for (let i = 0; i < 8; i += 1) words[w + BOUNDARIES + i] = packet.sequence;
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
  const { words, doubles } = table;
  const w = stream * WORDS;
  const { timestamp } = packet;
  const distance = ((packet.sequence - int(words, w + HIGHEST)) << 16) >> 16;
  const end = double(doubles, w + SECOND_END);
  if (micros < end - CLOCK_STEP) stepClock(table, stream, micros);
  if (distance > 0 && distance <= LONGEST_HOLE && (int(words, w + FLAGS) & HOLDS) === 0) {
    advanceTo(table, stream, micros, distance);
  } else if (!takeOdd(table, stream, micros, packet, distance)) {
    return;
  }
  updateRfcJitter(table, w, micros, timestamp);
  if (double(doubles, w + SCALE) === 0) learnClock(table, stream, micros, timestamp);
  takeMedia(table, w, micros, packet);
}

/** The number `distance` ahead of the highest came: what lies between is expected now. */
export function advanceTo(table: PacketTable, stream: number, micros: number, distance: number): void {
  const { words, doubles } = table;
  const w = stream * WORDS;
  if (micros >= double(doubles, w + SECOND_END)) rollSeconds(table, stream, micros, distance);
  const before = int(words, w + HIGHEST);
  const number = (before + distance) | 0;
  if (distance > 1) clearSeen(words, w, before, distance);
  setSeen(words, w, number);
  words[w + HIGHEST] = number;
  words[w + UNIQUE] = int(words, w + UNIQUE) + 1;
  words[w + NOW + RECEIVED] = int(words, w + NOW + RECEIVED) + 1;
  doubles[(w + HIGHEST_AT) >> 1] = micros;
  doubles[(w + EXPECTED) >> 1] = double(doubles, w + EXPECTED) + distance;
}

/** True: a packet that is new. False: nothing more is to be done with it. */
function takeOdd(table: PacketTable, stream: number, micros: number, packet: PacketFacts, distance: number): boolean {
  const w = stream * WORDS;
  const { words } = table;
  if ((int(words, w + FLAGS) & HOLDS) !== 0 && settleHold(table, stream, micros, packet, replay)) return false;
  if (distance > 0 && distance <= LONGEST_HOLE) {
    advanceTo(table, stream, micros, distance);
    return true;
  }
  const verdict = distance <= 0 ? takeBehind(table, stream, micros, distance) : 0;
  if (verdict === LATE) return true;
  if (verdict === DUPLICATE) updateRfcJitter(table, w, micros, packet.timestamp);
  else beginHold(table, stream, micros, packet);
  return false;
}

/** Counts a packet that was held, once it is known where it belongs. */
function replay(table: PacketTable, stream: number, micros: number, packet: PacketFacts, distance: number): void {
  const w = stream * WORDS;
  advanceTo(table, stream, micros, distance);
  updateRfcJitter(table, w, micros, packet.timestamp);
  takeMedia(table, w, micros, packet);
}

/** RFC 3550, A.8, over every packet in arrival order. */
function updateRfcJitter(table: PacketTable, w: number, micros: number, timestamp: number): void {
  const { words, floats, doubles } = table;
  const scale = double(doubles, w + SCALE);
  if (scale !== 0) {
    const flags = int(words, w + FLAGS);
    if ((flags & HAS_LAST) !== 0) {
      const units = (timestamp - int(words, w + LAST_TIMESTAMP)) | 0;
      const difference = micros - double(doubles, w + LAST_AT) - units * scale;
      const before = double(doubles, w + RFC_JITTER);
      const jitter = before + (Math.abs(difference) - before) / 16;
      doubles[(w + RFC_JITTER) >> 1] = jitter;
      doubles[(w + RFC_SUM) >> 1] = double(doubles, w + RFC_SUM) + jitter;
      words[w + RFC_COUNT] = int(words, w + RFC_COUNT) + 1;
      if (jitter > single(floats, w + RFC_MAXIMUM_F)) floats[w + RFC_MAXIMUM_F] = jitter;
    } else {
      words[w + FLAGS] = flags | HAS_LAST;
    }
  }
  words[w + LAST_TIMESTAMP] = timestamp;
  doubles[(w + LAST_AT) >> 1] = micros;
}

/** Counts what a unique packet carries. */
function takeMedia(table: PacketTable, w: number, micros: number, packet: PacketFacts): void {
  const { words, doubles } = table;
  const flags = int(words, w + FLAGS);
  const kind = flags & KIND_MASK;
  if (!packet.isMedia || kind >= KIND_PAUSE) {
    // What a device stamps behind a pause is its own affair; FEC and padding interrupt nothing.
    if (packet.isMedia && kind === KIND_PAUSE) words[w + FLAGS] = flags & ~HAS_BASE;
    return;
  }
  const { timestamp, octets } = packet;
  words[w + NOW + SECOND_MEDIA] = int(words, w + NOW + SECOND_MEDIA) + 1;
  words[w + NOW + SECOND_OCTETS] = int(words, w + NOW + SECOND_OCTETS) + octets;
  const hasBase = (flags & HAS_BASE) !== 0;
  const isNewer = !hasBase || ((timestamp - int(words, w + BASE_TIMESTAMP)) | 0) > 0;
  if (isNewer) {
    words[w + NOW + SECOND_FRAMES] = int(words, w + NOW + SECOND_FRAMES) + 1;
  } else if (kind === KIND_VIDEO || kind === 0) {
    return;
  }
  updateJitter(table, w, micros, packet);
  words[w + FLAGS] = int(words, w + FLAGS) | HAS_BASE;
  words[w + BASE_TIMESTAMP] = timestamp;
  doubles[(w + BASE_AT) >> 1] = micros;
}

function learnClock(table: PacketTable, stream: number, micros: number, timestamp: number): void {
  const guess = table.guesses.get(stream);
  if (guess === undefined) return;
  const rate = guessClock(guess, micros, timestamp);
  if (rate === undefined) return;
  table.guesses.delete(stream);
  table.onClock?.(stream, rate);
}

function setSeen(words: Int32Array, w: number, number: number): void {
  const index = w + SEEN + ((number & (SEEN_NUMBERS - 1)) >> 5);
  words[index] = int(words, index) | (1 << (number & 31));
}

/** The numbers between were not seen, whatever lay there 2,048 numbers ago. */
function clearSeen(words: Int32Array, w: number, before: number, distance: number): void {
  if (distance >= SEEN_NUMBERS) {
    words.fill(0, w + SEEN, w + SEEN + SEEN_NUMBERS / 32);
    return;
  }
  for (let step = 1; step < distance; step += 1) {
    const number = before + step;
    const index = w + SEEN + ((number & (SEEN_NUMBERS - 1)) >> 5);
    words[index] = int(words, index) & ~(1 << (number & 31));
  }
}
