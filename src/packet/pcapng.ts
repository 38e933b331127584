import type { CaptureCounters, RecordSink } from './capture-record.ts';
import { newInterface, type PcapngInterface } from './pcapng-interface.ts';
import { findOption, unsigned64 } from './pcapng-option.ts';
import { LARGEST_RECORD, type RecordReader } from './record-reader.ts';

/**
 * A pcapng file (draft-ietf-opsawg-pcapng) is a row of blocks:
 *
 *      0               4               8                          length - 4
 *      |     type      | total length  |  body, padded to 32 bits  | total length |
 */
const BLOCK_FRAME = 12;
const BODY = 8;
const TOTAL_LENGTH = 4;

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const OBSOLETE_PACKET = 2;
const SIMPLE_PACKET = 3;
const INTERFACE_STATISTICS = 5;
const ENHANCED_PACKET = 6;

/** Of blocks that are read: a record and as many options again are more than any writer makes. */
const LARGEST_BLOCK = LARGEST_RECORD + 64 * 1024;
const MOST_INTERFACES = 4096;

/** Body of an enhanced packet block, from the block's begin; the obsolete packet block differs in its first word only. */
const PACKET_INTERFACE = 8;
const PACKET_DROPS = 10;
const PACKET_TIME = 12;
const PACKET_CAPTURED = 20;
const PACKET_ORIGINAL = 24;
const PACKET_DATA = 28;
const DROP_COUNT_OPTION = 4;
const DROPS_UNKNOWN = 0xffff;

/** Body of a simple packet block: no interface, no time. */
const SIMPLE_ORIGINAL = 8;
const SIMPLE_DATA = 12;

/** Body of an interface statistics block. */
const STATISTICS_TIME = 12;
const STATISTICS_OPTIONS = 20;
const DROPPED_BY_INTERFACE_OPTION = 5;
const DROPPED_BY_SYSTEM_OPTION = 7;

/** 2^53 µs: a time beyond (year 2255) is damage of the time stamp, not of the packet. */
const LATEST = Number.MAX_SAFE_INTEGER;

/** A section header block begins here. Its type reads the same from both ends. */
export function isPcapng(view: DataView, at: number): boolean {
  return view.getUint32(at) === SECTION_HEADER;
}

/** Reads blocks; those that carry neither packets nor what packets need are passed over by their length. */
export class PcapngReader implements RecordReader {
  needs = BLOCK_FRAME;
  skips = 0;
  damage: string | undefined;
  readonly #sink: RecordSink;
  readonly #counters: CaptureCounters;
  #littleEndian = true;
  /** Of the present section. */
  #interfaces: PcapngInterface[] = [];
  /** The last time seen, for packets that carry none. */
  #micros = 0;

  constructor(sink: RecordSink, counters: CaptureCounters) {
    this.#sink = sink;
    this.#counters = counters;
  }

  read(octets: Uint8Array, view: DataView, start: number, end: number): number {
    this.skips = 0;
    let at = start;
    while (end - at >= BLOCK_FRAME) {
      const type = view.getUint32(at, this.#littleEndian);
      if (type === SECTION_HEADER) this.#byteOrder(view, at);
      const length = view.getUint32(at + TOTAL_LENGTH, this.#littleEndian);
      if (length < BLOCK_FRAME || length % 4 !== 0) this.damage ??= `a block claims ${length} octets`;
      if (this.damage !== undefined) return at;
      if (!isRead(type)) {
        if (length > end - at) {
          this.skips = length;
          return at;
        }
      } else {
        if (length > LARGEST_BLOCK) this.damage = `a block of type ${type} claims ${length} octets`;
        else if (length > end - at) this.needs = length;
        else this.#block(octets, view, at, type, length);
        if (this.damage !== undefined || length > end - at) return at;
      }
      at += length;
    }
    this.needs = BLOCK_FRAME;
    return at;
  }

  /** The byte-order magic stands right behind the length that it is needed for. */
  #byteOrder(view: DataView, at: number): void {
    const magic = view.getUint32(at + BODY);
    if (magic === 0x1a2b3c4d) this.#littleEndian = false;
    else if (magic === 0x4d3c2b1a) this.#littleEndian = true;
    else this.damage = 'a section without byte order';
  }

  #block(octets: Uint8Array, view: DataView, at: number, type: number, length: number): void {
    if (view.getUint32(at + length - 4, this.#littleEndian) !== length) {
      this.damage = 'the two lengths of a block differ';
      return;
    }
    const end = at + length - 4;
    if (type === ENHANCED_PACKET || type === OBSOLETE_PACKET) this.#packet(octets, view, at, end, type);
    else if (type === SIMPLE_PACKET) this.#simplePacket(octets, view, at, end);
    else if (type === INTERFACE_DESCRIPTION) this.#describe(view, at, end);
    else if (type === INTERFACE_STATISTICS) this.#statistics(view, at, end);
    else this.#interfaces = [];
  }

  #packet(octets: Uint8Array, view: DataView, at: number, end: number, type: number): void {
    const littleEndian = this.#littleEndian;
    if (end - at < PACKET_DATA) {
      this.damage = 'a packet block without its header';
      return;
    }
    const obsolete = type === OBSOLETE_PACKET;
    const id = obsolete
      ? view.getUint16(at + PACKET_INTERFACE, littleEndian)
      : view.getUint32(at + PACKET_INTERFACE, littleEndian);
    const captured = view.getUint32(at + PACKET_CAPTURED, littleEndian);
    const from = this.#interfaces[id];
    if (from === undefined) this.damage = `a packet of interface ${id}, which is not described`;
    else if (captured > LARGEST_RECORD || at + PACKET_DATA + captured > end)
      this.damage = `a record claims ${captured} octets`;
    else {
      const micros = this.#time(view, at + PACKET_TIME, from);
      const data = at + PACKET_DATA;
      if (obsolete) this.#dropped(from, knownDrops(view.getUint16(at + PACKET_DROPS, littleEndian)), micros);
      else if (end - data - captured >= 4)
        this.#optionDrops(view, data + Math.ceil(captured / 4) * 4, end, from, micros);
      this.#record(octets, view, data, captured, micros, from, view.getUint32(at + PACKET_ORIGINAL, littleEndian));
    }
  }

