import type { Interval, Loss, Spread, Taint } from '../model/interval.ts';
import {
  SLOT_EARLY_COUNT,
  SLOT_EARLY_F,
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
  SLOT_WORDS,
  SLOT_WORST_F,
  WORDS,
} from './packet-layout.ts';
import { partOf } from './packet-parting.ts';
import type { PacketTable } from './packet-table.ts';
import { int, single } from './packet-words.ts';
import { present } from './present.ts';

/** Whether nothing has been counted in the slot that is open. */
export function slotIsEmpty(table: PacketTable, w: number): boolean {
  const { words } = table;
  const counted = int(words, w + SLOT_PACKETS) | int(words, w + SLOT_OF) | int(words, w + SLOT_LOST);
  return (counted | int(words, w + SLOT_JITTER_COUNT) | int(words, w + SLOT_EARLY_COUNT)) === 0;
}

/** The slot that began at this second is over, or a part of it that ends at `to`: it is given out, and the next one begins empty. */
export function closeSlot(
  table: PacketTable,
  stream: number,
  startedAt: number,
  to: number = startedAt + table.slotSeconds,
): void {
  const w = stream * WORDS;
  table.onSlot?.(stream, slotInterval(table, stream, startedAt, to));
  table.words.fill(0, w + SLOT_PACKETS, w + SLOT_PACKETS + SLOT_WORDS);
}

/** Seconds of a slot that the capture looked at without losing anything, and why it did not in others. */
export function coverageOf(
  table: PacketTable,
  startedAt: number,
  end: number = startedAt + table.slotSeconds,
): { coveredSeconds: number; taint: Taint | undefined } {
  const from = Math.max(startedAt, table.observedFrom);
  const to = Math.min(end, table.observedTo);
  let coveredSeconds = Math.max(0, to - from);
  let taint: Taint | undefined;
  for (let second = Math.floor(startedAt); second < end && table.tainted.size > 0; second += 1) {
    const found = table.tainted.get(second);
    if (found === undefined) continue;
    taint ??= found;
    coveredSeconds -= Math.max(0, Math.min(second + 1, to) - Math.max(second, from));
  }
  return { coveredSeconds: Math.max(0, coveredSeconds), taint };
}

function slotInterval(table: PacketTable, stream: number, startedAt: number, end: number): Omit<Interval, 'streamId'> {
  const w = stream * WORDS;
  const { words } = table;
  const [from, to] = partOf(table.partings.get(stream), startedAt, end);
  const { coveredSeconds, taint } = coverageOf(table, from, to);
  return present<Omit<Interval, 'streamId'>>({
    startedAt: from,
    seconds: to - from,
    coveredSeconds,
    taint,
    packets: int(words, w + SLOT_PACKETS),
    octets: int(words, w + SLOT_OCTETS) >>> 0,
    frames: int(words, w + SLOT_FRAMES),
    height: int(words, w + SLOT_HEIGHT) || undefined,
    loss: lossOf(table, w, startedAt),
    jitter: spreadOf(table, w + SLOT_JITTER_F, startedAt + ((int(words, w + SLOT_TIMES) >>> 16) & 255)),
    earlyJitter: spreadOf(table, w + SLOT_EARLY_F, startedAt + (int(words, w + SLOT_TIMES) >>> 24)),
    roundTrip: undefined,
  });
}

function lossOf({ words, floats }: PacketTable, w: number, startedAt: number): Loss | undefined {
  const lost = int(words, w + SLOT_LOST);
  const of = int(words, w + SLOT_OF);
  if (of === 0 && lost === 0) return undefined;
  const value = single(floats, w + SLOT_WORST_F);
  const times = int(words, w + SLOT_TIMES);
  // The window is over when its last second is.
  const worst = { value, at: startedAt + (times & 255) + 1, windowSeconds: (times >>> 8) & 255 };
  return present<Loss>({
    origin: 'observed',
    lost,
    of,
    unit: 'packets',
    worst: value > 0 ? worst : undefined,
    approximate: undefined,
  });
}

/** Sum, count and maximum lie one behind the other, for the settled and the early jitter alike. */
function spreadOf({ words, floats }: PacketTable, index: number, at: number): Spread | undefined {
  const count = int(words, index + SLOT_JITTER_COUNT - SLOT_JITTER_F);
  if (count === 0) return undefined;
  const sum = single(floats, index) / 1e6;
  const value = single(floats, index + SLOT_JITTER_MAXIMUM_F - SLOT_JITTER_F) / 1e6;
  return { origin: 'observed', sum, count, worst: { value, at } };
}
