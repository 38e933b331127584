import { closeCuts, forgetCuts, keepJitter, reachCuts, settleCut } from './packet-cut.ts';
import { countLife, foldEarly, SETTLED_AT, secondOfSlot, updatesOf } from './packet-jitter.ts';
import * as layout from './packet-layout.ts';
import { wholeSeconds } from './packet-parting.ts';
import { closeSlot, slotIsEmpty } from './packet-slot.ts';
import type { PacketTable } from './packet-table.ts';
import { putTainted, putWindow, type Window, windowAt } from './packet-window.ts';
import * as reads from './packet-words.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const {
  BOUNDARIES,
  FLAGS,
  FRAMES,
  HAS_LAST,
  HIGHEST,
  HIGHEST_AT,
  LIFE_JITTER,
  LIFE_JITTER_COUNT,
  LIFE_JITTER_MAXIMUM_F,
  LIFE_LOST,
  LIFE_OF,
  LIFE_WORST_F,
  MEDIA,
  NOW,
  OCTETS,
  PENDING,
  PENDING_WORDS,
  RECEIVED,
  SECOND_END,
  SECOND_FRAMES,
  SECOND_HEIGHT,
  SECOND_JITTER_F,
  SECOND_JITTER_MAXIMUM_F,
  SECOND_MEDIA,
  SECOND_OCTETS,
  SECOND_UPDATES,
  SECOND_WORDS,
  SECONDS_MASK,
  SECONDS_SHIFT,
  SETTLED,
  SLOT_FRAMES,
  SLOT_HEIGHT,
  SLOT_JITTER_COUNT,
  SLOT_JITTER_F,
  SLOT_JITTER_MAXIMUM_F,
  SLOT_LOST,
  SLOT_OCTETS,
  SLOT_OF,
  SLOT_PACKETS,
  SLOT_TIMES,
  SLOT_WORST_F,
  STEPS_MASK,
  STEPS_SHIFT,
  UNIQUE,
  WORDS,
} = layout;
const { double, int, single } = reads;

/** A silence without a hole is passed over at once from here on; a hole is spread over no more. Seconds. */
const LONGEST_SILENCE = 40;
const LONGEST_SPREAD = 3600;
/** A window counts from the stream's fifth second on. */
const FIRST_WINDOW = 5;
/** Clocks that step back more often are followed no more: every step costs the closing of three seconds. */
const MOST_STEPS = STEPS_MASK;

/** A silence from which on a screen share has paused (docs/metrics.md, section 4). Microseconds. */
const PAUSE = 10e6;

/** Stands for the mean of a second in which no packet updated the jitter. */
const NO_JITTER = -1;

/** Time around that in which the capture was blind: a stream is not heard between its packets either. Microseconds. */
const MOST_SEEN = 1e6;

const window: Window = { lossRatio: 0, seconds: 0 };
const hole = { from: 0, to: 0 };

/**
 * The second of the last packet is over: a packet `distance` ahead comes at `micros`. The boundary of each second between
 * is the number reached there on the straight line from the highest number so far to this one.
 */
export function rollSeconds(table: PacketTable, stream: number, micros: number, distance: number): void {
  const w = stream * WORDS;
  const { words, doubles } = table;
  const highest = int(words, w + HIGHEST);
  const since = double(doubles, w + HIGHEST_AT);
  if (micros - since >= PAUSE && table.onPause !== undefined) table.onPause(stream, since, micros);
  locateHole(table, since, micros, distance);
  const parting = table.partings.size === 0 ? undefined : table.partings.get(stream);
  if (parting !== undefined) reachCuts(parting, highest, hole, micros, distance);
  const gap = (micros - double(doubles, w + SECOND_END)) / 1e6;
  const stopAfter = gap > LONGEST_SILENCE && !isSpread(table, gap, distance) ? 3 : Number.POSITIVE_INFINITY;
  for (let turn = 0; micros >= double(doubles, w + SECOND_END); turn += 1) {
    const end = double(doubles, w + SECOND_END);
    const { from, to } = hole;
    const share = to > from ? Math.ceil(((end - from) * distance) / (to - from)) : distance;
    const boundary = (highest + Math.max(1, Math.min(distance, share))) | 0;
    if (turn === stopAfter) {
      skipTo(table, stream, Math.floor(micros / 1e6), boundary);
      return;
    }
    nextSecond(table, stream, boundary);
  }
}

/**
 * Where the numbers lie that are missing between two packets: anywhere between. Where the capture was blind in nearly all
 * of that time they lie there, or what it lost itself would count in the seconds beside.
 */
