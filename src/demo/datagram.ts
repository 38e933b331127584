/** What a datagram on a WebRTC transport is, as far as its clear first octets tell. */
export type Datagram =
  | { readonly kind: 'stun' | 'dtls' | 'other' }
  | { readonly kind: 'rtp'; readonly ssrc: number; readonly timestamp: number }
  | { readonly kind: 'rtcp'; readonly ssrc: number; readonly packetType: number; readonly reportCount: number };

const RTP_HEADER = 12;
const RTCP_HEADER = 8;

/**
 * Tells STUN, DTLS and RTP apart by the first octet (RFC 7983, 7) and RTP from RTCP by the second (RFC 5761, 4). SRTP
 * encrypts neither the RTP header nor the first eight octets of an RTCP compound, so no keys are needed.
 */
export function readDatagram(octets: Buffer): Datagram {
  const first = octets[0] ?? 255;
  if (first <= 3) return { kind: 'stun' };
  if (first >= 20 && first <= 63) return { kind: 'dtls' };
  if (first < 128 || first > 191 || octets.length < RTCP_HEADER) return { kind: 'other' };
  const packetType = octets.readUInt8(1);
  if (packetType >= 192 && packetType <= 223) {
    return { kind: 'rtcp', ssrc: octets.readUInt32BE(4), packetType, reportCount: first & 0x1f };
  }
  if (octets.length < RTP_HEADER) return { kind: 'other' };
  return { kind: 'rtp', ssrc: octets.readUInt32BE(8), timestamp: octets.readUInt32BE(4) };
}
