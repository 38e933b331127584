import { addressWords } from '../../../src/packet/address.ts';

/** Builders of frames: what is inside first. Checksums are 0. */

const octetsOf = (address: string): Buffer => {
  const words = Buffer.alloc(16);
  for (const [index, word] of (addressWords(address) ?? []).entries()) words.writeInt32BE(word, index * 4);
  return address.includes(':') ? words : words.subarray(12);
};

export function udp(source: number, destination: number, payload = Buffer.alloc(20, 0x80)): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(source, 0);
  header.writeUInt16BE(destination, 2);
  header.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** A segment with ACK and PSH. */
export function tcp(source: number, destination: number, sequence: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(source, 0);
  header.writeUInt16BE(destination, 2);
  header.writeUInt32BE(sequence, 4);
  header[12] = 0x50;
  header[13] = 0x18;
  return Buffer.concat([header, payload]);
}

/** `offset` in units of eight octets. */
export function ipv4(source: string, destination: string, payload: Buffer, protocol = 17, offset = 0): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(offset, 6);
  header[8] = 64;
  header[9] = protocol;
  return Buffer.concat([header.subarray(0, 12), octetsOf(source), octetsOf(destination), payload]);
}

export function ipv6(source: string, destination: string, payload: Buffer, next = 17): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  header[7] = 64;
  return Buffer.concat([header, octetsOf(source), octetsOf(destination), payload]);
}

/** A later fragment of a UDP datagram: no ports in it. */
export const fragment4 = (source: string, destination: string, offset: number): Buffer =>
  ipv4(source, destination, Buffer.alloc(24, 0xaa), 17, offset);

export function fragment6(source: string, destination: string): Buffer {
  const header = Buffer.from([17, 0, 0x05, 0x00, 0, 0, 0, 1]);
  return ipv6(source, destination, Buffer.concat([header, Buffer.alloc(24, 0xaa)]), 44);
}

export const greOver = (source: string, destination: string, inner: Buffer): Buffer =>
  ipv4(source, destination, Buffer.concat([Buffer.from([0, 0, 0x08, 0x00]), inner]), 47);

/** IEEE 802.1Q, after the type that announces it. */
export function tag(identifier: number, type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(identifier, 0);
  header.writeUInt16BE(type, 2);
  return Buffer.concat([header, payload]);
}

export function ethernet(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(14, 2);
  header.writeUInt16BE(type, 12);
  return Buffer.concat([header, payload]);
}

export function pcapHeader(linkType = 1): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(linkType, 20);
  return header;
}

/** A record stamped so many microseconds after the epoch. */
export function pcapRecord(frame: Uint8Array, micros: number): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(Math.floor(micros / 1e6), 0);
  header.writeUInt32LE(micros % 1e6, 4);
  header.writeUInt32LE(frame.length, 8);
  header.writeUInt32LE(frame.length, 12);
  return Buffer.concat([header, frame]);
}

/** A capture whose records are stamped 0 s, 1 s, 2 s … */
export const pcapOf = (frames: readonly Uint8Array[]): Buffer =>
  Buffer.concat([pcapHeader(), ...frames.map((frame, index) => pcapRecord(frame, index * 1e6))]);
