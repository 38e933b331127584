import {
  BASE,
  BOUNDARIES,
  CONTINUED,
  DUPLICATES,
  EXPECTED_BEFORE,
  FIRST_AT,
  FLAGS,
  FORMAT,
  FORMAT_MASK,
  FRAMES,
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
  PARTIAL,
  REORDERED,
  RFC_MAXIMUM_F,
  RFC_SKIPPED,
  RFC_SUM,
  SECOND_END,
  SECOND_HEIGHT,
  SECONDS_MASK,
  SECONDS_SHIFT,
  SETTLED,
  STEPS_MASK,
  STEPS_SHIFT,
  UNIQUE,
  WHOLE,
  WORDS,
} from './packet-layout.ts';
import { beginSeconds, closeSeconds } from './packet-seconds.ts';
import type { PacketTable } from './packet-table.ts';
import { int } from './packet-words.ts';

/** What counts what the stream has done so far. */
const COUNTS = [
  EXPECTED_BEFORE,
  RFC_SKIPPED,
  RFC_MAXIMUM_F,
  UNIQUE,
  DUPLICATES,
  REORDERED,
  MEDIA,
  FRAMES,
  LIFE_LOST,
  LIFE_OF,
  LIFE_WORST_F,
  LIFE_JITTER_MAXIMUM_F,
  LIFE_JITTER_COUNT,
];
const FORGOTTEN = WHOLE | SETTLED | (STEPS_MASK << STEPS_SHIFT) | (SECONDS_MASK << SECONDS_SHIFT);

/**
 * A stream whose seconds are closed goes on at `micros` as another one in the same record: it expects the next number,
 * has counted nothing, and needs no second packet to be one. What only looks back (jitter, clock, the numbers seen, the
 * height of the pictures) stays.
 */
export function continueStream({ words, floats, doubles }: PacketTable, stream: number, micros: number): void {
  const w = stream * WORDS;
  const next = (int(words, w + HIGHEST) + 1) | 0;
  for (const count of COUNTS) words[w + count] = 0;
  for (const sum of [OCTETS, LIFE_JITTER, RFC_SUM]) doubles[(w + sum) >> 1] = 0;
  const height = int(words, w + NOW + SECOND_HEIGHT);
  words.fill(0, w + NOW, w + BOUNDARIES);
  words[w + NOW + SECOND_HEIGHT] = height;
  for (let i = 0; i < 8; i += 1) words[w + BOUNDARIES + i] = next;
  beginSeconds({ floats }, w);
  words[w + BASE] = next;
  words[w + FORMAT] = int(words, w + FORMAT) & FORMAT_MASK;
  words[w + FLAGS] = (int(words, w + FLAGS) & ~FORGOTTEN) | PARTIAL | CONTINUED;
  doubles[(w + FIRST_AT) >> 1] = micros;
  doubles[(w + HIGHEST_AT) >> 1] = micros;
  doubles[(w + SECOND_END) >> 1] = (Math.floor(micros / 1e6) + 1) * 1e6;
}

/** Gives out the slots that are open as if the stream were over, and leaves it as it was. */
export function showSeconds(table: PacketTable, stream: number): void {
  const w = stream * WORDS;
  const kept = table.words.slice(w, w + WORDS);
  closeSeconds(table, stream);
  table.words.set(kept, w);
}
