import { compoundShape } from './rtcp.ts';
import { looksLikeSip } from './sip-lines.ts';

/** What a UDP payload is. `ENCRYPTED_RTCP`: readable in its first 8 octets only (SRTCP, RFC 3711, 3.4). */
export const OTHER = 0;
export const RTP = 1;
export const RTCP = 2;
export const ENCRYPTED_RTCP = 3;
export const STUN = 4;
export const DTLS = 5;
export const TURN_CHANNEL = 6;
export const ZRTP = 7;
export const SIP = 8;

export type PayloadKind =
  | typeof OTHER
  | typeof RTP
  | typeof RTCP
  | typeof ENCRYPTED_RTCP
  | typeof STUN
  | typeof DTLS
  | typeof TURN_CHANNEL
  | typeof ZRTP
  | typeof SIP;

/** Octets of the header of TURN channel data (RFC 8656, 12.4): what it carries begins after it and is to be classified again. */
export const CHANNEL_DATA_HEADER = 4;

/** Ranges of the first octet (RFC 7983, 7). */
const LAST_OF_STUN = 3;
const ZRTP_FIRST = 16;
const ZRTP_LAST = 19;
const DTLS_FIRST = 20;
const DTLS_LAST = 63;
const CHANNEL_FIRST = 64;
const CHANNEL_LAST = 79;
const RTP_FIRST = 128;
const RTP_LAST = 191;

const RTP_HEADER = 12;
const STUN_HEADER = 20;
const DTLS_HEADER = 13;
const DTLS_UNIFIED = 32;
const ZRTP_MAGIC = 0x5a525450;

/**
 * Tells by the first octets what `octets[start, end)` is, of `length` octets on the wire (RFC 7983, 7; RFC 5761, 4).
 * `RTP` here means: has the shape of it. Two in a row make a stream (RFC 3550, A.1), which is the caller's to know.
 */
export function classify(octets: Uint8Array, view: DataView, start: number, end: number, length: number): PayloadKind {
  if (end - start < 4) return OTHER;
  const first = view.getUint8(start);
  if (first >= RTP_FIRST && first <= RTP_LAST) return classifyMedia(view, start, end, length);
  if (first <= LAST_OF_STUN) return isStun(view, start, length) ? STUN : OTHER;
  if (first >= DTLS_FIRST && first <= DTLS_LAST && isDtls(view, start, end, length)) return DTLS;
  if (first >= ZRTP_FIRST && first <= ZRTP_LAST) return isZrtp(view, start, end) ? ZRTP : OTHER;
  if (first >= CHANNEL_FIRST && first <= CHANNEL_LAST && isChannelData(view, start, length)) return TURN_CHANNEL;
  return looksLikeSip(octets, start, end) ? SIP : OTHER;
}

/**
 * RTCP has 192–223 in its second octet (RFC 5761, 4), but so has RTP of the payload types 64–95 with the marker on a
 * port of its own: only lengths that add up make it RTCP.
 */
function classifyMedia(view: DataView, start: number, end: number, length: number): PayloadKind {
  const second = view.getUint8(start + 1);
  if (second >= 192 && second <= 223) {
    const shape = compoundShape(view, start, end, length);
    if (shape !== 'none') return shape === 'clear' ? RTCP : ENCRYPTED_RTCP;
  }
  return end - start >= RTP_HEADER ? RTP : OTHER;
}

/** RFC 8489, 5: the length counts 32-bit words of attributes. Classic messages have no magic cookie. */
function isStun(view: DataView, start: number, length: number): boolean {
  const attributes = view.getUint16(start + 2);
  return attributes % 4 === 0 && attributes + STUN_HEADER === length;
}

/**
 * DTLS 1.0 and 1.2 (RFC 6347, 4.1): content type, version 254.x; 1.3 (RFC 9147, 4): 001CSLEE, of which those with a
 * length (L) and without a connection identifier (C) are believed; BFCP begins alike.
 */
function isDtls(view: DataView, start: number, end: number, length: number): boolean {
  const type = view.getUint8(start);
  if (length < DTLS_HEADER) return false;
  if (type < DTLS_UNIFIED) return view.getUint8(start + 1) === 254;
  if ((type & 0x14) !== 4) return false;
  const at = type & 8 ? 3 : 2;
  return end - start >= at + 2 && at + 2 + view.getUint16(start + at) <= length;
}

/** RFC 6189, 5: 0001 and 12 unused bits, sequence number, magic cookie `ZRTP`. */
function isZrtp(view: DataView, start: number, end: number): boolean {
  return end - start >= 8 && view.getUint32(start + 4) === ZRTP_MAGIC;
}

/** RFC 8656, 12.4: channel number 0x4000–0x4FFF, length of the data; padding may follow. */
function isChannelData(view: DataView, start: number, length: number): boolean {
  const rest = length - CHANNEL_DATA_HEADER - view.getUint16(start + 2);
  return rest >= 0 && rest < 4;
}
