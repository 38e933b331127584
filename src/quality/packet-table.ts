import type { Media } from '../model/channel.ts';
import type { ClockRateOrigin, Interval, Taint } from '../model/interval.ts';
import type { ClockGuess } from './packet-clock.ts';
import * as layout from './packet-layout.ts';
import type { Parting } from './packet-parting.ts';
import * as reads from './packet-words.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const { DESTINATION, FIRST_AT, FLAGS, FORMAT, IPV6, NEXT, PAYLOAD_TYPE, PORTS, SOURCE, SSRC, TAKEN, WORDS } = layout;
const { double, int } = reads;

/** What the payload types of streams mean; a record holds the index of its own in `PacketTable.formats`. */
export type PacketFormat = {
  readonly kind: number;
  /** Hz; absent while unknown. */
  readonly clockRate?: number;
  readonly clockRateOrigin?: ClockRateOrigin;
  readonly codec?: string;
  readonly media?: Media;
  /** RED: its primary block says whether a packet is media. */
  readonly red?: true;
  /** A stream of its own that repairs others (RTX, FlexFEC). */
  readonly repair?: true;
  /** Absent: nobody said whether the payload is. */
  readonly encrypted?: boolean;
  /** The bits in FLAGS of a format whose packets tell the height of their pictures. */
  readonly pictures?: number;
};

/** A packet that waits behind a jump of the sequence. Microseconds; the rest as in the header. */
export type Held = {
  readonly micros: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly isMedia: boolean;
  readonly octets: number;
  duplicates: number;
};

/** Eleven days of outages. */
export const MOST_SPREAD = 1_000_000;

/** Who takes the slots of streams as they close. */
export type SlotSink = (stream: number, interval: Omit<Interval, 'streamId'>) => void;

/** All streams of packets that are measured together. */
export type PacketTable = {
  /** All records; the three arrays below see it. */
  block: ArrayBuffer;
  words: Int32Array;
  floats: Float32Array;
  doubles: Float64Array;
  /** Records used or freed; room for so many. */
  size: number;
  capacity: number;
  /** Open addressing by path and SSRC: index + 1. Chains by SSRC alone: index + 1 of the latest. */
  slots: Int32Array;
  bySsrc: Int32Array;
  readonly free: number[];
  /** Arrival of the packet that is being taken, microseconds: handed from function to function it would be an object each. */
  at: number;
  readonly formats: PacketFormat[];
  readonly held: Map<number, Held>;
  readonly guesses: Map<number, ClockGuess>;
  /** By stream: which numbers came before those that its record tells of; only of streams that send so many (packet-seen.ts). */
  readonly olderSeen: Map<number, Int32Array>;
  /** By stream: where its slots are parted (packet-cut.ts). */
  readonly partings: Map<number, Parting>;
  readonly slotSeconds: number;
  /** Seconds in which the capture itself lost something. */
  readonly tainted: Map<number, Taint>;
  /** How many more seconds holes may be spread over: a file of made-up hours must not cost a slot for each. */
  spreadLeft: number;
  /** Epoch seconds between which the capture looked. */
  observedFrom: number;
  observedTo: number;
  readonly onSlot: SlotSink | undefined;
  /** Called when a stream goes on that was silent for ten seconds or more; microseconds. */
  onPause: ((stream: number, from: number, to: number) => void) | undefined;
  /** Called when the clock rate of a stream was found out from its timestamps. */
  onClock: ((stream: number, clockRate: number) => void) | undefined;
};

/** Where packets come from and go to: addresses as four words each, ports, family 4 or 6. */
export type PacketPath = {
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly addressFamily: number;
};

const FIRST_CAPACITY = 64;
/** Half of the slots stay empty: probes are short. */
const SLOTS_PER_STREAM = 2;

/** No streams yet. */
export function newPacketTable(
  options: { readonly slotSeconds?: number; readonly onSlot?: SlotSink } = {},
): PacketTable {
  const block = new ArrayBuffer(FIRST_CAPACITY * WORDS * 4);
  return {
    block,
    words: new Int32Array(block),
    floats: new Float32Array(block),
    doubles: new Float64Array(block),
    size: 0,
    capacity: FIRST_CAPACITY,
    slots: new Int32Array(FIRST_CAPACITY * SLOTS_PER_STREAM),
    bySsrc: new Int32Array(FIRST_CAPACITY),
    free: [],
    at: 0.5,
    formats: [{ kind: 0 }],
    held: new Map(),
    guesses: new Map(),
    olderSeen: new Map(),
    partings: new Map(),
    slotSeconds: options.slotSeconds ?? 5,
    tainted: new Map(),
    spreadLeft: MOST_SPREAD,
    observedFrom: Number.POSITIVE_INFINITY,
    observedTo: Number.NEGATIVE_INFINITY,
    onSlot: options.onSlot,
    onPause: undefined,
    onClock: undefined,
  };
}

/** Index of the stream of this SSRC (signed 32 bits) on this path, -1 if there is none. */
export function findStream(table: PacketTable, path: PacketPath, ssrc: number): number {
  const { source, destination, sourcePort, destinationPort, addressFamily } = path;
  return lookUp(table, ssrc, (sourcePort << 16) | destinationPort, source, destination, addressFamily);
}

/** The same by parts: paths come as objects of several shapes, and packets must not pay for that. `ports`: source in the upper half. */
export function lookUp(
  table: PacketTable,
  ssrc: number,
  ports: number,
  source: Int32Array,
  destination: Int32Array,
  addressFamily: number,
): number {
  const from = int(source, 3);
  const to = int(destination, 3);
  if (addressFamily === 4) return lookUpIpv4(table, ssrc, ports, from, to);
  const { slots, words } = table;
  const mask = slots.length - 1;
  for (let slot = hash(ssrc, ports, from, to) & mask; ; slot = (slot + 1) & mask) {
    const index = int(slots, slot) - 1;
    if (index < 0) return -1;
    const w = index * WORDS;
    if (words[w + SSRC] === ssrc && words[w + PORTS] === ports && isFrom(words, w, source, destination)) return index;
  }
}

