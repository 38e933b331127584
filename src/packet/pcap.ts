import type { CaptureCounters, RecordSink } from './capture-record.ts';
import { LARGEST_RECORD, type RecordReader } from './record-reader.ts';

/**
 * The classic capture file (draft-ietf-opsawg-pcap): a file header, then records.
 *
 *      0               4               8               12              16
 *      |     magic     | major | minor |    reserved   |    reserved   |
 *   16 |  snap length  |   link type   |
 *
 *    0 |    seconds    | µs or ns      | captured len. | original len. |
 */
const FILE_HEADER = 24;
const MAJOR = 4;
const MINOR = 6;
const LINK_TYPE = 20;

const RECORD_HEADER = 16;
const FRACTION = 4;
const CAPTURED = 8;
const ORIGINAL = 12;

/** How a variant differs: fraction of a second in µs, octets before the first record, octets before each packet. */
type Variant = { readonly micros: number; readonly fileHeader: number; readonly recordHeader: number };

/** By magic number. Kuznetzov's patched libpcap adds 8 octets to each record, Ixia's 4 to the file header. */
const VARIANTS: ReadonlyMap<number, Variant> = new Map([
  [0xa1b2c3d4, { micros: 1, fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER }],
  [0xa1b23c4d, { micros: 0.001, fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER }],
  [0xa1b2cd34, { micros: 1, fileHeader: FILE_HEADER, recordHeader: RECORD_HEADER + 8 }],
  [0x1c0001ac, { micros: 0.001, fileHeader: FILE_HEADER + 4, recordHeader: RECORD_HEADER }],
  [0x1c0001ab, { micros: 0.001, fileHeader: FILE_HEADER + 4, recordHeader: RECORD_HEADER }],
]);

/** The reader for the magic number at `at`, undefined if it is none. */
export function pcapReader(
  view: DataView,
  at: number,
  sink: RecordSink,
  counters: CaptureCounters,
): RecordReader | undefined {
  for (const littleEndian of [true, false]) {
    const variant = VARIANTS.get(view.getUint32(at, littleEndian));
    if (variant !== undefined) return new PcapReader(variant, littleEndian, sink, counters);
  }
  return undefined;
}

class PcapReader implements RecordReader {
  needs: number;
  readonly skips = 0;
  damage: string | undefined;
  readonly #variant: Variant;
  readonly #littleEndian: boolean;
  readonly #sink: RecordSink;
  readonly #counters: CaptureCounters;
  #begun = false;
  #linkType = 0;
  /** Files of version 2.0 to 2.2 have the two lengths the other way round, those of 2.3 either way (libpcap). */
  #lengths: 'in order' | 'swapped' | 'either' = 'in order';

  constructor(variant: Variant, littleEndian: boolean, sink: RecordSink, counters: CaptureCounters) {
    this.#variant = variant;
    this.#littleEndian = littleEndian;
    this.#sink = sink;
    this.#counters = counters;
    this.needs = variant.fileHeader;
  }

  read(octets: Uint8Array, view: DataView, start: number, end: number): number {
    if (this.#begun) return this.#records(octets, view, start, end);
    if (end - start < this.needs) return start;
    this.#begin(view, start);
    const next = start + this.#variant.fileHeader;
    return this.damage === undefined ? this.#records(octets, view, next, end) : start;
  }

  #begin(view: DataView, at: number): void {
    this.#begun = true;
    this.#counters.interfaces = 1;
    const major = view.getUint16(at + MAJOR, this.#littleEndian);
    const minor = view.getUint16(at + MINOR, this.#littleEndian);
    if (major !== 2) this.damage = `pcap version ${major}.${minor} is unknown`;
    if (minor < 3) this.#lengths = 'swapped';
    if (minor === 3) this.#lengths = 'either';
    // The upper 16 bits tell the length of the frame check sequence and the class of the link type.
    this.#linkType = view.getUint32(at + LINK_TYPE, this.#littleEndian) & 0xffff;
  }

  #records(octets: Uint8Array, view: DataView, start: number, end: number): number {
    const { micros: unit, recordHeader } = this.#variant;
    const littleEndian = this.#littleEndian;
    const linkType = this.#linkType;
    const counters = this.#counters;
    const sink = this.#sink;
    const inOrder = this.#lengths === 'in order';
    let at = start;
    while (end - at >= recordHeader) {
      let captured = view.getUint32(at + CAPTURED, littleEndian);
      let original = view.getUint32(at + ORIGINAL, littleEndian);
      if (!inOrder && (this.#lengths === 'swapped' || captured > original)) [captured, original] = [original, captured];
      if (captured > LARGEST_RECORD) {
        this.damage = `a record claims ${captured} octets`;
        return at;
      }
      const packet = at + recordHeader;
      const next = packet + captured;
      if (next > end) {
        this.needs = next - at;
        return at;
      }
      const micros = view.getUint32(at, littleEndian) * 1e6 + view.getUint32(at + FRACTION, littleEndian) * unit;
      counters.records += 1;
      if (captured < original) counters.snapped += 1;
      sink.record(octets, view, packet, next, micros, linkType, 0, original);
      at = next;
    }
    this.needs = recordHeader;
    return at;
  }
}
