import { BASE, EXPECTED_BEFORE, HIGHEST, NOW, RECEIVED, UNIQUE } from './packet-layout.ts';
import type { PacketTable } from './packet-table.ts';
import { int } from './packet-words.ts';

/*
 * Counts that packets do not keep themselves: they follow from what is kept anyway, and are asked for once a second or
 * less. `w` = first word of the record.
 */

/** Packets expected so far: from the first number to the highest of each segment. */
export function expectedOf({ words }: PacketTable, w: number): number {
  // A segment goes on for less than 2^32 numbers: half a year of a fast video.
  return (int(words, w + EXPECTED_BEFORE) >>> 0) + ((int(words, w + HIGHEST) + 1 - int(words, w + BASE)) >>> 0);
}

/** Unique packets so far. */
export function uniqueOf({ words }: PacketTable, w: number): number {
  return int(words, w + UNIQUE) + int(words, w + NOW + RECEIVED);
}