/** The same between two IPv4 addresses. */
export function lookUpIpv4(
  { slots, words }: PacketTable,
  ssrc: number,
  ports: number,
  from: number,
  to: number,
): number {
  const mask = slots.length - 1;
  for (let slot = hash(ssrc, ports, from, to) & mask; ; slot = (slot + 1) & mask) {
    const index = int(slots, slot) - 1;
    if (index < 0) return -1;
    const w = index * WORDS;
    if (
      words[w + SSRC] === ssrc &&
      words[w + PORTS] === ports &&
      words[w + SOURCE + 3] === from &&
      words[w + DESTINATION + 3] === to &&
      (int(words, w + FLAGS) & IPV6) === 0
    ) {
      return index;
    }
  }
}

/** Makes a record for a stream that is not there yet; everything in it is 0 but its key. */
export function insertStream(table: PacketTable, path: PacketPath, ssrc: number): number {
  const index = table.free.pop() ?? grown(table);
  const { words } = table;
  const w = index * WORDS;
  words.fill(0, w, w + WORDS);
  words[w + SSRC] = ssrc;
  words[w + PORTS] = (path.sourcePort << 16) | path.destinationPort;
  words.set(path.source, w + SOURCE);
  words.set(path.destination, w + DESTINATION);
  words[w + FLAGS] = TAKEN | (path.addressFamily === 4 ? 0 : IPV6);
  words[w + PAYLOAD_TYPE] = -1;
  words[w + FORMAT] = 0;
  enter(table, index);
  return index;
}

/** Forgets streams. Their indices are used again. */
export function removeStreams(table: PacketTable, indices: readonly number[]): void {
  for (const index of indices) {
    table.words[index * WORDS + FLAGS] = 0;
    table.held.delete(index);
    table.guesses.delete(index);
    table.olderSeen.delete(index);
    table.partings.delete(index);
    table.free.push(index);
  }
  rebuild(table, table.slots.length);
}

/** Whether a record is in use. */
export function isTaken(table: PacketTable, index: number): boolean {
  return (int(table.words, index * WORDS + FLAGS) & TAKEN) !== 0;
}

/** The other streams of an SSRC, latest first; at most 16. */
export function streamsOfSsrc(table: PacketTable, ssrc: number): readonly number[] {
  const found: number[] = [];
  let next = int(table.bySsrc, hash(ssrc, 0, 0, 0) & (table.bySsrc.length - 1));
  for (let steps = 0; next !== 0 && steps < 64 && found.length < 16; steps += 1) {
    const w = (next - 1) * WORDS;
    if (table.words[w + SSRC] === ssrc) found.push(next - 1);
    next = int(table.words, w + NEXT);
  }
  return found;
}

function grown(table: PacketTable): number {
  if (table.size === table.capacity) {
    // Small steps: room that nobody uses is memory per stream too.
    const capacity = table.capacity + Math.max(FIRST_CAPACITY, table.capacity >> 3);
    // Moved, not copied beside itself: the old block is free at once.
    const block = table.block.transfer(capacity * WORDS * 4);
    table.block = block;
    table.words = new Int32Array(block);
    table.floats = new Float32Array(block);
    table.doubles = new Float64Array(block);
    table.capacity = capacity;
  }
  table.size += 1;
  if (table.size * SLOTS_PER_STREAM > table.slots.length) rebuild(table, table.slots.length * 2);
  return table.size - 1;
}

function rebuild(table: PacketTable, length: number): void {
  table.slots = new Int32Array(length);
  table.bySsrc = new Int32Array(length / SLOTS_PER_STREAM);
  for (let index = 0; index < table.size; index += 1) if (isTaken(table, index)) enter(table, index);
}

function enter(table: PacketTable, index: number): void {
  const { slots, words, bySsrc } = table;
  const w = index * WORDS;
  const mask = slots.length - 1;
  const ssrc = int(words, w + SSRC);
  let slot = hash(ssrc, int(words, w + PORTS), int(words, w + SOURCE + 3), int(words, w + DESTINATION + 3)) & mask;
  while (slots[slot] !== 0) slot = (slot + 1) & mask;
  slots[slot] = index + 1;
  const chain = hash(ssrc, 0, 0, 0) & (bySsrc.length - 1);
  words[w + NEXT] = int(bySsrc, chain);
  bySsrc[chain] = index + 1;
}

/** Multiplicative mixing (Knuth, TAOCP 6.4); the upper bits come down, since the mask takes the lower. */
export function hash(ssrc: number, ports: number, from: number, to: number): number {
  let mixed = Math.imul(ssrc ^ Math.imul(ports, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(from, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15) ^ to, 0x27d4eb2f);
  return mixed ^ (mixed >>> 13);
}

function isFrom(words: Int32Array, w: number, source: Int32Array, destination: Int32Array): boolean {
  for (let i = 0; i < 4; i += 1) {
    if (words[w + SOURCE + i] !== source[i] || words[w + DESTINATION + i] !== destination[i]) return false;
  }
  return (int(words, w + FLAGS) & IPV6) !== 0;
}

/** Epoch seconds of the first packet of a stream. */
export function firstSecond(table: PacketTable, index: number): number {
  return double(table.doubles, index * WORDS + FIRST_AT) / 1e6;
}
