/** Builds octets of every layer, so that tests read like the wire. */
import { Buffer } from 'node:buffer';

/** Octets from hexadecimal text; blanks and line breaks are free, `// …` is a comment. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\/\/.*$/gm, '').replace(/\s+/g, '');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

export const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

export const u8 = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

export const u16 = (value: number): Uint8Array => u8((value >>> 8) & 255, value & 255);

export const u32 = (value: number): Uint8Array => concat(u16(value >>> 16), u16(value));

export const viewOf = (octets: Uint8Array): DataView =>
  new DataView(octets.buffer, octets.byteOffset, octets.byteLength);

const addressOctets = (address: string): Uint8Array => u8(...address.split('.').map(Number));

export const rtpPacket = (options: {
  marker?: boolean;
  payloadType?: number;
  sequence?: number;
  timestamp?: number;
  ssrc?: number;
  payload?: Uint8Array;
}): Uint8Array =>
  concat(
    u8(0x80, (options.marker ? 0x80 : 0) | (options.payloadType ?? 0)),
    u16(options.sequence ?? 1),
    u32(options.timestamp ?? 160),
    u32(options.ssrc ?? 0x11223344),
    options.payload ?? new Uint8Array(20),
  );

export const udp = (payload: Uint8Array, from = 5004, to = 6004): Uint8Array =>
  concat(u16(from), u16(to), u16(payload.length + 8), u16(0), payload);

export const tcp = (
  payload: Uint8Array,
  options: { from?: number; to?: number; sequence?: number; flags?: number } = {},
): Uint8Array =>
  concat(
    u16(options.from ?? 5060),
    u16(options.to ?? 5062),
    u32(options.sequence ?? 1),
    u32(0),
    u8(0x50, options.flags ?? 0x18),
    u16(8192),
    u32(0),
    payload,
  );

export const ipv4 = (
  payload: Uint8Array,
  options: {
    protocol?: number;
    source?: string;
    destination?: string;
    identification?: number;
    fragment?: number;
    options?: Uint8Array;
    total?: number;
  } = {},
): Uint8Array => {
  const extra = options.options ?? new Uint8Array(0);
  return concat(
    u8(0x45 + extra.length / 4, 0),
    u16(options.total ?? 20 + extra.length + payload.length),
    u16(options.identification ?? 7),
    u16(options.fragment ?? 0),
    u8(64, options.protocol ?? 17),
    u16(0),
    addressOctets(options.source ?? '192.0.2.1'),
    addressOctets(options.destination ?? '198.51.100.2'),
    extra,
    payload,
  );
};

export const V6_SOURCE = '20010db8000000000000000000000001';
export const V6_DESTINATION = '20010db8000000000000000000000002';

export const ipv6 = (payload: Uint8Array, next = 17): Uint8Array =>
  concat(hex('60000000'), u16(payload.length), u8(next, 64), hex(V6_SOURCE), hex(V6_DESTINATION), payload);

export const ethernet = (payload: Uint8Array, type = 0x0800): Uint8Array =>
  concat(hex('020000000001 020000000002'), u16(type), payload);

export type Record = {
  readonly seconds: number;
  readonly fraction: number;
  readonly data: Uint8Array;
  readonly original?: number;
};

const order = (littleEndian: boolean) => ({
  half: (value: number): Uint8Array => (littleEndian ? u16(value).reverse() : u16(value)),
  word: (value: number): Uint8Array => (littleEndian ? u32(value).reverse() : u32(value)),
});

export function pcap(
  records: readonly Record[],
  options: { littleEndian?: boolean; magic?: number; linkType?: number; minor?: number; extra?: number } = {},
): Uint8Array {
  const { half, word } = order(options.littleEndian ?? true);
  return concat(
    word(options.magic ?? 0xa1b2c3d4),
    half(2),
    half(options.minor ?? 4),
    word(0),
    word(0),
    word(262_144),
    word(options.linkType ?? 1),
    ...records.flatMap(({ seconds, fraction, data, original }) => [
      word(seconds),
      word(fraction),
      word(data.length),
      word(original ?? data.length),
      new Uint8Array(options.extra ?? 0),
      data,
    ]),
  );
}

/** Blocks of pcapng in one byte order. */
export function blocks(littleEndian: boolean) {
  const { half, word } = order(littleEndian);
  const padded = (octets: Uint8Array): Uint8Array => concat(octets, new Uint8Array((4 - (octets.length % 4)) % 4));
  const block = (type: number, ...body: readonly Uint8Array[]): Uint8Array => {
    const inside = concat(...body);
    return concat(word(type), word(inside.length + 12), inside, word(inside.length + 12));
  };
  const option = (code: number, value: Uint8Array): Uint8Array => concat(half(code), half(value.length), padded(value));
  const counter = (code: number, value: number): Uint8Array =>
    option(code, littleEndian ? concat(word(value), word(0)) : concat(word(0), word(value)));
  const data = (octets: Uint8Array, original = octets.length) => [word(octets.length), word(original), padded(octets)];
  return {
    block,
    option,
    counter,
    end: option(0, new Uint8Array(0)),
    section: () => block(0x0a0d0d0a, word(0x1a2b3c4d), half(1), half(0), word(0xffffffff), word(0xffffffff)),
    describe: (linkType: number, snapLength: number, ...options: readonly Uint8Array[]) =>
      block(1, half(linkType), half(0), word(snapLength), ...options),
    packet: (id: number, high: number, low: number, octets: Uint8Array, original?: number, ...options: Uint8Array[]) =>
      block(6, word(id), word(high), word(low), ...data(octets, original), ...options),
    oldPacket: (id: number, drops: number, high: number, low: number, octets: Uint8Array) =>
      block(2, half(id), half(drops), word(high), word(low), ...data(octets)),
    simple: (original: number, octets: Uint8Array) => block(3, word(original), padded(octets)),
    statistics: (id: number, high: number, low: number, ...options: readonly Uint8Array[]) =>
      block(5, word(id), word(high), word(low), ...options),
  };
}
