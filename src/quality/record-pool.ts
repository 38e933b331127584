import { int } from './packet-words.ts';

/** What grows by a sixteenth leaves little room that nobody uses. */
const GROWTH_SHIFT = 4;
const FEWEST = 16;

/**
 * Records of one length in one block: what is kept beside streams, without an object each. A record is the index of its
 * first word; 0 is none. Names of members are word offsets; those of 64-bit floats are even. Word 0 links records to a list.
 */
export class RecordPool {
  words = new Int32Array(0);
  doubles = new Float64Array(0);
  readonly #length: number;
  #block = new ArrayBuffer(0);
  #end: number;
  /** The latest that was given back; each links the one before. */
  #free = 0;

  /** `length` in words, even. */
  constructor(length: number) {
    this.#length = length;
    this.#end = length;
  }

  /** A record in which all is 0. The arrays may be others afterwards. */
  add(): number {
    const free = this.#free;
    if (free !== 0) {
      this.#free = int(this.words, free);
      this.words.fill(0, free, free + this.#length);
      return free;
    }
    const added = this.#end;
    this.#end += this.#length;
    if (this.#end > this.words.length) this.#grow();
    return added;
  }

  release(record: number): void {
    this.words[record] = this.#free;
    this.#free = record;
  }

  /** Gives back a whole list. */
  releaseAll(first: number): void {
    for (let record = first; record !== 0; ) {
      const next = int(this.words, record);
      this.release(record);
      record = next;
    }
  }

  /** The list with a record at its end; it is told by its first record. */
  append(first: number, record: number): number {
    this.words[record] = 0;
    if (first === 0) return record;
    let last = first;
    while (int(this.words, last) !== 0) last = int(this.words, last);
    this.words[last] = record;
    return first;
  }

  /** The list without a record, which is not given back. */
  without(first: number, record: number): number {
    const after = int(this.words, record);
    if (first === record) return after;
    let before = first;
    while (int(this.words, before) !== record) before = int(this.words, before);
    this.words[before] = after;
    return first;
  }

  /** The record of a list whose word `member` has a value; 0: none. */
  find(first: number, member: number, value: number): number {
    let record = first;
    while (record !== 0 && int(this.words, record + member) !== value) record = int(this.words, record);
    return record;
  }

  /** How many records a list has. */
  count(first: number): number {
    let count = 0;
    for (let record = first; record !== 0; record = int(this.words, record)) count += 1;
    return count;
  }

  #grow(): void {
    const records = this.words.length / this.#length;
    const length = (records + Math.max(FEWEST, records >> GROWTH_SHIFT)) * this.#length;
    // Moved, not copied beside itself: the old block is free at once.
    this.#block = this.#block.transfer(length * 4);
    this.words = new Int32Array(this.#block);
    this.doubles = new Float64Array(this.#block);
  }
}
