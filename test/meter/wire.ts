import type { RecordSink } from '../../src/packet/capture-record.ts';

/** Begin of every capture in these tests. Epoch seconds. */
export const BEGIN = 1_763_000_000;

export type Ends = { readonly from: readonly [string, number]; readonly to: readonly [string, number] };
export type Rtp = {
  readonly ssrc: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly payloadType?: number;
  readonly marker?: boolean;
  readonly payload?: Uint8Array;
  /** Octets of padding, the last of which counts them. */
  readonly padding?: number;
};

export const DEVICE: readonly [string, number] = ['10.1.0.1', 5004];
export const GATEWAY: readonly [string, number] = ['10.0.0.1', 6004];
export const INBOUND: Ends = { from: DEVICE, to: GATEWAY };
export const OUTBOUND: Ends = { from: GATEWAY, to: DEVICE };

/** The RTCP path of a media path: the next ports. */
export function control({ from, to }: Ends): Ends {
  return { from: [from[0], from[1] + 1], to: [to[0], to[1] + 1] };
}

/** Hands one UDP datagram to the meter, as a raw IP record. `at` = seconds after the begin. */
export function send(meter: Pick<RecordSink, 'record'>, at: number, { from, to }: Ends, payload: Uint8Array): void {
  const packet = new Uint8Array(28 + payload.length);
  const view = new DataView(packet.buffer);
  packet.set([0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17]);
  view.setUint16(2, packet.length);
  packet.set(from[0].split('.').map(Number), 12);
  packet.set(to[0].split('.').map(Number), 16);
  view.setUint16(20, from[1]);
  view.setUint16(22, to[1]);
  view.setUint16(24, 8 + payload.length);
  packet.set(payload, 28);
  meter.record(packet, view, 0, packet.length, Math.round((BEGIN + at) * 1e6), 101, 0, packet.length);
}

export function rtp({
  ssrc,
  sequence,
  timestamp,
  payloadType = 0,
  marker = false,
  payload,
  padding = 0,
}: Rtp): Uint8Array {
  const body = payload ?? new Uint8Array(160).fill(0x55);
  const packet = new Uint8Array(12 + body.length + padding);
  const view = new DataView(packet.buffer);
  packet[0] = padding > 0 ? 0xa0 : 0x80;
  packet[1] = payloadType | (marker ? 0x80 : 0);
  view.setUint16(2, sequence & 0xffff);
  view.setUint32(4, timestamp >>> 0);
  view.setUint32(8, ssrc);
  packet.set(body, 12);
  if (padding > 0) packet[packet.length - 1] = padding;
  return packet;
}

export type Block = {
  readonly ssrc: number;
  readonly lost?: number;
  readonly highest: number;
  readonly jitter?: number;
  readonly lastReport?: number;
  readonly delay?: number;
};

/** A receiver report, or with `ntp` (seconds since 1900) a sender report. */
export function report(ssrc: number, blocks: readonly Block[], ntp?: number, packetCount = 0): Uint8Array {
  const begin = ntp === undefined ? 8 : 28;
  const packet = new Uint8Array(begin + 24 * blocks.length);
  const view = new DataView(packet.buffer);
  packet[0] = 0x80 | blocks.length;
  packet[1] = ntp === undefined ? 201 : 200;
  view.setUint16(2, packet.length / 4 - 1);
  view.setUint32(4, ssrc);
  if (ntp !== undefined) {
    view.setUint32(8, Math.floor(ntp));
    view.setUint32(12, Math.floor((ntp % 1) * 4_294_967_296));
    view.setUint32(20, packetCount);
  }
  blocks.forEach((block, index) => {
    const at = begin + 24 * index;
    view.setUint32(at, block.ssrc);
    view.setUint32(at + 4, (block.lost ?? 0) & 0xffffff);
    view.setUint32(at + 8, block.highest);
    view.setUint32(at + 12, block.jitter ?? 0);
    view.setUint32(at + 16, block.lastReport ?? 0);
    view.setUint32(at + 20, block.delay ?? 0);
  });
  return packet;
}

/** The middle 32 bits of an NTP time. */
export function middle(ntp: number): number {
  return ((Math.floor(ntp) & 0xffff) * 65_536 + Math.floor((ntp % 1) * 65_536)) >>> 0;
}

/** 50 packets/s of PCMU from one second to another; `more` changes each. */
export function talk(
  meter: Pick<RecordSink, 'record'>,
  ends: Ends,
  ssrc: number,
  from: number,
  to: number,
  more: (index: number) => Partial<Rtp> | undefined = () => ({}),
): void {
  for (let index = Math.round(from * 50); index < Math.round(to * 50); index += 1) {
    const changed = more(index);
    if (changed === undefined) continue;
    send(meter, index / 50 + 0.003, ends, rtp({ ssrc, sequence: index, timestamp: 160 * index, ...changed }));
  }
}
