import type { RecordSink } from '../../packet/capture-record.ts';
import { double, int } from '../../quality/packet-words.ts';

/** Octets and records that wait at first, and octets at most: 0.2 s of 600,000 packets/s. Beyond it they wait less. */
const FIRST_OCTETS = 1 << 20;
const FIRST_RECORDS = 1 << 12;
const MOST_OCTETS = 1 << 25;

/**
 * Records that wait before they are measured: what is told of a leg comes a little after the packets that it is about, and
 * by then they must not have been counted yet. First in, first out; each is copied, and valid for the sink's call only.
 */
export class DelayLine {
  readonly #sink: RecordSink;
  #octets = new Uint8Array(FIRST_OCTETS);
  #view = new DataView(this.#octets.buffer);
  #micros = new Float64Array(FIRST_RECORDS);
  /** Of each record: where it lies, its length, link type, interface, length on the wire. */
  #places = new Int32Array(5 * FIRST_RECORDS);
  /** Records ever taken and given out; where the next one's octets go. */
  #taken = 0;
  #given = 0;
  #next = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Records that wait. */
  get size(): number {
    return this.#taken - this.#given;
  }

  /** Stamp of the record that leaves next, microseconds; infinite if none waits. */
  get next(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : (this.#micros[this.#given & (this.#micros.length - 1)] ?? 0);
  }

  take(
    octets: Uint8Array,
    start: number,
    end: number,
    micros: number,
    linkType: number,
    interfaceId: number,
    originalLength: number,
  ): void {
    const length = end - start;
    if (this.size === this.#micros.length) this.#growRecords();
    const at = this.#placeFor(length);
    this.#octets.set(octets.subarray(start, end), at);
    const record = this.#taken & (this.#micros.length - 1);
    const place = 5 * record;
    this.#micros[record] = micros;
    this.#places[place] = at;
    this.#places[place + 1] = length;
    this.#places[place + 2] = linkType;
    this.#places[place + 3] = interfaceId;
    this.#places[place + 4] = originalLength;
    this.#next = at + length;
    this.#taken += 1;
  }

  /** Gives out what was captured before `micros`. */
  release(micros: number): void {
    while (this.size > 0 && (this.#micros[this.#given & (this.#micros.length - 1)] ?? 0) < micros) this.give();
  }

  /** Gives out the next record, of which there must be one. */
  give(): void {
    const record = this.#given & (this.#micros.length - 1);
    const place = 5 * record;
    const places = this.#places;
    const at = int(places, place);
    const end = at + int(places, place + 1);
    const micros = double(this.#micros, 2 * record);
    this.#given += 1;
    const linkType = int(places, place + 2);
    const interfaceId = int(places, place + 3);
    this.#sink.record(this.#octets, this.#view, at, end, micros, linkType, interfaceId, int(places, place + 4));
  }

  /** Room for the next record in one piece; the oldest go before there is too much. */
  #placeFor(length: number): number {
    for (;;) {
      const at = this.#free(length);
      if (at >= 0) return at;
      if (this.#octets.length < MOST_OCTETS || this.size === 0) this.#growOctets(length);
      else this.give();
    }
  }

  #free(length: number): number {
    if (this.size === 0) return length <= this.#octets.length ? 0 : -1;
    const oldest = this.#places[5 * (this.#given & (this.#micros.length - 1))] ?? 0;
    if (this.#next > oldest) {
      if (this.#next + length <= this.#octets.length) return this.#next;
      return length < oldest ? 0 : -1;
    }
    return this.#next + length < oldest ? this.#next : -1;
  }

  #growOctets(length: number): void {
    const before = this.#octets;
    this.#octets = new Uint8Array(Math.max(2 * before.length, length));
    this.#view = new DataView(this.#octets.buffer);
    this.#next = 0;
    for (let index = this.#given; index < this.#taken; index += 1) {
      const place = 5 * (index & (this.#micros.length - 1));
      const at = this.#places[place] ?? 0;
      const end = at + (this.#places[place + 1] ?? 0);
      this.#octets.set(before.subarray(at, end), this.#next);
      this.#places[place] = this.#next;
      this.#next += end - at;
    }
  }

  #growRecords(): void {
    const micros = new Float64Array(2 * this.#micros.length);
    const places = new Int32Array(5 * micros.length);
    for (let index = this.#given; index < this.#taken; index += 1) {
      const from = index & (this.#micros.length - 1);
      const to = index & (micros.length - 1);
      micros[to] = this.#micros[from] ?? 0;
      places.set(this.#places.subarray(5 * from, 5 * from + 5), 5 * to);
    }
    this.#micros = micros;
    this.#places = places;
  }
}
