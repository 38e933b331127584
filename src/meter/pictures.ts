import { h264Height } from '../packet/h264-height.ts';
import { h265Height } from '../packet/h265-height.ts';
import { vp8Height } from '../packet/vp8-height.ts';
import { vp9Height } from '../packet/vp9-height.ts';
import * as layout from '../quality/packet-layout.ts';
import type { PacketTable } from '../quality/packet-table.ts';
import * as reads from '../quality/packet-words.ts';

// Own constants: an import costs a look-up at each use (packet-layout.ts).
const { FLAGS, H264, H265, NOW, PICTURES, SECOND_HEIGHT, VP8, VP9, WORDS } = layout;
const { int } = reads;

/** From the format whose marks are hardest to meet by chance. */
const FORMATS = [VP8, H264, H265, VP9];

/**
 * What a packet of a stream whose payload is in the clear tells of its pictures: the height alone is kept. `[start, end)`
 * = payload as captured. Nearly every packet tells nothing, by its first octet or two.
 */
export function takePicture({ words }: PacketTable, w: number, view: DataView, start: number, end: number): void {
  const height = heightBy(int(words, w + FLAGS) & PICTURES, view, start, end);
  if (height > 0) words[w + NOW + SECOND_HEIGHT] = height;
}

/**
 * The height that a payload would tell in the first format that fits, with the bits of that format; 0 in none. For
 * packets that wait until it is known what they are: their payload does not wait with them.
 */
export function picturedIn(view: DataView, start: number, end: number): number {
  for (const format of FORMATS) {
    const height = heightBy(format, view, start, end);
    if (height > 0) return format | height;
  }
  return 0;
}

/** Takes what `picturedIn` told of a packet, now that its format is known. */
export function takeTold({ words }: PacketTable, stream: number, picture: number): void {
  const w = stream * WORDS;
  if (picture === 0 || (int(words, w + FLAGS) & PICTURES) !== (picture & PICTURES)) return;
  words[w + NOW + SECOND_HEIGHT] = picture & ~PICTURES;
}

function heightBy(format: number, view: DataView, start: number, end: number): number {
  if (format === H264) return h264Height(view, start, end);
  if (format === VP8) return vp8Height(view, start, end);
  if (format === VP9) return vp9Height(view, start, end);
  return format === H265 ? h265Height(view, start, end) : 0;
}
