import type { Interval } from '../../src/model/interval.ts';
import { type KnownFormat, packetFormat, setFormat } from '../../src/quality/packet-format.ts';
import { PAYLOAD_TYPE, WORDS } from '../../src/quality/packet-layout.ts';
import { closeSeconds } from '../../src/quality/packet-seconds.ts';
import { insertStream, newPacketTable, type PacketTable } from '../../src/quality/packet-table.ts';
import { beginStream, takePacket } from '../../src/quality/packet-take.ts';
import { type PacketTotals, totalsOf } from '../../src/quality/packet-totals.ts';

/** Begin of every stream in these tests. */
export const BEGIN = 1_763_000_000;

/** One packet on the wire. Seconds after the begin; numbers may run on beyond their 16 and 32 bits. */
export type Sent = {
  readonly at: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker?: boolean;
  readonly payloadType?: number;
  readonly isMedia?: boolean;
  readonly octets?: number;
};

export type Measured = {
  readonly totals: PacketTotals;
  readonly intervals: readonly Interval[];
  readonly table: PacketTable;
};

export type Rig = {
  readonly formats?: Readonly<Record<number, KnownFormat>>;
  readonly slotSeconds?: number;
  readonly tainted?: readonly number[];
};

export const AUDIO: KnownFormat = { codec: 'PCMU', clockRate: 8000, media: 'audio' };
export const VIDEO: KnownFormat = { codec: 'H264', clockRate: 90_000, media: 'video' };

export const path = (port = 1) => ({
  source: new Int32Array([0, 0, 0, 0x0a000001]),
  destination: new Int32Array([0, 0, 0, 0x0a000002]),
  sourcePort: port,
  destinationPort: 2,
  addressFamily: 4,
});

/** What one stream of these packets comes to, with its intervals. */
export function measure(packets: readonly Sent[], rig: Rig = {}): Measured {
  const intervals: Interval[] = [];
  const table = newPacketTable({
    slotSeconds: rig.slotSeconds ?? 5,
    onSlot: (_stream, interval) => intervals.push({ streamId: 's', ...interval }),
  });
  table.observedFrom = BEGIN;
  table.observedTo = BEGIN + packets.reduce((latest, { at }) => Math.max(latest, at), 0);
  for (const second of rig.tainted ?? []) table.tainted.set(BEGIN + second, 'capture-dropped');
  const formats = rig.formats ?? { 0: AUDIO };
  for (const known of Object.values(formats)) table.formats.push(packetFormat(known));
  const types = Object.keys(formats).map(Number);
  const stream = insertStream(table, path(), 77);
  packets.forEach((packet, index) => {
    const {
      at,
      sequence,
      timestamp,
      payloadType = types[0] ?? 0,
      marker = false,
      isMedia = true,
      octets = 160,
    } = packet;
    const micros = Math.round((BEGIN + at) * 1e6);
    if (table.words[stream * WORDS + PAYLOAD_TYPE] !== payloadType) {
      setFormat(table, stream, payloadType, 1 + types.indexOf(payloadType), micros, timestamp | 0);
    }
    const facts = { sequence: sequence & 0xffff, timestamp: timestamp | 0, marker, isMedia, octets };
    if (index === 0) beginStream(table, stream, micros, facts);
    else takePacket(table, stream, micros, facts);
  });
  closeSeconds(table, stream);
  return { totals: totalsOf(table, stream), intervals, table };
}

/** Packets of even pace: `rate` per second for `seconds`, each delivered as `deliver` says (none: lost). */
export function paced(
  rate: number,
  seconds: number,
  deliver: (index: number, at: number) => readonly number[] = (_index, at) => [at],
  more: {
    readonly clock?: number;
    readonly firstSequence?: number;
    readonly firstTimestamp?: number;
    readonly phase?: number;
  } = {},
): readonly Sent[] {
  const { clock = 8000, firstSequence = 100, firstTimestamp = 1000, phase = 0.0025 } = more;
  const packets = Array.from({ length: Math.round(rate * seconds) }, (_, index) => {
    const at = phase + index / rate;
    const packet = { sequence: firstSequence + index, timestamp: Math.round(firstTimestamp + (index * clock) / rate) };
    return deliver(index, at).map((arrival): Sent => ({ ...packet, at: arrival }));
  });
  return packets.flat().toSorted((a, b) => a.at - b.at);
}

/** Lost from one second to another. */
export const outage = (from: number, to: number) => (_index: number, at: number) => (at >= from && at < to ? [] : [at]);

/** Repeatable numbers in [0, 1) (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A normal deviate with mean 0 and standard deviation 1 (Box and Muller). */
export function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
