import { type CaptureCounters, newCounters, type RecordSink } from './capture-record.ts';
import { pcapReader } from './pcap.ts';
import { isPcapng, PcapngReader } from './pcapng.ts';
import type { RecordReader } from './record-reader.ts';

export type { CaptureCounters, RecordSink } from './capture-record.ts';

/** What tells the formats apart is in the first four octets of each. */
const MAGIC_LENGTH = 4;

/**
 * Reads a capture file as it comes, in chunks of any size, and hands each record to the sink. Memory is bounded by one
 * record (256 KiB), whatever the file claims. Damage ends the reading; the whole records before it have been handed on.
 */
export class CaptureFile {
  readonly counters: CaptureCounters = newCounters();
  readonly #sink: RecordSink;
  #reader: RecordReader | undefined;
  /** Where in the file the present unit begins, and how many octets of it are still to be passed over. */
  #unit = 0;
  #skip = 0;
  /** The beginning of a unit that the last chunk cut: `#kept` octets of it. */
  #keep = new Uint8Array(0);
  #keepView = new DataView(this.#keep.buffer);
  #kept = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  /** Takes the next octets of the file. They are read at once and never kept, so the caller may reuse the chunk. */
  push(chunk: Uint8Array): void {
    this.counters.octets += chunk.length;
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let at = 0;
    while (at < chunk.length && !this.counters.truncated) {
      if (this.#skip > 0) at += this.#pass(chunk.length - at);
      else if (this.#kept > 0) at += this.#complete(chunk, at);
      else {
        const next = this.#read(chunk, view, at, chunk.length);
        if (this.counters.truncated) return;
        if (this.#skip === 0) this.#keepRest(chunk, next);
        at = this.#skip === 0 ? chunk.length : next;
      }
    }
  }

  /** Says that the file is over: octets left of an unfinished record count as damage. */
  end(): void {
    if (this.counters.octets === 0) this.#stop('the file is empty');
    else if (this.#kept > 0 || this.#skip > 0) this.#stop('the file ends within a record');
    this.#kept = 0;
  }

  #pass(available: number): number {
    const passed = Math.min(this.#skip, available);
    this.#skip -= passed;
    if (this.#skip === 0) this.#unit += this.#reader?.skips ?? 0;
    return passed;
  }

  /** Adds what the kept unit lacks, reads it when it is whole, and tells how many octets of the chunk that took. */
  #complete(chunk: Uint8Array, at: number): number {
    const needs = this.#reader?.needs ?? MAGIC_LENGTH;
    const taken = Math.min(needs - this.#kept, chunk.length - at);
    this.#append(chunk, at, at + taken, needs);
    if (this.#kept < needs) return taken;
    const next = this.#read(this.#keep, this.#keepView, 0, this.#kept);
    this.#keep.copyWithin(0, next, this.#kept);
    this.#kept -= next;
    if (this.#skip > 0) this.#kept -= this.#pass(this.#kept);
    return taken;
  }

  #keepRest(chunk: Uint8Array, from: number): void {
    if (from < chunk.length) this.#append(chunk, from, chunk.length, this.#reader?.needs ?? MAGIC_LENGTH);
  }

  #append(chunk: Uint8Array, from: number, to: number, capacity: number): void {
    if (this.#keep.length < capacity) {
      const larger = new Uint8Array(Math.max(capacity, this.#keep.length * 2, 4096));
      larger.set(this.#keep.subarray(0, this.#kept));
      this.#keep = larger;
      this.#keepView = new DataView(larger.buffer);
    }
    this.#keep.set(chunk.subarray(from, to), this.#kept);
    this.#kept += to - from;
  }

  #read(octets: Uint8Array, view: DataView, start: number, end: number): number {
    if (end - start < MAGIC_LENGTH && this.#reader === undefined) return start;
    this.#reader ??= this.#detect(view, start);
    if (this.#reader === undefined) {
      this.#stop('neither pcap nor pcapng');
      return end;
    }
    const next = this.#reader.read(octets, view, start, end);
    this.#unit += next - start;
    this.#skip = this.#reader.skips;
    if (this.#reader.damage !== undefined) this.#stop(this.#reader.damage);
    return next;
  }

  #detect(view: DataView, at: number): RecordReader | undefined {
    if (isPcapng(view, at)) {
      this.counters.format = 'pcapng';
      return new PcapngReader(this.#sink, this.counters);
    }
    const reader = pcapReader(view, at, this.#sink, this.counters);
    if (reader !== undefined) this.counters.format = 'pcap';
    return reader;
  }

  #stop(reason: string): void {
    if (this.counters.truncated) return;
    this.counters.truncated = true;
    this.counters.damage = { at: this.#unit, reason };
  }
}
