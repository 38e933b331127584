/**
 * Redundant audio data (RFC 2198, 3), also libwebrtc's video: headers of the blocks in a row, the last one is the primary's.
 *
 *      0                   1                   2                   3
 *      |1|  block PT   |      timestamp offset     |   block length    | redundant
 *      |0|  block PT   |                                                 primary
 */
const REDUNDANT_HEADER = 4;
const FOLLOWS = 0x80;

/**
 * Payload type of the primary block of a RED payload, -1 where the block headers were not captured whole or contradict
 * themselves (encrypted media). `[start, end)` = RTP payload as captured of `length` octets on the wire.
 */
export function redPrimaryPayloadType(view: DataView, start: number, end: number, length: number): number {
  let at = start;
  let redundant = 0;
  while (at < end) {
    const first = view.getUint8(at);
    if (first < FOLLOWS) return at - start + 1 + redundant <= length ? first : -1;
    if (end - at < REDUNDANT_HEADER) return -1;
    redundant += view.getUint16(at + 2) & 0x03ff;
    at += REDUNDANT_HEADER;
  }
  return -1;
}
