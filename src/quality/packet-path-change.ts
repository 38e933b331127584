import {
  BASE,
  BOUNDARIES,
  DESTINATION,
  FIRST_AT,
  FLAGS,
  HIGHEST,
  LAST_AT,
  NOW,
  PICTURES,
  SECOND_HEIGHT,
  SOURCE,
  SSRC,
  WORDS,
} from './packet-layout.ts';
import { type PacketTable, streamsOfSsrc } from './packet-table.ts';
import { double, int } from './packet-words.ts';

/** Further apart it is another stream (docs/metrics.md, 1). Microseconds. */
const LONGEST_PAUSE = 5_000_000;
const LONGEST_HOLE = 3000;

/** The stream that went on over another 5-tuple, and how many packets were lost in between. */
export type PathChange = { readonly from: number; readonly lost: number };

/**
 * Whether a stream that has just begun goes on from one of the same SSRC with the same sender or receiver. The hole
 * between them is loss of its first second. A gateway that forwards an SSRC is told by its numbers: they never run ahead
 * of those that it received.
 */
export function joinPath(table: PacketTable, stream: number): PathChange | undefined {
  const w = stream * WORDS;
  const { words, doubles } = table;
  const first = int(words, w + BASE);
  for (const from of streamsOfSsrc(table, int(words, w + SSRC))) {
    const other = from * WORDS;
    const step = ((first - int(words, other + HIGHEST)) << 16) >> 16;
    const pause = double(doubles, w + FIRST_AT) - double(doubles, other + LAST_AT);
    if (from === stream || step <= 0 || step > LONGEST_HOLE || pause < 0 || pause > LONGEST_PAUSE) continue;
    if (!sameEnd(words, w, other, SOURCE) && !sameEnd(words, w, other, DESTINATION)) continue;
    widen(words, w, first, step - 1);
    takeHeight(words, w, other);
    return { from, lost: step - 1 };
  }
  return undefined;
}

/** The first second begins as many numbers earlier; so do the boundaries before it, in which nothing happened. */
function widen(words: Int32Array, w: number, first: number, by: number): void {
  for (let i = 0; i < 8; i += 1) {
    if (int(words, w + BOUNDARIES + i) === first) words[w + BOUNDARIES + i] = (first - by) | 0;
  }
}

/** The encoder did not begin anew: until it tells another height, that of before holds. */
function takeHeight(words: Int32Array, w: number, other: number): void {
  const same = (int(words, w + FLAGS) & PICTURES) === (int(words, other + FLAGS) & PICTURES);
  const height = w + NOW + SECOND_HEIGHT;
  if (same && words[height] === 0) words[height] = int(words, other + NOW + SECOND_HEIGHT);
}

function sameEnd(words: Int32Array, a: number, b: number, end: number): boolean {
  for (let i = 0; i < 4; i += 1) if (words[a + end + i] !== words[b + end + i]) return false;
  return true;
}
