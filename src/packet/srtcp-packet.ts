import { createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { SrtcpKeys } from './srtcp-keys.ts';
import type { SrtpSuite } from './srtp-suite.ts';

/** A packet that authenticated: the compound on octets of its own, and the index (31 bits) with the E flag above it. */
export type OpenedSrtcp = { readonly clear: Uint8Array; readonly index: number };

/** The header of its first packet, with the SSRC, is never encrypted (RFC 3711, 3.4). */
const CLEAR_HEADER = 8;
/** E flag and index. */
const INDEX = 4;
const GCM_TAG = 16;
const INDEX_MASK = 0x7fff_ffff;

/** Octets below which nothing is a protected packet. */
export const SMALLEST_SRTCP = CLEAR_HEADER + INDEX;

/** Whether an opened packet was encrypted (E = 1), not only authenticated. */
export const wasEncrypted = ({ index }: OpenedSrtcp): boolean => index >>> 31 === 1;

/** The number of an opened packet. */
export const indexOf = ({ index }: OpenedSrtcp): number => index & INDEX_MASK;

/** The sender of a packet of at least `SMALLEST_SRTCP` octets. */
export const senderOf = (packet: Uint8Array): number => word(packet, 4);

/**
 * Opens a packet of a counter mode suite (RFC 3711, 3.4); undefined: the tag is another one, or `mki` is not there.
 *
 *      | header 8 | encrypted … | E, index 4 | MKI | tag |
 *
 * The tag covers all that stands before the MKI (RFC 3711, 4.2).
 */
export function openCounter(
  suite: SrtpSuite,
  keys: SrtcpKeys,
  packet: Uint8Array,
  tagLength: number,
  mki: Uint8Array | undefined,
): OpenedSrtcp | undefined {
  const tagAt = packet.length - tagLength;
  const covered = tagAt - (mki?.length ?? 0);
  const indexAt = covered - INDEX;
  if (indexAt < CLEAR_HEADER || !stands(packet, covered, mki)) return undefined;
  const tag = createHmac('sha1', keys.authentication).update(packet.subarray(0, covered)).digest();
  if (!timingSafeEqual(tag.subarray(0, tagLength), packet.subarray(tagAt))) return undefined;
  const opened = { clear: Uint8Array.from(packet.subarray(0, indexAt)), index: word(packet, indexAt) };
  if (!wasEncrypted(opened)) return opened;
  // RFC 3711, 4.1.1: salt · 2^16 XOR SSRC · 2^64 XOR index · 2^16.
  const counter = new Uint8Array(16);
  counter.set(keys.salt);
  mix(counter, 4, senderOf(packet));
  mix(counter, 10, indexOf(opened));
  const cipher = createDecipheriv(suite.derivation, keys.encryption, counter);
  opened.clear.set(cipher.update(packet.subarray(CLEAR_HEADER, indexAt)), CLEAR_HEADER);
  return opened;
}

/**
 * Opens a packet of an AEAD suite (RFC 7714, 9 and 10); undefined: the tag is another one, or `mki` is not there.
 *
 *      | header 8 | encrypted … | tag 16 | E, index 4 | MKI |
 *
 * Beside what is encrypted the tag covers the header and E with the index; without encryption all the packet.
 */
export function openSealed(
  cipherName: 'aes-128-gcm' | 'aes-256-gcm',
  keys: SrtcpKeys,
  packet: Uint8Array,
  mki: Uint8Array | undefined,
): OpenedSrtcp | undefined {
  const indexAt = packet.length - (mki?.length ?? 0) - INDEX;
  const tagAt = indexAt - GCM_TAG;
  if (tagAt < CLEAR_HEADER || !stands(packet, indexAt + INDEX, mki)) return undefined;
  const opened = { clear: Uint8Array.from(packet.subarray(0, tagAt)), index: word(packet, indexAt) };
  const from = wasEncrypted(opened) ? CLEAR_HEADER : tagAt;
  // RFC 7714, 9.1: 00 00, SSRC, 00 00, index, XOR the salt.
  const counter = Uint8Array.from(keys.salt);
  mix(counter, 2, senderOf(packet));
  mix(counter, 8, indexOf(opened));
  const cipher = createDecipheriv(cipherName, keys.encryption, counter, { authTagLength: GCM_TAG });
  cipher.setAuthTag(packet.subarray(tagAt, indexAt));
  cipher.setAAD(Buffer.concat([packet.subarray(0, from), packet.subarray(indexAt, indexAt + INDEX)]));
  opened.clear.set(cipher.update(packet.subarray(from, tagAt)), from);
  try {
    cipher.final();
  } catch {
    return undefined; // this is how node tells a wrong tag
  }
  return opened;
}

function word(octets: Uint8Array, at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = octets.subarray(at, at + 4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** XORs a word in. */
function mix(counter: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i += 1) counter[at + i] = (counter[at + i] ?? 0) ^ ((value >>> (24 - 8 * i)) & 0xff);
}

/** Whether the identifier that is awaited, if any, is there. */
const stands = (packet: Uint8Array, at: number, mki: Uint8Array | undefined): boolean =>
  mki === undefined || mki.every((octet, i) => packet[at + i] === octet);
