/**
 * The fixed header (RFC 3550, 5.1), CSRCs and header extension (5.3.1).
 *
 *      0                   1                   2                   3
 *    0 |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 *    4 |                           timestamp                           |
 *    8 |                             SSRC                              |
 *   12 | CSRC, CC of them …                                            |
 *      | defined by profile            | length in 32-bit words        | if X
 */
const FIXED_HEADER = 12;
const SEQUENCE = 2;
const TIMESTAMP = 4;
const SSRC = 8;
const VERSION = 2;
const PADDING = 0x20;
const EXTENSION = 0x10;
const CSRC_COUNT = 0x0f;
const EXTENSION_HEADER = 4;
const MARKER = 0x80;

/** One object, made once and filled again for each packet. */
export class RtpHeader {
  marker = false;
  /** 0–127. */
  payloadType = 0;
  /** 0–65,535. */
  sequence = 0;
  /** 32 bits as a signed integer: a difference is `(a - b) | 0`; `>>> 0` to show. */
  timestamp = 0;
  /** 32 bits as a signed integer; `>>> 0` to show. */
  ssrc = 0;
  csrcCount = 0;
  /** First octet of the payload in the datagram's octets. May lie beyond the captured end. */
  payloadStart = 0;
  /** Octets of payload on the wire, without `paddingLength`. -1 where the capture cut the header extension. */
  payloadLength = 0;
  /** Octets of padding, 0 without. Only believed where it fits: encrypted media has noise there (and is never refused for it). */
  paddingLength = 0;
}

/**
 * Reads the header of what `classify` called `RTP`: `octets[start, end)` captured of `length` octets on the wire. False
 * if less than 12 octets were captured, the version is not 2 or the header does not fit the datagram.
 */
export function readRtp(view: DataView, start: number, end: number, length: number, out: RtpHeader): boolean {
  if (end - start < FIXED_HEADER) return false;
  const first = view.getUint8(start);
  const csrcCount = first & CSRC_COUNT;
  const header = FIXED_HEADER + 4 * csrcCount;
  if (first >> 6 !== VERSION || header > length) return false;
  const second = view.getUint8(start + 1);
  out.marker = second >= MARKER;
  out.payloadType = second & 0x7f;
  out.sequence = view.getUint16(start + SEQUENCE);
  out.timestamp = view.getInt32(start + TIMESTAMP);
  out.ssrc = view.getInt32(start + SSRC);
  out.csrcCount = csrcCount;
  out.payloadStart = start + header;
  out.payloadLength = length - header;
  out.paddingLength = 0;
  if (first & EXTENSION && !passExtension(view, start + header, end, out)) return false;
  if (first & PADDING && end - start === length) takePadding(view, end, out);
  return true;
}

function passExtension(view: DataView, at: number, end: number, out: RtpHeader): boolean {
  if (out.payloadLength < EXTENSION_HEADER) return false;
  if (end - at < EXTENSION_HEADER) {
    out.payloadLength = -1;
    return true;
  }
  const extension = EXTENSION_HEADER + 4 * view.getUint16(at + 2);
  out.payloadStart += extension;
  out.payloadLength -= extension;
  return out.payloadLength >= 0;
}

/** The last octet counts the padding, itself included (RFC 3550, 5.1). */
function takePadding(view: DataView, end: number, out: RtpHeader): void {
  if (out.payloadLength <= 0) return;
  const padding = view.getUint8(end - 1);
  if (padding > out.payloadLength) return;
  out.paddingLength = padding;
  out.payloadLength -= padding;
}
