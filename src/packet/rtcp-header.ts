/**
 * What every RTCP packet begins with (RFC 3550, 6.1). The length counts 32-bit words, minus one.
 *
 *      0                   1                   2                   3
 *      |V=2|P|  count  |  packet type  |            length             |
 */
export const RTCP_HEADER = 4;
const VERSION = 2;
const PADDING = 0x20;
const COUNT = 0x1f;

/** RFC 5761, 4: with these in the second octet it is RTCP, and RTP does not use the payload types 64–95. */
const FIRST_TYPE = 192;
const LAST_TYPE = 223;

/** One packet of a compound: `[start, end)` as captured, without padding. */
export type RtcpExtent = { readonly count: number; readonly start: number; readonly end: number };

/** Version and packet type of RTCP stand here. */
export function isRtcpHeader(view: DataView, at: number): boolean {
  const type = view.getUint8(at + 1);
  return view.getUint8(at) >> 6 === VERSION && type >= FIRST_TYPE && type <= LAST_TYPE;
}

/** Octets of the packet that begins here, its header included. */
export function rtcpLength(view: DataView, at: number): number {
  return (view.getUint16(at + 2) + 1) * 4;
}

/** The packet that begins at `at`, cut at `end`. Its padding is taken off where its count was captured and fits. */
export function rtcpExtent(view: DataView, at: number, end: number): RtcpExtent {
  const first = view.getUint8(at);
  const whole = at + rtcpLength(view, at);
  const padding = first & PADDING && whole <= end ? view.getUint8(whole - 1) : 0;
  const body = whole - at - RTCP_HEADER;
  return { count: first & COUNT, start: at, end: padding <= body ? Math.min(whole - padding, end) : whole };
}
