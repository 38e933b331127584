import { LAST_AT, WORDS } from '../quality/packet-layout.ts';
import { isTaken, type PacketTable } from '../quality/packet-table.ts';
import { double } from '../quality/packet-words.ts';
import type { MeterOptions } from './options.ts';

/** Streams at once, unless told otherwise: 50 MB of records. */
const MOST = 65_536;
/** What makes room for others has been silent for so long, and is looked for no more often. Microseconds. */
const SILENT = 1_000_000;
/** So much of the most makes room at once. */
const SHARE = 1 / 16;

/** Room for a bounded number of streams, however many a flood makes up. */
export class Room {
  readonly #table: PacketTable;
  readonly #options: MeterOptions;
  readonly #nameOf: (stream: number) => string;
  #clearedAt = Number.NEGATIVE_INFINITY;

  constructor(table: PacketTable, options: MeterOptions, nameOf: (stream: number) => string) {
    this.#table = table;
    this.#options = options;
    this.#nameOf = nameOf;
  }

  get isFull(): boolean {
    return this.#table.size - this.#table.free.length >= (this.#options.maximumStreams ?? MOST);
  }

  /** Live, the streams that go for others: the longest silent of those that nobody keeps. */
  toForget(micros: number): readonly number[] {
    const { maximumStreams = MOST, idleSeconds, keeps } = this.#options;
    if (idleSeconds === undefined || Math.abs(micros - this.#clearedAt) < SILENT) return [];
    this.#clearedAt = micros;
    return idleSince(this.#table, micros - SILENT)
      .filter((stream) => keeps?.(this.#nameOf(stream)) !== true)
      .toSorted((a, b) => lastAt(this.#table, a) - lastAt(this.#table, b))
      .slice(0, Math.ceil(maximumStreams * SHARE));
  }
}

/** When the last packet of a stream came. Microseconds. */
export function lastAt({ doubles }: PacketTable, stream: number): number {
  return double(doubles, stream * WORDS + LAST_AT);
}

/** Streams without a packet since then. */
export function idleSince(table: PacketTable, micros: number): readonly number[] {
  const idle: number[] = [];
  for (let stream = 0; stream < table.size; stream += 1) {
    if (isTaken(table, stream) && lastAt(table, stream) < micros) idle.push(stream);
  }
  return idle;
}
