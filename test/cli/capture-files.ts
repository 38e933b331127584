import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One UDP datagram of a capture made here. */
export type Sent = {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly from: readonly [address: string, port: number];
  readonly to: readonly [address: string, port: number];
  readonly payload: Uint8Array;
};

/** A classic little-endian pcap in microseconds, link type raw IP (101). */
export function pcapOf(sent: readonly Sent[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(101, 20);
  return Buffer.concat([head, ...sent.map(recordOf)]);
}

function recordOf({ at, from, to, payload }: Sent): Buffer {
  const packet = ipv4(from, to, payload);
  const head = Buffer.alloc(16);
  const micros = Math.round(at * 1e6);
  head.writeUInt32LE(Math.floor(micros / 1e6), 0);
  head.writeUInt32LE(micros % 1e6, 4);
  head.writeUInt32LE(packet.length, 8);
  head.writeUInt32LE(packet.length, 12);
  return Buffer.concat([head, packet]);
}

function ipv4(from: Sent['from'], to: Sent['to'], payload: Uint8Array): Buffer {
  const head = Buffer.alloc(28);
  head.writeUInt8(0x45, 0);
  head.writeUInt16BE(28 + payload.length, 2);
  head.writeUInt8(64, 8);
  head.writeUInt8(17, 9);
  head.set([...from[0].split('.'), ...to[0].split('.')].map(Number), 12);
  head.writeUInt16BE(from[1], 20);
  head.writeUInt16BE(to[1], 22);
  head.writeUInt16BE(8 + payload.length, 24);
  return Buffer.concat([head, payload]);
}

/** An RTP packet (RFC 3550, 5.1) of 160 octets. */
export function rtp(sequence: number, timestamp: number, ssrc: number, payloadType = 0): Buffer {
  const packet = Buffer.alloc(172);
  packet.writeUInt8(0x80, 0);
  packet.writeUInt8(payloadType, 1);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE(timestamp >>> 0, 4);
  packet.writeUInt32BE(ssrc >>> 0, 8);
  return packet;
}

export type Flow = Pick<Sent, 'from' | 'to'> & {
  readonly ssrc: number;
  readonly start: number;
  readonly count: number;
  readonly payloadType?: number;
  /** Hz. */
  readonly clock?: number;
  readonly lost?: readonly number[];
};

/** Audio of 50 packets a second, without jitter. */
export function flow({
  from,
  to,
  ssrc,
  start,
  count,
  payloadType = 0,
  clock = 8000,
  lost = [],
}: Flow): readonly Sent[] {
  return Array.from({ length: count }, (_, index) => index)
    .filter((index) => !lost.includes(index))
    .map((index) => ({
      at: start + 0.02 * index,
      from,
      to,
      payload: rtp(1000 + index, Math.round(index * 0.02 * clock), ssrc, payloadType),
    }));
}

/** Datagrams of several flows by time. */
export const merged = (...flows: readonly (readonly Sent[])[]): readonly Sent[] =>
  flows.flat().toSorted((a, b) => a.at - b.at);

/** A SIP message of one call as a datagram. */
export function sip(
  at: number,
  [from, to]: readonly [Sent['from'], Sent['to']],
  start: string,
  more: { tag?: string; sequence?: string; sdp?: string; callId?: string; agent?: string } = {},
): Sent {
  const { tag, sequence = '1 INVITE', sdp = '', callId = 'call-1@room', agent } = more;
  const lines = [
    start,
    'Via: SIP/2.0/UDP x',
    'From: "Boardroom" <sip:boardroom@example.com>;tag=r',
    `To: <sip:meeting@example.com>${tag === undefined ? '' : `;tag=${tag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${sequence}`,
    ...(agent === undefined ? [] : [`${start.startsWith('SIP/') ? 'Server' : 'User-Agent'}: ${agent}`]),
    ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    '',
    sdp,
  ];
  return { at, from, to, payload: Buffer.from(lines.join('\r\n')) };
}

/** Writes files into a directory of their own; answers their paths. */
export function written(files: Readonly<Record<string, Uint8Array | string>>): Readonly<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'otherleg-analyze-'));
  return Object.fromEntries(
    Object.entries(files).map(([name, octets]) => {
      const path = join(directory, name);
      writeFileSync(path, octets);
      return [name, path];
    }),
  );
}
