import { expectedOf, uniqueOf } from './packet-counts.ts';
import {
  DUPLICATES,
  FIRST_AT,
  FLAGS,
  FORMAT,
  FRAMES,
  LAST_AT,
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
  RESTARTS_SHIFT,
  RFC_MAXIMUM_F,
  RFC_SKIPPED,
  RFC_SUM,
  SECOND_FRAMES,
  SECOND_HEIGHT,
  SECOND_MEDIA,
  SECOND_OCTETS,
  WORDS,
} from './packet-layout.ts';
import type { PacketTable } from './packet-table.ts';
import { double, int, single } from './packet-words.ts';
import { present } from './present.ts';

/** A stream's whole life in our units: ratios 0–1, seconds, octets. */
export type PacketTotals = {
  /** Unique packets of all payload types, and those that carry media. */
  readonly packets: number;
  readonly mediaPackets: number;
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly restarts: number;
  readonly octets: number;
  readonly frames: number;
  /** Of the latest pictures, pixels. */
  readonly height?: number;
  readonly loss?: number;
  readonly maximumLoss?: number;
  readonly averageJitter?: number;
  readonly maximumJitter?: number;
  readonly rfc3550?: { readonly average: number; readonly maximum: number };
  readonly firstAt: number;
  readonly lastAt: number;
  readonly partialStart?: true;
};

/** What has been counted of a stream; jitter and loss of the seconds that are closed. */
export function totalsOf(table: PacketTable, stream: number): PacketTotals {
  const w = stream * WORDS;
  const { words, doubles } = table;
  const expected = expectedOf(table, w);
  const packets = uniqueOf(table, w);
  return present<PacketTotals>({
    packets,
    mediaPackets: mediaOf(table, stream),
    expected,
    lost: Math.max(0, expected - packets),
    duplicates: int(words, w + DUPLICATES),
    reordered: int(words, w + REORDERED),
    restarts: int(words, w + FORMAT) >>> RESTARTS_SHIFT,
    octets: double(doubles, w + OCTETS) + int(words, w + NOW + SECOND_OCTETS),
    frames: int(words, w + FRAMES) + int(words, w + NOW + SECOND_FRAMES),
    height: int(words, w + NOW + SECOND_HEIGHT) || undefined,
    ...lossOf(table, w),
    ...jitterOf(table, w),
    rfc3550: rfcOf(table, w),
    firstAt: double(doubles, w + FIRST_AT) / 1e6,
    lastAt: double(doubles, w + LAST_AT) / 1e6,
    partialStart: (int(words, w + FLAGS) & PARTIAL) !== 0 ? true : undefined,
  });
}

/** Unique packets that carry media, so far. */
export function mediaOf({ words }: PacketTable, stream: number): number {
  const w = stream * WORDS;
  return int(words, w + MEDIA) + int(words, w + NOW + SECOND_MEDIA);
}

function lossOf({ words, floats }: PacketTable, w: number) {
  const of = int(words, w + LIFE_OF);
  if (of <= 0) return { loss: undefined, maximumLoss: undefined };
  const loss = Math.min(1, Math.max(0, int(words, w + LIFE_LOST) / of));
  return { loss, maximumLoss: Math.max(loss, single(floats, w + LIFE_WORST_F)) };
}

function jitterOf({ words, floats, doubles }: PacketTable, w: number) {
  const count = int(words, w + LIFE_JITTER_COUNT);
  if (count === 0) return { averageJitter: undefined, maximumJitter: undefined };
  const averageJitter = double(doubles, w + LIFE_JITTER) / count / 1e6;
  return { averageJitter, maximumJitter: Math.max(averageJitter, single(floats, w + LIFE_JITTER_MAXIMUM_F) / 1e6) };
}

function rfcOf(table: PacketTable, w: number) {
  const { words, floats, doubles } = table;
  const count = uniqueOf(table, w) + int(words, w + DUPLICATES) - int(words, w + RFC_SKIPPED);
  if (count === 0) return undefined;
  return { average: double(doubles, w + RFC_SUM) / count / 1e6, maximum: single(floats, w + RFC_MAXIMUM_F) / 1e6 };
}
