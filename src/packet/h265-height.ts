import { BitReader } from './bit-reader.ts';
import { likelyHeight } from './picture-height.ts';

/**
 * NAL units in RTP (RFC 7798, 4.4), without the decoding order numbers of interleaved streams: |F| type (6)| layer (6) |
 * TID (3)|, then for
 *
 *   AP  | length (16) | NAL unit | length | NAL unit …
 *   FU  |S|E| type (6)| the NAL unit without its first two octets …
 */
const HEADER = 2;
const FORBIDDEN_AND_TYPE = 0xfe;
const SEQUENCE_PARAMETERS = 33 << 1;
const AGGREGATION = 48 << 1;
const FRAGMENTATION = 49 << 1;
/** The first fragment of sequence parameters; E does not matter. */
const FRAGMENT = 0xbf;
const FIRST_FRAGMENT = 0x80 | 33;
/** Bits of the layer in the two octets: other layers than the base have parameters of another form (H.265, F.7.3.2.2). */
const LAYER = 0x01f8;

const CHROMA_420 = 1;
const CHROMA_444 = 3;
/** Bounds of the syntax (ITU-T H.265, 7.4.3.2.1). */
const MOST_SUB_LAYERS = 6;
const MOST_PARAMETER_SETS = 15;
const LARGEST = 16_384;
/** Octets of a profile, and of its level. */
const PROFILE = 11;
const LEVEL = 1;

/** Height in pixels that the sequence parameters in an RTP payload `[start, end)` as captured tell; 0 if it has none. */
export function h265Height(view: DataView, start: number, end: number): number {
  if (end - start <= HEADER) return 0;
  const type = view.getUint8(start) & FORBIDDEN_AND_TYPE;
  if (type === SEQUENCE_PARAMETERS) return unitHeight(view, start, start + HEADER, end);
  if (type === AGGREGATION) return aggregatedHeight(view, start + HEADER, end);
  if (type !== FRAGMENTATION || (view.getUint8(start + HEADER) & FRAGMENT) !== FIRST_FRAGMENT) return 0;
  return unitHeight(view, start, start + HEADER + 1, end);
}

/** Of several parameter sets the last one counts. */
function aggregatedHeight(view: DataView, start: number, end: number): number {
  let height = 0;
  for (let at = start; end - at > 2 + HEADER; ) {
    const length = view.getUint16(at);
    const unit = at + 2;
    at = unit + length;
    if (length < HEADER || (view.getUint8(unit) & FORBIDDEN_AND_TYPE) !== SEQUENCE_PARAMETERS) continue;
    height = unitHeight(view, unit, unit + HEADER, Math.min(at, end)) || height;
  }
  return height;
}

/** The parameter set at `data` of a unit whose header is at `header`. */
function unitHeight(view: DataView, header: number, data: number, end: number): number {
  return (view.getUint16(header) & LAYER) === 0 ? parametersHeight(view, data, end) : 0;
}

/** seq_parameter_set_rbsp(). */
function parametersHeight(view: DataView, start: number, end: number): number {
  const reader = new BitReader(view, start, end, true);
  reader.bits(4);
  const subLayers = reader.bits(3);
  reader.flag();
  if (subLayers > MOST_SUB_LAYERS) return 0;
  passProfile(reader, subLayers);
  reader.atMost(MOST_PARAMETER_SETS);
  const chroma = reader.atMost(CHROMA_444);
  if (chroma === CHROMA_444) reader.flag();
  reader.atMost(LARGEST);
  const height = reader.atMost(LARGEST);
  const cropped = reader.flag() ? readCropping(reader) : 0;
  return reader.isOver ? 0 : likelyHeight(height - (chroma === CHROMA_420 ? 2 : 1) * cropped);
}

/** profile_tier_level(1, subLayers) (7.3.3). */
function passProfile(reader: BitReader, subLayers: number): void {
  passOctets(reader, PROFILE + LEVEL);
  let octets = 0;
  for (let layer = 0; layer < subLayers; layer += 1) {
    if (reader.flag()) octets += PROFILE;
    if (reader.flag()) octets += LEVEL;
  }
  for (let layer = subLayers; subLayers > 0 && layer < 8; layer += 1) reader.bits(2);
  passOctets(reader, octets);
}

function passOctets(reader: BitReader, count: number): void {
  for (let octet = 0; octet < count; octet += 1) reader.bits(8);
}

/** Units cropped from top and bottom. */
function readCropping(reader: BitReader): number {
  reader.unsigned();
  reader.unsigned();
  return reader.unsigned() + reader.unsigned();
}