function locateHole(table: PacketTable, from: number, to: number, distance: number): void {
  hole.from = from;
  hole.to = to;
  if (distance === 1 || table.tainted.size === 0 || to - from > LONGEST_SPREAD * 1e6) return;
  let first = Number.POSITIVE_INFINITY;
  let end = 0;
  let seen = to - from;
  for (let begin = Math.floor(from / 1e6) * 1e6; begin < to; begin += 1e6) {
    if (!table.tainted.has(begin / 1e6)) continue;
    first = Math.min(first, begin);
    end = begin + 1e6;
    seen -= Math.min(to, end) - Math.max(from, begin);
  }
  if (end === 0 || seen > MOST_SEEN) return;
  hole.from = Math.max(from, first);
  hole.to = Math.min(to, end);
}

/** Whether a hole is told second by second, as far as there is room for it. */
function isSpread(table: PacketTable, gap: number, distance: number): boolean {
  if (distance === 1 || gap > LONGEST_SPREAD || gap > table.spreadLeft) return false;
  table.spreadLeft -= gap;
  return true;
}

/** Time ran back: what was begun is closed and the seconds begin again. */
export function stepClock(table: PacketTable, stream: number, micros: number): void {
  const w = stream * WORDS;
  const flags = int(table.words, w + FLAGS);
  const steps = (flags >> STEPS_SHIFT) & STEPS_MASK;
  if (steps >= MOST_STEPS) return;
  const second = Math.floor(micros / 1e6);
  const boundary = (int(table.words, w + HIGHEST) + 1) | 0;
  closeSeconds(table, stream);
  table.partings.delete(stream);
  table.words[w + FLAGS] = (int(table.words, w + FLAGS) & ~HAS_LAST) + (1 << STEPS_SHIFT);
  table.tainted.set(second, 'clock-step');
  begin(table, w, second, boundary);
  table.doubles[(w + HIGHEST_AT) >> 1] = micros;
}

/** The seconds before the first one are empty. */
export function beginSeconds({ floats }: Pick<PacketTable, 'floats'>, w: number): void {
  for (const pending of [PENDING, PENDING + PENDING_WORDS]) floats[w + pending + SECOND_JITTER_F] = NO_JITTER;
}

/** Closes everything that is open: the stream or the capture is over. */
export function closeSeconds(table: PacketTable, stream: number): void {
  const w = stream * WORDS;
  const boundary = (int(table.words, w + HIGHEST) + 1) | 0;
  for (let turn = 0; turn < 3; turn += 1) nextSecond(table, stream, boundary);
  const last = double(table.doubles, w + SECOND_END) / 1e6 - 4;
  if (!slotIsEmpty(table, w)) closeSlot(table, stream, last - secondOfSlot(table, last));
}

function skipTo(table: PacketTable, stream: number, second: number, boundary: number): void {
  const w = stream * WORDS;
  closeSeconds(table, stream);
  begin(table, w, second, boundary);
}

function begin(table: PacketTable, w: number, second: number, boundary: number): void {
  const { words, doubles } = table;
  for (let i = 0; i < 8; i += 1) words[w + BOUNDARIES + i] = boundary;
  words[w + FLAGS] = int(words, w + FLAGS) & ~(SECONDS_MASK << SECONDS_SHIFT);
  doubles[(w + SECOND_END) >> 1] = (second + 1) * 1e6;
}

/** The current second ends at this boundary; the one two seconds before it closes. */
function nextSecond(table: PacketTable, stream: number, boundary: number): void {
  const w = stream * WORDS;
  const { words, floats, doubles } = table;
  const end = double(doubles, w + SECOND_END);
  const second = end / 1e6 - 1;
  const now = w + NOW;
  if (updatesOf(words, w) < SETTLED_AT) foldEarly(table, w);
  const pending = w + PENDING + (second & 1) * PENDING_WORDS;
  closeSecond(table, stream, second - 2, pending);
  const parting = table.partings.size === 0 ? undefined : table.partings.get(stream);
  if (parting !== undefined) keepJitter(table, w, parting, second);
  const updates = int(words, now + SECOND_UPDATES);
  floats[now + SECOND_JITTER_F] = updates > 0 ? single(floats, now + SECOND_JITTER_F) / updates : NO_JITTER;
  words[w + UNIQUE] = int(words, w + UNIQUE) + int(words, now + RECEIVED);
  words[w + MEDIA] = int(words, w + MEDIA) + int(words, now + SECOND_MEDIA);
  words[w + FRAMES] = int(words, w + FRAMES) + int(words, now + SECOND_FRAMES);
  doubles[(w + OCTETS) >> 1] = double(doubles, w + OCTETS) + int(words, now + SECOND_OCTETS);
  words.copyWithin(pending, now, now + PENDING_WORDS);
  words.fill(0, now, now + SECOND_WORDS);
  words[now + SECOND_HEIGHT] = int(words, pending + SECOND_HEIGHT);
  words[w + BOUNDARIES + ((second + 1) & 7)] = boundary;
  doubles[(w + SECOND_END) >> 1] = end + 1e6;
}

