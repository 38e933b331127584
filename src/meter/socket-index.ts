import { DESTINATION, PORTS, SOURCE, WORDS } from '../quality/packet-layout.ts';
import { hash, isTaken, type PacketTable } from '../quality/packet-table.ts';
import { int } from '../quality/packet-words.ts';

const FEWEST = 128;
/** The last entry of a chain; 0 is one that is in none. */
const END = -1;

/**
 * The streams of a table by the sockets that they come from and go to: chains of numbers, no object per stream. A stream
 * has two entries: 2 × stream + 1 for its source, one more for its destination.
 */
export class SocketIndex {
  readonly #table: PacketTable;
  #heads = new Int32Array(FEWEST).fill(END);
  #next = new Int32Array(FEWEST);

  constructor(table: PacketTable) {
    this.#table = table;
  }

  /** Takes a stream that has just been put into the table. */
  enter(stream: number): void {
    // A record that is used again without a word would make its chain a ring.
    if (2 * stream + 2 >= this.#next.length || this.#next[2 * stream + 1] !== 0) this.rebuild();
    else this.#enter(stream);
  }

  /** Streams were removed from the table, or it has grown. */
  rebuild(): void {
    const { size } = this.#table;
    let length = FEWEST;
    while (length < 2 * size + 3) length *= 2;
    this.#heads = new Int32Array(length).fill(END);
    // Room for an eighth more streams: rebuilt in steps, not for each.
    this.#next = new Int32Array(2 * (size + Math.max(FEWEST >> 1, size >> 3)) + 1);
    for (let stream = 0; stream < size; stream += 1) if (isTaken(this.#table, stream)) this.#enter(stream);
  }

  /** Calls with each stream that comes from a socket (`sends`) or goes to it; one that does both comes twice. */
  each(address: Int32Array, port: number, found: (stream: number, sends: boolean) => void): void {
    const home = hash(port, 0, int(address, 3), 0) & (this.#heads.length - 1);
    for (let entry = int(this.#heads, home); entry !== END; entry = int(this.#next, entry)) {
      const stream = (entry - 1) >> 1;
      const sends = (entry & 1) === 1;
      if (this.#is(stream, sends, address, port) && isTaken(this.#table, stream)) found(stream, sends);
    }
  }

  #enter(stream: number): void {
    const { words } = this.#table;
    const w = stream * WORDS;
    const ports = int(words, w + PORTS);
    this.#link(2 * stream + 1, ports >>> 16, int(words, w + SOURCE + 3));
    this.#link(2 * stream + 2, ports & 0xffff, int(words, w + DESTINATION + 3));
  }

  #link(entry: number, port: number, low: number): void {
    const home = hash(port, 0, low, 0) & (this.#heads.length - 1);
    this.#next[entry] = int(this.#heads, home);
    this.#heads[home] = entry;
  }

  #is(stream: number, sends: boolean, address: Int32Array, port: number): boolean {
    const { words } = this.#table;
    const w = stream * WORDS;
    const ports = int(words, w + PORTS);
    if ((sends ? ports >>> 16 : ports & 0xffff) !== port) return false;
    const at = w + (sends ? SOURCE : DESTINATION);
    for (let i = 0; i < 4; i += 1) if (words[at + i] !== address[i]) return false;
    return true;
  }
}
