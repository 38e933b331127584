import { expectedOf } from './packet-counts.ts';
import { FIRST_AT, LAST_AT, LIFE_LOST, LIFE_OF, SLOT_LOST, SLOT_OF, WORDS } from './packet-layout.ts';
import type { PacketTable } from './packet-table.ts';
import { double, int } from './packet-words.ts';

/** What a sender counted while its packets came, and what it has counted since they do not. Microseconds. */
export type Surplus = { count: number; expected: number; lost: number; at: number };

/** Without packets for so long a stream is silent (docs/metrics.md, 4). Microseconds. */
const SILENT = 5_000_000;
/** Packets on the way when a report passes. */
const SLACK = 10;
/** A sender counts no faster in its silence than it sent before, give or take. */
const FASTEST = 1.5;

/** Nothing counted yet. */
export function newSurplus(): Surplus {
  return { count: Number.POSITIVE_INFINITY, expected: 0, lost: 0, at: 0 };
}

/** Takes the packet count of a sender report. */
export function takeCount(table: PacketTable, stream: number, surplus: Surplus, count: number, micros: number): void {
  const w = stream * WORDS;
  const expected = expectedOf(table, w);
  const silent = micros - double(table.doubles, w + LAST_AT) >= SILENT;
  surplus.at = micros;
  if (silent && count >= surplus.count) {
    surplus.lost = count - surplus.count - (expected - surplus.expected);
    return;
  }
  surplus.count = count;
  surplus.expected = expected;
  surplus.lost = 0;
}

/**
 * The stream ends silent: what its sender counted beyond what came is lost. If packets had come again, the hole in their
 * numbers would tell it.
 */
export function addSurplus(table: PacketTable, stream: number, { lost, at }: Surplus): void {
  const w = stream * WORDS;
  const { words } = table;
  if (lost <= SLACK || double(table.doubles, w + LAST_AT) > at || lost > possible(table, w, at)) return;
  for (const word of [SLOT_LOST, SLOT_OF, LIFE_LOST, LIFE_OF]) words[w + word] = int(words, w + word) + lost;
}

/** What a sender can have sent in its silence: a count beyond it is none, as after a restart or from a hostile sender. */
function possible(table: PacketTable, w: number, at: number): number {
  const last = double(table.doubles, w + LAST_AT);
  const lived = Math.max(1e6, last - double(table.doubles, w + FIRST_AT));
  return SLACK + (FASTEST * expectedOf(table, w) * (at - last)) / lived;
}
