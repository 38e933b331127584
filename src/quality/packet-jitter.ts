import * as layout from './packet-layout.ts';
import type { PacketTable } from './packet-table.ts';
import type { PacketFacts } from './packet-take.ts';
import * as reads from './packet-words.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const {
  BASE_AT,
  BASE_TIMESTAMP,
  FLAGS,
  HAS_BASE,
  JITTER,
  KIND_AUDIO,
  KIND_MASK,
  LIFE_JITTER,
  LIFE_JITTER_COUNT,
  LIFE_JITTER_MAXIMUM_F,
  MARKERS,
  NOW,
  SCALE,
  SECOND_END,
  SECOND_JITTER_F,
  SECOND_JITTER_MAXIMUM_F,
  SECOND_UPDATES,
  SETTLED,
  SLOT_EARLY_COUNT,
  SLOT_EARLY_F,
  SLOT_EARLY_MAXIMUM_F,
  SLOT_TIMES,
  UPDATES_MASK,
  UPDATES_SHIFT,
} = layout;
const { double, int, single } = reads;

/** A longer difference is no delay of the network: the sender's time jumped. Microseconds. */
const DISCONTINUITY = 5_000_000;
/** The estimate has settled at its 16th update (its gain is 1/16). */
export const SETTLED_AT = 16;
/** Marked packets of the last 32 from which on the marker says nothing. */
const MOST_MARKED = 16;

/**
 * Our jitter: RFC 3550, A.8, over media packets that are new; for video the first packet of each picture. A marker of
 * audio starts a talkspurt and a new base (RFC 3551, 4.1), unless most packets carry it.
 */
export function updateJitter(table: PacketTable, w: number, packet: PacketFacts, flags: number): void {
  const { words, doubles } = table;
  if ((flags & KIND_MASK) === KIND_AUDIO) {
    const markers = (int(words, w + MARKERS) << 1) | (packet.marker ? 1 : 0);
    words[w + MARKERS] = markers;
    if (packet.marker && bitCount(markers) <= MOST_MARKED) return;
  }
  const scale = double(doubles, w + SCALE);
  if (scale === 0 || (flags & HAS_BASE) === 0) return;
  const units = (packet.timestamp - int(words, w + BASE_TIMESTAMP)) | 0;
  const difference = Math.abs(table.at - double(doubles, w + BASE_AT) - units * scale);
  if (difference > DISCONTINUITY) return;
  const before = double(doubles, w + JITTER);
  const jitter = before + (difference - before) / 16;
  doubles[(w + JITTER) >> 1] = jitter;
  const updates = (flags >> UPDATES_SHIFT) & UPDATES_MASK;
  if (updates < SETTLED_AT) {
    words[w + FLAGS] = flags + (1 << UPDATES_SHIFT);
    if (updates + 1 === SETTLED_AT) foldEarly(table, w);
  }
  countJitter(table, w, jitter);
}

function countJitter(table: PacketTable, w: number, jitter: number): void {
  const { words, floats } = table;
  const second = w + NOW;
  words[second + SECOND_UPDATES] = int(words, second + SECOND_UPDATES) + 1;
  floats[second + SECOND_JITTER_F] = single(floats, second + SECOND_JITTER_F) + jitter;
  if (jitter > single(floats, second + SECOND_JITTER_MAXIMUM_F)) floats[second + SECOND_JITTER_MAXIMUM_F] = jitter;
}

/** A new segment: the estimate begins again. */
export function restartJitter(table: PacketTable, w: number): void {
  if (updatesOf(table.words, w) < SETTLED_AT) foldEarly(table, w);
  table.words[w + FLAGS] = int(table.words, w + FLAGS) & ~(HAS_BASE | (UPDATES_MASK << UPDATES_SHIFT));
  table.doubles[(w + JITTER) >> 1] = 0;
}

/** Jitter updates of the segment so far, 16 at most. */
export function updatesOf(words: Int32Array, w: number): number {
  return (int(words, w + FLAGS) >> UPDATES_SHIFT) & UPDATES_MASK;
}

/** What this second's updates were before the estimate settled goes to the slot at once, apart from the others. */
export function foldEarly(table: PacketTable, w: number): void {
  const { words, floats, doubles } = table;
  const second = w + NOW;
  const updates = int(words, second + SECOND_UPDATES);
  if (updates === 0) return;
  const mean = single(floats, second + SECOND_JITTER_F) / updates;
  const maximum = single(floats, second + SECOND_JITTER_MAXIMUM_F);
  words.fill(0, second + SECOND_JITTER_F, second + SECOND_UPDATES + 1);
  floats[w + SLOT_EARLY_F] = single(floats, w + SLOT_EARLY_F) + mean;
  words[w + SLOT_EARLY_COUNT] = int(words, w + SLOT_EARLY_COUNT) + 1;
  if (maximum > single(floats, w + SLOT_EARLY_MAXIMUM_F)) {
    floats[w + SLOT_EARLY_MAXIMUM_F] = maximum;
    const at = double(doubles, w + SECOND_END) / 1e6 - 1;
    words[w + SLOT_TIMES] = (int(words, w + SLOT_TIMES) & 0xffffff) | (secondOfSlot(table, at) << 24);
  }
  if ((int(words, w + FLAGS) & SETTLED) === 0) countLife(table, w, mean, maximum);
}

/** Adds one second's mean and maximum to those of the stream's life. */
export function countLife(table: PacketTable, w: number, mean: number, maximum: number): void {
  const { words, floats, doubles } = table;
  doubles[(w + LIFE_JITTER) >> 1] = double(doubles, w + LIFE_JITTER) + mean;
  words[w + LIFE_JITTER_COUNT] = int(words, w + LIFE_JITTER_COUNT) + 1;
  if (maximum > single(floats, w + LIFE_JITTER_MAXIMUM_F)) floats[w + LIFE_JITTER_MAXIMUM_F] = maximum;
}

/** Seconds from the begin of its slot. */
export function secondOfSlot(table: PacketTable, second: number): number {
  return ((second % table.slotSeconds) + table.slotSeconds) % table.slotSeconds;
}

function bitCount(bits: number): number {
  let count = bits - ((bits >>> 1) & 0x55555555);
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