  /** How long the packet is here follows from the original length, the interface's snap length and the block. */
  #simplePacket(octets: Uint8Array, view: DataView, at: number, end: number): void {
    const from = this.#interfaces[0];
    if (from === undefined || end - at < SIMPLE_DATA) {
      this.damage = 'a simple packet without an interface';
      return;
    }
    const original = view.getUint32(at + SIMPLE_ORIGINAL, this.#littleEndian);
    const captured = Math.min(original, from.snapLength, end - at - SIMPLE_DATA);
    if (captured > LARGEST_RECORD) this.damage = `a record claims ${captured} octets`;
    else this.#record(octets, view, at + SIMPLE_DATA, captured, this.#micros, from, original);
  }

  #record(
    octets: Uint8Array,
    view: DataView,
    data: number,
    captured: number,
    micros: number,
    from: PcapngInterface,
    original: number,
  ): void {
    this.#counters.records += 1;
    if (captured < original) this.#counters.snapped += 1;
    this.#sink.record(octets, view, data, data + captured, micros, from.linkType, from.id, original);
  }

  #time(view: DataView, at: number, from: PcapngInterface): number {
    const high = view.getUint32(at, this.#littleEndian);
    const low = view.getUint32(at + 4, this.#littleEndian);
    const micros = high * from.microsPerHigh + low * from.microsPerUnit + from.offsetMicros;
    if (micros >= 0 && micros <= LATEST) this.#micros = micros;
    return this.#micros;
  }

  #describe(view: DataView, at: number, end: number): void {
    if (this.#interfaces.length >= MOST_INTERFACES) this.damage = `more than ${MOST_INTERFACES} interfaces`;
    else this.#interfaces.push(newInterface(view, at, end, this.#littleEndian, this.#counters.interfaces++));
  }

  /** Its counters run from the capture's begin, so only what they say beyond what was told before is new. */
  #statistics(view: DataView, at: number, end: number): void {
    if (end - at < STATISTICS_OPTIONS) return;
    const from = this.#interfaces[view.getUint32(at + PACKET_INTERFACE, this.#littleEndian)];
    if (from === undefined) return;
    const counter = (code: number): number => {
      const found = findOption(view, at + STATISTICS_OPTIONS, end, this.#littleEndian, code, 8);
      return found < 0 ? 0 : unsigned64(view, found, this.#littleEndian);
    };
    const total = counter(DROPPED_BY_INTERFACE_OPTION) + counter(DROPPED_BY_SYSTEM_OPTION);
    const micros = this.#time(view, at + STATISTICS_TIME, from);
    if (total <= LATEST) this.#dropped(from, total - from.dropped, micros);
  }

  #optionDrops(view: DataView, options: number, end: number, from: PcapngInterface, micros: number): void {
    const found = findOption(view, options, end, this.#littleEndian, DROP_COUNT_OPTION, 8);
    if (found < 0) return;
    const count = unsigned64(view, found, this.#littleEndian);
    if (count <= LATEST) this.#dropped(from, count, micros);
  }

  #dropped(from: PcapngInterface, count: number, micros: number): void {
    if (count < 0) return;
    from.dropped += count;
    this.#counters.dropped += count;
    this.#sink.drops?.(from.id, count, micros);
  }
}

function isRead(type: number): boolean {
  return (type >= INTERFACE_DESCRIPTION && type <= ENHANCED_PACKET && type !== 4) || type === SECTION_HEADER;
}

function knownDrops(count: number): number {
  return count === DROPS_UNKNOWN ? 0 : count;
}
