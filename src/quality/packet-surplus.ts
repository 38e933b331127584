import { expectedOf } from './packet-counts.ts';
import { FIRST_AT, LAST_AT, LIFE_LOST, LIFE_OF, SLOT_LOST, SLOT_OF, WORDS } from './packet-layout.ts';
import type { PacketTable } from './packet-table.ts';
import { double, int } from './packet-words.ts';

/*
 * What a sender counted while its packets came, and what it has counted since they do not: 64-bit floats of a record
 * (record-pool.ts) that begin at word `s`. `AT` in microseconds.
 */
const COUNT = 0;
const EXPECTED = 2;
const LOST = 4;
const AT = 6;
export const SURPLUS_WORDS = 8;

/** Without packets for so long a stream is silent (docs/metrics.md, 4). Microseconds. */
const SILENT = 5_000_000;
/** Packets on the way when a report passes. */
const SLACK = 10;
/** A sender counts no faster in its silence than it sent before, give or take. */
const FASTEST = 1.5;

/** Nothing counted yet. */
export function beginSurplus(doubles: Float64Array, s: number): void {
  doubles[(s + COUNT) >> 1] = Number.POSITIVE_INFINITY;
}

/** Takes the packet count of a sender report. */
export function takeCount(
  table: PacketTable,
  stream: number,
  doubles: Float64Array,
  s: number,
  count: number,
  micros: number,
): void {
  const w = stream * WORDS;
  const expected = expectedOf(table, w);
  const silent = micros - double(table.doubles, w + LAST_AT) >= SILENT;
  const before = double(doubles, s + COUNT);
  doubles[(s + AT) >> 1] = micros;
  if (silent && count >= before) {
    doubles[(s + LOST) >> 1] = count - before - (expected - double(doubles, s + EXPECTED));
    return;
  }
  doubles[(s + COUNT) >> 1] = count;
  doubles[(s + EXPECTED) >> 1] = expected;
  doubles[(s + LOST) >> 1] = 0;
}

/**
 * The stream ends silent: what its sender counted beyond what came is lost. If packets had come again, the hole in their
 * numbers would tell it.
 */
export function addSurplus(table: PacketTable, stream: number, doubles: Float64Array, s: number): void {
  const w = stream * WORDS;
  const { words } = table;
  const lost = double(doubles, s + LOST);
  const at = double(doubles, s + AT);
  if (lost <= SLACK || double(table.doubles, w + LAST_AT) > at || lost > possible(table, w, at)) return;
  for (const word of [SLOT_LOST, SLOT_OF, LIFE_LOST, LIFE_OF]) words[w + word] = int(words, w + word) + lost;
}

/** What a sender can have sent in its silence: a count beyond it is none, as after a restart or from a hostile sender. */
function possible(table: PacketTable, w: number, at: number): number {
  const last = double(table.doubles, w + LAST_AT);
  const lived = Math.max(1e6, last - double(table.doubles, w + FIRST_AT));
  return SLACK + (FASTEST * expectedOf(table, w) * (at - last)) / lived;
}
