import { BitReader } from './bit-reader.ts';
import { likelyHeight } from './picture-height.ts';

/**
 * The payload descriptor (RFC 9628, 4.2), whose optional octets follow in this order:
 *
 *    |I|P|L|F|B|E|V|Z|   I: |M| picture (7 or 15)|   L: |TID|U|SID|D|, without F | TL0PICIDX |
 *    F and P: | P_DIFF (7) |N| up to three, as long as N is set
 *    V: | N_S (3) |Y|G| reserved (3) |, with Y for each of N_S + 1 layers | width (16) | height (16) |
 */
const PICTURE = 0x80;
const INTER = 0x40;
const LAYERS = 0x20;
const FLEXIBLE = 0x10;
const BEGIN = 0x08;
const STRUCTURE = 0x02;
const LONG_PICTURE = 0x80;
const FOLLOWS = 0x01;
const MOST_REFERENCES = 3;
const SIZES = 0x10;
const SIZE = 4;
/** The first octet of a packet that tells nothing: no structure, and no key frame that begins. */
const KEY = BEGIN | INTER;

/** uncompressed_header() of the VP9 bitstream specification, 6.2. */
const FRAME_MARKER = 2;
const SYNC = 0x498342;
const RGB = 7;

/**
 * Height in pixels that an RTP payload `[start, end)` as captured tells: of the highest layer of its scalability
 * structure, else of the key frame that begins in it, where that has no layers; 0 if it tells none.
 */
export function vp9Height(view: DataView, start: number, end: number): number {
  if (end - start < 2) return 0;
  const first = view.getUint8(start);
  if ((first & STRUCTURE) === 0 && ((first & KEY) !== BEGIN || (first & LAYERS) !== 0)) return 0;
  let at = start + 1;
  if ((first & PICTURE) !== 0) at += view.getUint8(at) >= LONG_PICTURE ? 2 : 1;
  if ((first & LAYERS) !== 0) at += (first & FLEXIBLE) === 0 ? 2 : 1;
  if ((first & (FLEXIBLE | INTER)) === (FLEXIBLE | INTER)) at = behindReferences(view, at, end);
  if (at >= end) return 0;
  return (first & STRUCTURE) === 0 ? frameHeight(view, at, end) : structureHeight(view, at, end);
}

function behindReferences(view: DataView, start: number, end: number): number {
  let at = start;
  for (let count = 0; count < MOST_REFERENCES && at < end; count += 1) {
    at += 1;
    if ((view.getUint8(at - 1) & FOLLOWS) === 0) break;
  }
  return at;
}

/** The greatest of all layers that are told whole. */
function structureHeight(view: DataView, at: number, end: number): number {
  const first = view.getUint8(at);
  const layers = (first >> 5) + 1;
  if ((first & SIZES) === 0 || end - at < 1 + SIZE * layers) return 0;
  let height = 0;
  for (let layer = 0; layer < layers; layer += 1) height = Math.max(height, view.getUint16(at + 3 + SIZE * layer));
  return likelyHeight(height);
}

function frameHeight(view: DataView, start: number, end: number): number {
  const reader = new BitReader(view, start, end, false);
  if (reader.bits(2) !== FRAME_MARKER) return 0;
  const profile = reader.bits(1) + 2 * reader.bits(1);
  if (profile === 3) reader.flag();
  // A frame that is shown again, or one that is no key frame.
  if (reader.flag() || reader.flag()) return 0;
  reader.bits(2);
  if (reader.bits(24) !== SYNC || !passColours(reader, profile)) return 0;
  reader.bits(16);
  const height = reader.bits(16) + 1;
  return reader.isOver ? 0 : likelyHeight(height);
}

/** color_config() (6.2.2); false where the profile has no such colours. */
function passColours(reader: BitReader, profile: number): boolean {
  if (profile >= 2) reader.flag();
  const hasSampling = profile % 2 === 1;
  if (reader.bits(3) === RGB) {
    if (hasSampling) reader.flag();
    return hasSampling;
  }
  reader.bits(hasSampling ? 4 : 1);
  return true;
}
