import type { PacketTable } from '../quality/packet-table.ts';
import { streamIdOf } from './path.ts';

/** The names of streams: each is made once, for it is made of text and needed with each slot. */
export class StreamNames {
  readonly #table: PacketTable;
  readonly #names = new Map<number, string>();
  readonly #streams = new Map<string, number>();

  constructor(table: PacketTable) {
    this.#table = table;
  }

  of(stream: number): string {
    const known = this.#names.get(stream);
    if (known !== undefined) return known;
    const made = streamIdOf(this.#table, stream);
    this.#names.set(stream, made);
    this.#streams.set(made, stream);
    return made;
  }

  /** The stream of a name that was asked for; undefined once it is over. */
  find(streamId: string): number | undefined {
    return this.#streams.get(streamId);
  }

  forget(stream: number): void {
    const name = this.#names.get(stream);
    if (name !== undefined) this.#streams.delete(name);
    this.#names.delete(stream);
  }
}
