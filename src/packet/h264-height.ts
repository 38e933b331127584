import { BitReader } from './bit-reader.ts';
import { likelyHeight } from './picture-height.ts';

/**
 * NAL units in RTP (RFC 6184, 5.2 to 5.8): |F|NRI| type |, then for
 *
 *   STAP-A  | length (16) | NAL unit | length | NAL unit …
 *   FU-A    |S|E|R| type | the NAL unit without its first octet …
 */
const TYPE = 0x1f;
const SEQUENCE_PARAMETERS = 7;
const STAP_A = 24;
const FU_A = 28;
const FORBIDDEN = 0x80;
/** The first fragment of sequence parameters; E and R do not matter. */
const FRAGMENT = 0x9f;
const FIRST_FRAGMENT = 0x80 | SEQUENCE_PARAMETERS;

/** Profiles whose parameter set tells the chroma format (ITU-T H.264, 7.3.2.1.1). */
const HIGH = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 144, 244]);
const CHROMA_420 = 1;
const CHROMA_444 = 3;
const MACROBLOCK = 16;
/** Bounds of the syntax (7.4.2.1.1). */
const MOST_PARAMETER_SETS = 31;
const DEEPEST = 6;
const LARGEST_COUNTER = 12;
const LONGEST_ORDER_CYCLE = 255;
const MOST_REFERENCES = 16;
const MOST_MACROBLOCKS = 1024;

/** Height in pixels that the sequence parameters in an RTP payload `[start, end)` as captured tell; 0 if it has none. */
export function h264Height(view: DataView, start: number, end: number): number {
  if (end - start < 2) return 0;
  const first = view.getUint8(start);
  const type = first & TYPE;
  if (first >= FORBIDDEN) return 0;
  if (type === SEQUENCE_PARAMETERS) return parametersHeight(view, start + 1, end);
  if (type === STAP_A) return aggregatedHeight(view, start + 1, end);
  if (type !== FU_A || (view.getUint8(start + 1) & FRAGMENT) !== FIRST_FRAGMENT) return 0;
  return parametersHeight(view, start + 2, end);
}

/** Of several parameter sets the last one counts. */
function aggregatedHeight(view: DataView, start: number, end: number): number {
  let height = 0;
  for (let at = start; end - at > 2; ) {
    const length = view.getUint16(at);
    const unit = at + 2;
    at = unit + length;
    if (length === 0 || (view.getUint8(unit) & (FORBIDDEN | TYPE)) !== SEQUENCE_PARAMETERS) continue;
    height = parametersHeight(view, unit + 1, Math.min(at, end)) || height;
  }
  return height;
}

/** seq_parameter_set_data() behind the NAL unit's first octet. */
function parametersHeight(view: DataView, start: number, end: number): number {
  const reader = new BitReader(view, start, end, true);
  const profile = reader.bits(8);
  reader.bits(16);
  reader.atMost(MOST_PARAMETER_SETS);
  const chroma = HIGH.has(profile) ? readChroma(reader) : CHROMA_420;
  reader.atMost(LARGEST_COUNTER);
  passOrder(reader);
  reader.atMost(MOST_REFERENCES);
  reader.flag();
  reader.atMost(MOST_MACROBLOCKS - 1);
  const rows = reader.atMost(MOST_MACROBLOCKS - 1) + 1;
  const fields = reader.flag() ? 1 : 2;
  if (fields === 2) reader.flag();
  reader.flag();
  const cropped = reader.flag() ? readCropping(reader) : 0;
  const unit = (chroma === CHROMA_420 ? 2 : 1) * fields;
  return reader.isOver ? 0 : likelyHeight(MACROBLOCK * rows * fields - unit * cropped);
}

/** The chroma format as cropping counts it: planes of their own are like none. */
function readChroma(reader: BitReader): number {
  const format = reader.atMost(CHROMA_444);
  const isSeparate = format === CHROMA_444 && reader.flag();
  reader.atMost(DEEPEST);
  reader.atMost(DEEPEST);
  reader.flag();
  if (reader.flag()) {
    const lists = format === CHROMA_444 ? 12 : 8;
    for (let list = 0; list < lists && !reader.isOver; list += 1)
      if (reader.flag()) passScaling(reader, list < 6 ? 16 : 64);
  }
  return isSeparate ? 0 : format;
}

/** scaling_list(): a next scale of 0 ends what is sent of it (7.3.2.1.1.1). */
function passScaling(reader: BitReader, size: number): void {
  let last = 8;
  for (let index = 0; index < size && last !== 0 && !reader.isOver; index += 1) {
    last = (last + reader.signed() + 256) & 0xff;
  }
}

/** How pictures are ordered. */
function passOrder(reader: BitReader): void {
  const type = reader.atMost(2);
  if (type === 0) reader.atMost(LARGEST_COUNTER);
  if (type !== 1) return;
  reader.flag();
  reader.unsigned();
  reader.unsigned();
  const cycle = reader.atMost(LONGEST_ORDER_CYCLE);
  for (let index = 0; index < cycle && !reader.isOver; index += 1) reader.unsigned();
}

/** Units cropped from top and bottom. */
function readCropping(reader: BitReader): number {
  reader.unsigned();
  reader.unsigned();
  return reader.unsigned() + reader.unsigned();
}
