import { closeSync, openSync, writeSync } from 'node:fs';

const BUFFER_OCTETS = 4 * 1024 * 1024;
const LARGEST_RECORD = 70_000;
const LARGEST_CAPTURED = 262_144;

export type CaptureFormat = 'pcap' | 'pcapng';

/** Writes capture files of one Ethernet interface, times in microseconds, in few large writes. */
export class CaptureWriter {
  /** Where the octets of the record begun last go; `at` is their first. Both are good until the next `begin`. */
  readonly octets = new Uint8Array(BUFFER_OCTETS);
  at = 0;
  /** Records and octets so far. */
  records = 0;
  written = 0;
  readonly #view = new DataView(this.octets.buffer);
  readonly #blocks: boolean;
  readonly #file: number;
  #used = 0;

  constructor(path: string, format: CaptureFormat) {
    this.#file = openSync(path, 'w');
    this.#blocks = format === 'pcapng';
    this.#words(this.#blocks ? SECTION_AND_INTERFACE : FILE_HEADER);
  }

  /** Makes room for a record of `captured` octets, taken at `micros` since the epoch, and moves `at` there. */
  begin(micros: number, captured: number, original: number): void {
    if (this.#used > BUFFER_OCTETS - LARGEST_RECORD) this.#flush();
    if (this.#blocks) this.#beginBlock(micros, captured, original);
    else this.#beginRecord(micros, captured, original);
    this.records += 1;
  }

  close(): void {
    this.#flush();
    closeSync(this.#file);
  }

  #beginRecord(micros: number, captured: number, original: number): void {
    const seconds = Math.floor(micros / 1e6);
    this.#words([seconds, micros - seconds * 1e6, captured, original]);
    this.at = this.#used;
    this.#used += captured;
  }

  /** An enhanced packet block: its body is padded to four octets, its length stands at both ends. */
  #beginBlock(micros: number, captured: number, original: number): void {
    const padded = (captured + 3) & ~3;
    const length = 32 + padded;
    this.#words([6, length, 0, Math.floor(micros / 2 ** 32), micros % 2 ** 32, captured, original]);
    this.at = this.#used;
    this.octets.fill(0, this.at + captured, this.at + padded);
    this.#used += padded;
    this.#words([length]);
  }

  #words(words: readonly number[]): void {
    for (const word of words) {
      this.#view.setUint32(this.#used, word, true);
      this.#used += 4;
    }
  }

  #flush(): void {
    for (let from = 0; from < this.#used; ) from += writeSync(this.#file, this.octets, from, this.#used - from);
    this.written += this.#used;
    this.#used = 0;
  }
}

/** Little endian, microseconds, version 2.4, link type Ethernet. */
const FILE_HEADER = [0xa1b2c3d4, 0x0004_0002, 0, 0, LARGEST_CAPTURED, 1];
/** A section of unknown length and one Ethernet interface; without if_tsresol times are microseconds. */
const SECTION_AND_INTERFACE = [
  ...[0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffff_ffff, 0xffff_ffff, 28],
  ...[1, 20, 1, LARGEST_CAPTURED, 20],
];
