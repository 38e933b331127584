import { hash, type PacketPath } from '../quality/packet-table.ts';
import { int } from '../quality/packet-words.ts';
import { RecordPool } from '../quality/record-pool.ts';

/** Paths of one hash; more are made to be. */
const MOST_ALIKE = 16;
const FEWEST = 64;

/** A record's words. Word 0 is its user's, who may link paths to lists. */
const NEXT = 1;
/** Twice the value, and 1 for IPv6. */
const VALUE = 2;
const PORTS = 3;
const SOURCE = 4;
const DESTINATION = 8;
const WORDS = 12;

/**
 * Values (whole numbers from 0 on) by path and direction: by numbers, since making a text of each path is most of the work
 * on a control packet. A path is told by its record; 0 is none.
 */
export class PathMap {
  readonly pool = new RecordPool(WORDS);
  /** The latest path of each of so many hashes; the rest is chained. */
  #heads = new Int32Array(FEWEST);
  #size = 0;
  readonly #path = {
    source: new Int32Array(4),
    destination: new Int32Array(4),
    sourcePort: 0,
    destinationPort: 0,
    addressFamily: 4,
  };

  get size(): number {
    return this.#size;
  }

  /** The record of a path; 0: it is not held. */
  find(path: PacketPath): number {
    let record = int(this.#heads, hashOf(path) & (this.#heads.length - 1));
    while (record !== 0 && !this.#is(record, path)) record = int(this.pool.words, record + NEXT);
    return record;
  }

  valueOf(record: number): number {
    return int(this.pool.words, record + VALUE) >>> 1;
  }

  setValue(record: number, value: number): void {
    const at = record + VALUE;
    this.pool.words[at] = (value << 1) | (int(this.pool.words, at) & 1);
  }

  /** The path of a record: valid until this is asked again. */
  pathOf(record: number): PacketPath {
    const { words } = this.pool;
    const path = this.#path;
    for (let i = 0; i < 4; i += 1) {
      path.source[i] = int(words, record + SOURCE + i);
      path.destination[i] = int(words, record + DESTINATION + i);
    }
    const ports = int(words, record + PORTS);
    path.sourcePort = ports >>> 16;
    path.destinationPort = ports & 0xffff;
    path.addressFamily = (int(words, record + VALUE) & 1) === 0 ? 4 : 6;
    return path;
  }

  /** Adds a path that is not held yet. */
  add({ source, destination, sourcePort, destinationPort, addressFamily }: PacketPath, value: number): number {
    const record = this.pool.add();
    const { words } = this.pool;
    words[record + VALUE] = (value << 1) | (addressFamily === 4 ? 0 : 1);
    words[record + PORTS] = (sourcePort << 16) | destinationPort;
    for (let i = 0; i < 4; i += 1) {
      words[record + SOURCE + i] = int(source, i);
      words[record + DESTINATION + i] = int(destination, i);
    }
    this.#size += 1;
    if (this.#size > this.#heads.length) this.#widen();
    this.#link(record);
    return record;
  }

  delete(record: number): void {
    const { words } = this.pool;
    const head = this.#hashAt(record) & (this.#heads.length - 1);
    const after = int(words, record + NEXT);
    let before = int(this.#heads, head);
    if (before === record) this.#heads[head] = after;
    else {
      while (int(words, before + NEXT) !== record) before = int(words, before + NEXT);
      words[before + NEXT] = after;
    }
    this.#size -= 1;
    this.pool.release(record);
  }

  /** The one that has to go before another path of its hash may come: the oldest whose value may go. 0: there is room. */
  crowded(path: PacketPath, mayGo: (value: number) => boolean = () => true): number {
    const wanted = hashOf(path);
    const { words } = this.pool;
    let alike = 0;
    let oldest = 0;
    for (let record = int(this.#heads, wanted & (this.#heads.length - 1)); record !== 0; ) {
      if (this.#hashAt(record) === wanted) {
        alike += 1;
        if (mayGo(this.valueOf(record))) oldest = record;
      }
      record = int(words, record + NEXT);
    }
    return alike >= MOST_ALIKE ? oldest : 0;
  }

  #link(record: number): void {
    const head = this.#hashAt(record) & (this.#heads.length - 1);
    this.pool.words[record + NEXT] = int(this.#heads, head);
    this.#heads[head] = record;
  }

  /** Twice as many chains. Each keeps its order: the latest first. */
  #widen(): void {
    const before = this.#heads;
    this.#heads = new Int32Array(before.length * 2);
    const { words } = this.pool;
    const chain: number[] = [];
    for (const head of before) {
      for (let record = head; record !== 0; record = int(words, record + NEXT)) chain.push(record);
      for (let record = chain.pop(); record !== undefined; record = chain.pop()) this.#link(record);
    }
  }

  #hashAt(record: number): number {
    const { words } = this.pool;
    return hashOfWords(words, record + SOURCE, words, record + DESTINATION, int(words, record + PORTS));
  }

  #is(record: number, { source, destination, sourcePort, destinationPort }: PacketPath): boolean {
    const { words } = this.pool;
    if (words[record + PORTS] !== ((sourcePort << 16) | destinationPort)) return false;
    for (let i = 0; i < 4; i += 1)
      if (words[record + SOURCE + i] !== source[i] || words[record + DESTINATION + i] !== destination[i]) return false;
    return true;
  }
}

function hashOf({ source, destination, sourcePort, destinationPort }: PacketPath): number {
  return hashOfWords(source, 0, destination, 0, (sourcePort << 16) | destinationPort);
}

function hashOfWords(from: Int32Array, f: number, to: Int32Array, t: number, ports: number): number {
  const upper = (int(from, f) ^ int(from, f + 1) ^ int(from, f + 2)) | 0;
  const lower = (int(to, t) ^ Math.imul(int(to, t + 1), 31) ^ int(to, t + 2)) | 0;
  return hash(upper ^ Math.imul(lower, 7), ports, int(from, f + 3), int(to, t + 3));
}