function closeSecond(table: PacketTable, stream: number, second: number, pending: number): void {
  const w = stream * WORDS;
  const { words } = table;
  const expected = (int(words, w + BOUNDARIES + ((second + 1) & 7)) - int(words, w + BOUNDARIES + (second & 7))) | 0;
  const flags = int(words, w + FLAGS);
  const lived = (flags >> SECONDS_SHIFT) & SECONDS_MASK;
  // What is there before the first second is early jitter, which goes with it.
  if (lived > 0 && secondOfSlot(table, second) === 0 && !slotIsEmpty(table, w)) {
    closeSlot(table, stream, second - table.slotSeconds);
  }
  const received = int(words, pending + RECEIVED);
  // Seconds before the first packet are none of the stream's.
  if (lived === 0 && expected === 0 && received === 0 && int(words, pending + SECOND_MEDIA) === 0) return;
  if (lived < SECONDS_MASK) words[w + FLAGS] = flags + (1 << SECONDS_SHIFT);
  const isClean = !table.tainted.has(second);
  const closing = { second, expected, lived: lived + 1, isClean };
  const cut = table.partings.size === 0 ? undefined : closeCuts(table, stream, closing);
  words[w + SLOT_PACKETS] = int(words, w + SLOT_PACKETS) + int(words, pending + SECOND_MEDIA);
  words[w + SLOT_HEIGHT] = int(words, pending + SECOND_HEIGHT) || int(words, w + SLOT_HEIGHT);
  if (isClean) addClean(table, stream, second, pending, expected, received, lived + 1);
  else putTainted(words, w, second);
  if (single(table.floats, pending + SECOND_JITTER_F) !== NO_JITTER) addJitter(table, w, second, pending);
  if (cut !== undefined) settleCut(table, stream, second, cut);
  if (table.partings.size > 0) forgetCuts(table, stream, second);
}

function addClean(
  table: PacketTable,
  stream: number,
  second: number,
  pending: number,
  expected: number,
  received: number,
  lived: number,
): void {
  const w = stream * WORDS;
  const { words, floats } = table;
  words[w + SLOT_OCTETS] = int(words, w + SLOT_OCTETS) + int(words, pending + SECOND_OCTETS);
  words[w + SLOT_FRAMES] = int(words, w + SLOT_FRAMES) + int(words, pending + SECOND_FRAMES);
  words[w + SLOT_LOST] = int(words, w + SLOT_LOST) + expected - received;
  words[w + SLOT_OF] = int(words, w + SLOT_OF) + expected;
  words[w + LIFE_LOST] = int(words, w + LIFE_LOST) + expected - received;
  words[w + LIFE_OF] = int(words, w + LIFE_OF) + expected;
  putWindow(words, w, second, expected, received);
  if (lived < FIRST_WINDOW || !windowAt(words, w, second, lived, window)) return;
  // Rounded as it is kept: of equal windows the first stays.
  const ratio = Math.fround(window.lossRatio);
  if (ratio > single(floats, w + LIFE_WORST_F)) floats[w + LIFE_WORST_F] = ratio;
  // Where its slots are parted, each side has windows of its own.
  if (table.partings.size > 0 && wholeSeconds(table.partings.get(stream), second, lived) < window.seconds) return;
  if (ratio > single(floats, w + SLOT_WORST_F)) {
    floats[w + SLOT_WORST_F] = ratio;
    const times = secondOfSlot(table, second) | (window.seconds << 8);
    words[w + SLOT_TIMES] = (int(words, w + SLOT_TIMES) & ~0xffff) | times;
  }
}

function addJitter(table: PacketTable, w: number, second: number, pending: number): void {
  const { words, floats, doubles } = table;
  const mean = single(floats, pending + SECOND_JITTER_F);
  const maximum = single(floats, pending + SECOND_JITTER_MAXIMUM_F);
  floats[w + SLOT_JITTER_F] = single(floats, w + SLOT_JITTER_F) + mean;
  words[w + SLOT_JITTER_COUNT] = int(words, w + SLOT_JITTER_COUNT) + 1;
  if (maximum > single(floats, w + SLOT_JITTER_MAXIMUM_F)) {
    floats[w + SLOT_JITTER_MAXIMUM_F] = maximum;
    words[w + SLOT_TIMES] = (int(words, w + SLOT_TIMES) & ~0xff0000) | (secondOfSlot(table, second) << 16);
  }
  if ((int(words, w + FLAGS) & SETTLED) === 0) {
    words[w + FLAGS] = int(words, w + FLAGS) | SETTLED;
    doubles[(w + LIFE_JITTER) >> 1] = 0;
    words[w + LIFE_JITTER_COUNT] = 0;
    floats[w + LIFE_JITTER_MAXIMUM_F] = 0;
  }
  countLife(table, w, mean, maximum);
}
