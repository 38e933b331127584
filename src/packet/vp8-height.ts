import { likelyHeight } from './picture-height.ts';

/**
 * The payload descriptor (RFC 7741, 4.2), whose optional octets follow if X is set, and the header of a key frame (RFC
 * 6386, 9.1):
 *
 *    |X|R|N|S|R| PID |   |I|L|T|K|RSV|   |M| picture (7 or 15)|   | TL0PICIDX |   |TID|Y| KEYIDX |
 *
 *    0 | size (19), show, version (3), not a key frame | 9d 01 2a | scale (2), width (14) | scale (2), height (14) |
 */
const EXTENDED = 0x80;
/** S with partition 0, reserved bits aside: a frame begins. */
const BEGIN = 0x17;
const BEGINS = 0x10;
const PICTURE = 0x80;
const LEVEL = 0x40;
const LAYER_OR_KEY = 0x30;
const LONG_PICTURE = 0x80;

const INTER_FRAME = 1;
const START_CODE = 3;
const START = 0x9d012a;
const HEIGHT = 8;
const HEIGHT_BITS = 0x3fff;
const FRAME_HEADER = 10;

/** Height in pixels of the key frame that begins in an RTP payload `[start, end)` as captured; 0 if none does. */
export function vp8Height(view: DataView, start: number, end: number): number {
  if (end - start <= FRAME_HEADER) return 0;
  const first = view.getUint8(start);
  if ((first & BEGIN) !== BEGINS) return 0;
  const at = start + 1 + (first >= EXTENDED ? extensionLength(view, start + 1) : 0);
  if (end - at < FRAME_HEADER || (view.getUint8(at) & INTER_FRAME) !== 0) return 0;
  // The octet before the start code and the code as one word.
  if ((view.getUint32(at + START_CODE - 1) & 0xff_ffff) !== START) return 0;
  return likelyHeight(view.getUint16(at + HEIGHT, true) & HEIGHT_BITS);
}

/** Octets behind the first one. More than ten follow it. */
function extensionLength(view: DataView, at: number): number {
  const flags = view.getUint8(at);
  const picture = (flags & PICTURE) === 0 ? 0 : view.getUint8(at + 1) >= LONG_PICTURE ? 2 : 1;
  return 1 + picture + ((flags & LEVEL) === 0 ? 0 : 1) + ((flags & LAYER_OR_KEY) === 0 ? 0 : 1);
}
