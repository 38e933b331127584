import * as layout from './packet-layout.ts';
import type { PacketTable } from './packet-table.ts';
import { double, int } from './packet-words.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const { BOUNDARIES, REMEMBERED_NUMBERS, SECOND_END, SEEN, SEEN_NUMBERS, WORDS } = layout;

/*
 * Which of the latest numbers came. A record has the last 1,024; of streams that send so many within the seconds that are
 * still young, the 1,024 before them are kept beside it, so that the others need no room for them.
 */

/** Numbers of a word. */
const WORD = 32;

/** Whether a number was to come within the last two seconds. */
export function isYoung(table: PacketTable, w: number, number: number): boolean {
  const second = double(table.doubles, w + SECOND_END) / 1e6 - 1;
  return ((number - int(table.words, w + BOUNDARIES + ((second - 2) & 7))) | 0) >= 0;
}

/** The highest number is about to be this one, the first of a word: what the word says of 1,024 numbers ago is kept while it is young. */
export function keepOlder(table: PacketTable, w: number, number: number): void {
  const last = (number - SEEN_NUMBERS + WORD - 1) | 0;
  const stream = w / WORDS;
  if (!table.olderSeen.has(stream) && !isYoung(table, w, last)) return;
  olderOf(table, stream)[olderWord(last)] = int(table.words, w + SEEN + seenWord(number));
}

/** Whether a number came that lies `back` below the highest one. Known of the last 1,024, and of the 2,048 that are young. */
export function hasCome(table: PacketTable, w: number, number: number, back: number): boolean {
  if (back >= REMEMBERED_NUMBERS) return false;
  const bits =
    back < SEEN_NUMBERS
      ? int(table.words, w + SEEN + seenWord(number))
      : (table.olderSeen.get(w / WORDS)?.[olderWord(number)] ?? 0);
  return (bits & (1 << (number & (WORD - 1)))) !== 0;
}

/** Such a number came late. */
export function noteLate(table: PacketTable, w: number, number: number, back: number): void {
  const bit = 1 << (number & (WORD - 1));
  const stream = w / WORDS;
  if (back < SEEN_NUMBERS) {
    const at = w + SEEN + seenWord(number);
    table.words[at] = int(table.words, at) | bit;
  }
  // The word of the highest number was kept already, with the numbers in it that are not 1,024 back yet.
  if (back < SEEN_NUMBERS - WORD || (back < SEEN_NUMBERS && !table.olderSeen.has(stream))) return;
  const older = olderOf(table, stream);
  older[olderWord(number)] = int(older, olderWord(number)) | bit;
}

/** The highest number moves on by `distance`: the numbers between were not seen. */
export function skipNumbers(table: PacketTable, w: number, before: number, distance: number): void {
  const { words } = table;
  if (distance >= REMEMBERED_NUMBERS) {
    forgetNumbers(table, w);
    return;
  }
  for (let step = 1; step < distance; step += 1) {
    const number = (before + step) | 0;
    if ((number & (WORD - 1)) === 0) keepOlder(table, w, number);
    const at = w + SEEN + seenWord(number);
    words[at] = int(words, at) & ~(1 << (number & (WORD - 1)));
  }
}

/** No number came yet. */
export function forgetNumbers(table: PacketTable, w: number): void {
  table.words.fill(0, w + SEEN, w + SEEN + SEEN_NUMBERS / WORD);
  table.olderSeen.delete(w / WORDS);
}

function olderOf({ olderSeen }: PacketTable, stream: number): Int32Array {
  const held = olderSeen.get(stream);
  if (held !== undefined) return held;
  const made = new Int32Array(REMEMBERED_NUMBERS / WORD);
  olderSeen.set(stream, made);
  return made;
}

function seenWord(number: number): number {
  return (number & (SEEN_NUMBERS - 1)) >> 5;
}

function olderWord(number: number): number {
  return (number & (REMEMBERED_NUMBERS - 1)) >> 5;
}
