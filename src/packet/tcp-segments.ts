import type { Datagram } from './datagram.ts';

/** Bounds of what waits behind holes: segments and octets of one flow, octets of all. */
const MOST_SEGMENTS = 64;
const MOST_OCTETS = 64 * 1024;
const MOST_OCTETS_IN_ALL = 4 * 1024 * 1024;

/** What all flows keep together. */
export type Budget = { octets: number };

/** A copy of a segment that came too early. */
export type Segment = {
  readonly sequence: number;
  readonly octets: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly length: number;
  readonly micros: number;
};

/** The segments of one flow that wait for an earlier one, in order of their sequence numbers. */
export class Segments {
  /** When the hole was first seen, microseconds. */
  since: number | undefined;
  readonly #all: Budget;
  #waiting: Segment[] = [];
  #octets = 0;

  constructor(all: Budget) {
    this.#all = all;
  }

  /** False if there is no room. */
  keep(sequence: number, datagram: Datagram, micros: number): boolean {
    const size = datagram.end - datagram.start;
    if (this.#waiting.length >= MOST_SEGMENTS || this.#octets + size > MOST_OCTETS) return false;
    if (this.#all.octets + size > MOST_OCTETS_IN_ALL) return false;
    const octets = datagram.octets.slice(datagram.start, datagram.end);
    this.since ??= micros;
    this.#count(size);
    this.#waiting.push({ sequence, octets, start: 0, end: octets.length, length: datagram.length, micros });
    this.#waiting.sort((a, b) => (a.sequence - b.sequence) | 0);
    return true;
  }

  /** Removes the first segment that begins at or before `next`. */
  takeUpTo(next: number): Segment | undefined {
    const [first] = this.#waiting;
    if (first === undefined || ((first.sequence - next) | 0) > 0) return undefined;
    this.#waiting.shift();
    this.#count(-first.octets.length);
    if (this.#waiting.length === 0) this.since = undefined;
    return first;
  }

  /** Sequence number of the first. */
  first(): number | undefined {
    return this.#waiting[0]?.sequence;
  }

  clear(): void {
    this.#waiting = [];
    this.#count(-this.#octets);
    this.since = undefined;
  }

  #count(octets: number): void {
    this.#octets += octets;
    this.#all.octets += octets;
  }
}
