import type { Endpoint } from '../model/channel.ts';
import { addressText } from './address.ts';

/** A STUN message (RFC 8489, 5), as far as a passive observer needs it. */
export type StunMessage = {
  readonly class: 'request' | 'indication' | 'success' | 'error';
  /** 1 = binding; 6, 7 = TURN Send and Data. */
  readonly method: number;
  /** 24 hexadecimal digits; 32 for a classic message without the magic cookie (RFC 3489). */
  readonly transactionId: string;
  /** XOR-MAPPED-ADDRESS, or MAPPED-ADDRESS. */
  readonly mappedAddress?: Endpoint;
  /** XOR-PEER-ADDRESS of TURN. */
  readonly peerAddress?: Endpoint;
  /** ICE: the controlling side nominates this pair (RFC 8445, 7.1.1). */
  readonly useCandidate?: true;
  /** The DATA attribute of TURN Send and Data indications: `octets[start, end)` captured, `length` on the wire. */
  readonly data?: { readonly start: number; readonly end: number; readonly length: number };
};

/**
 * The header. Of the 14 bits of the type, bits 4 and 8 are the class, the others the method.
 *
 *      0                   1                   2                   3
 *    0 |0 0|M M M M M|C|M M M|C|M M M M|         message length        |
 *    4 |                         magic cookie                          |
 *    8 |                 transaction identifier, 96 bits …             |
 */
const HEADER = 20;
const LENGTH = 2;
const COOKIE = 4;
const MAGIC_COOKIE = 0x2112a442;
const TRANSACTION = 8;
const CLASSES = ['request', 'indication', 'success', 'error'] as const;

/** Attributes (RFC 8489, 14): type 16 bits, length 16 bits, value padded to 32 bits. */
const ATTRIBUTE_HEADER = 4;
const MAPPED_ADDRESS = 0x0001;
const XOR_PEER_ADDRESS = 0x0012;
const DATA = 0x0013;
const XOR_MAPPED_ADDRESS = 0x0020;
const USE_CANDIDATE = 0x0025;

type Attribute = { readonly type: number; readonly start: number; readonly length: number };

/** Undefined if it is no STUN. A message cut by the capture yields the attributes that are whole (of DATA: what is there). */
export function readStun(view: DataView, start: number, end: number, length: number): StunMessage | undefined {
  if (end - start < HEADER) return undefined;
  const type = view.getUint16(start);
  const attributesLength = view.getUint16(start + LENGTH);
  if (type >= 0x4000 || attributesLength % 4 !== 0 || attributesLength + HEADER !== length) return undefined;
  const modern = view.getUint32(start + COOKIE) === MAGIC_COOKIE;
  return {
    class: CLASSES[((type >> 7) & 2) | ((type >> 4) & 1)] ?? 'request',
    method: (type & 0x000f) | ((type >> 1) & 0x0070) | ((type >> 2) & 0x0f80),
    transactionId: hexadecimal(view, start + (modern ? TRANSACTION : COOKIE), start + HEADER),
    ...readAttributes(view, start, end),
  };
}

/** TURN's Send and Data indications (RFC 8656, 11): class and method as they stand in the message type. */
const SEND_INDICATION = 0x0016;
const DATA_INDICATION = 0x0017;

/** What a TURN indication carries; undefined for every other message. */
export function carriedByTurn(
  view: DataView,
  start: number,
  end: number,
  length: number,
): NonNullable<StunMessage['data']> | undefined {
  const type = end - start < HEADER ? 0 : view.getUint16(start);
  if (type !== SEND_INDICATION && type !== DATA_INDICATION) return undefined;
  const data = readStun(view, start, end, length)?.data;
  // Longer than the message that it stands in: nobody has sent that.
  return data === undefined || data.start + data.length > start + length ? undefined : data;
}

/** The first of its kind counts (RFC 8489, 14), but the masked mapped address, which no middlebox rewrites, beats the plain one. */
function readAttributes(view: DataView, message: number, end: number): Partial<StunMessage> {
  let found: Partial<StunMessage> = {};
  let at = message + HEADER;
  while (at + ATTRIBUTE_HEADER <= end) {
    const attribute = {
      type: view.getUint16(at),
      start: at + ATTRIBUTE_HEADER,
      length: view.getUint16(at + 2),
    };
    const read = readAttribute(view, message, end, attribute);
    found = attribute.type === XOR_MAPPED_ADDRESS ? { ...found, ...read } : { ...read, ...found };
    at = attribute.start + Math.ceil(attribute.length / 4) * 4;
  }
  return found;
}

function readAttribute(view: DataView, message: number, end: number, attribute: Attribute): Partial<StunMessage> {
  const { type, start, length } = attribute;
  if (type === DATA) return { data: { start: Math.min(start, end), end: Math.min(start + length, end), length } };
  if (start + length > end) return {};
  if (type === USE_CANDIDATE) return { useCandidate: true };
  const masked = type !== MAPPED_ADDRESS;
  if (masked && type !== XOR_MAPPED_ADDRESS && type !== XOR_PEER_ADDRESS) return {};
  const address = readAddress(view, start, length, masked ? message + COOKIE : -1);
  if (address === undefined) return {};
  return type === XOR_PEER_ADDRESS ? { peerAddress: address } : { mappedAddress: address };
}

/**
 * 8 zero bits, family (1 = IPv4, 2 = IPv6), port, address (RFC 8489, 14.1). In XOR-… both are masked by what stands
 * from `mask` on: the cookie, and for IPv6 the transaction identifier behind it (14.2).
 */
function readAddress(view: DataView, at: number, length: number, mask: number): Endpoint | undefined {
  const family = length >= 2 ? view.getUint8(at + 1) : 0;
  const words = family === 1 ? 1 : 4;
  if ((family !== 1 && family !== 2) || length !== 4 + 4 * words) return undefined;
  const address = new Int32Array(4);
  for (let word = 0; word < words; word++) {
    const masked = view.getInt32(at + 4 + 4 * word);
    address[4 - words + word] = mask < 0 ? masked : masked ^ view.getInt32(mask + 4 * word);
  }
  const port = view.getUint16(at + 2) ^ (mask < 0 ? 0 : view.getUint16(mask));
  return { address: addressText(address, family === 1 ? 4 : 6), port };
}

function hexadecimal(view: DataView, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at += 4) text += view.getUint32(at).toString(16).padStart(8, '0');
  return text;
}
