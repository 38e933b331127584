import { BitWriter } from './bit-writer.ts';

/** What a test says of H.264 sequence parameters; the rest is that of a plain camera. */
export type H264Parameters = {
  readonly profile?: number;
  /** 0 none, 1 4:2:0, 2 4:2:2, 3 4:4:4; `separate`: of three planes of their own. */
  readonly chroma?: number;
  readonly separate?: boolean;
  /** Lists that are sent, by their deltas; undefined: not this one. */
  readonly scaling?: readonly (readonly number[] | undefined)[];
  readonly order?: 0 | 1 | 2;
  /** Offsets of an order cycle. */
  readonly cycle?: readonly number[];
  readonly width?: number;
  /** In macroblocks of 16, of a frame or field. */
  readonly rows: number;
  readonly interlaced?: boolean;
  readonly crop?: readonly [left: number, right: number, top: number, bottom: number];
};

/** Profiles of the range extensions, which tell more. */
const HIGH = [100, 110, 122, 244, 44];

/** A NAL unit of type 7. */
export function h264Unit(parameters: H264Parameters): readonly number[] {
  const { profile = 66, chroma = 1, separate = false, scaling, order = 0, cycle = [], width = 40 } = parameters;
  const writer = new BitWriter().bits(8, profile).bits(16, 0x001e).unsigned(0);
  if (HIGH.includes(profile)) {
    writer.unsigned(chroma);
    if (chroma === 3) writer.flag(separate);
    writer
      .unsigned(0, 0)
      .flag(false)
      .flag(scaling !== undefined);
    for (const list of scaling ?? []) {
      writer.flag(list !== undefined);
      for (const delta of list ?? []) writer.signed(delta);
    }
  }
  writer.unsigned(4, order);
  if (order === 0) writer.unsigned(2);
  if (order === 1) {
    writer.flag(false).signed(-3).signed(5).unsigned(cycle.length);
    for (const offset of cycle) writer.signed(offset);
  }
  writer
    .unsigned(1)
    .flag(false)
    .unsigned(width - 1, parameters.rows - 1);
  writer.flag(parameters.interlaced !== true);
  if (parameters.interlaced === true) writer.flag(true);
  writer.flag(true).flag(parameters.crop !== undefined);
  if (parameters.crop !== undefined) writer.unsigned(...parameters.crop);
  return [0x67, ...writer.flag(false).escaped()];
}

/** What a test says of H.265 sequence parameters. */
export type H265Parameters = {
  readonly layer?: number;
  /** For each sub-layer below the highest: whether its profile and its level are told. */
  readonly subLayers?: readonly (readonly [profile: boolean, level: boolean])[];
  readonly chroma?: number;
  readonly height: number;
  readonly crop?: readonly [left: number, right: number, top: number, bottom: number];
};

/** A NAL unit of type 33. */
export function h265Unit({ layer = 0, subLayers = [], chroma = 1, height, crop }: H265Parameters): readonly number[] {
  const writer = new BitWriter().bits(4, 0).bits(3, subLayers.length).flag(true);
  const profile = (): void => {
    writer.bits(8, 1).bits(32, 0x6000_0000).bits(24, 0x90_0000).bits(24, 0);
  };
  profile();
  writer.bits(8, 93);
  for (const [own, level] of subLayers) writer.flag(own).flag(level);
  for (let at = subLayers.length; subLayers.length > 0 && at < 8; at += 1) writer.bits(2, 0);
  for (const [own, level] of subLayers) {
    if (own) profile();
    if (level) writer.bits(8, 90);
  }
  writer.unsigned(0, chroma);
  if (chroma === 3) writer.flag(false);
  writer.unsigned(640, height).flag(crop !== undefined);
  if (crop !== undefined) writer.unsigned(...crop);
  const header = (33 << 9) | (layer << 3) | 1;
  return [header >> 8, header & 255, ...writer.unsigned(0, 0, 4).escaped()];
}

/** Units with their lengths, as aggregation packets have them. */
export function aggregated(...units: readonly (readonly number[])[]): readonly number[] {
  return units.flatMap((unit) => [unit.length >> 8, unit.length & 255, ...unit]);
}

/** A payload descriptor and the begin of a VP8 key frame. */
export function vp8Frame(height: number, descriptor: readonly number[] = [0x10], scale = 0): readonly number[] {
  const size = height | (scale << 14);
  return [...descriptor, 0x30, 0x0c, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, size & 255, size >> 8, 0x39, 0x39];
}

/** The begin of a VP9 key frame. */
export function vp9Frame(height: number, more: { profile?: number; rgb?: boolean; shown?: boolean } = {}) {
  const { profile = 0, rgb = false, shown = false } = more;
  const writer = new BitWriter()
    .bits(2, 2)
    .bits(1, profile)
    .bits(1, profile >> 1);
  if (profile === 3) writer.flag(false);
  writer.flag(shown).flag(false).bits(2, 2).bits(24, 0x498342);
  if (profile >= 2) writer.flag(false);
  writer.bits(3, rgb ? 7 : 1);
  if (rgb) writer.bits(profile % 2, 0);
  else writer.flag(false).bits(profile % 2 === 1 ? 3 : 0, 0);
  return writer
    .bits(16, 639)
    .bits(16, height - 1)
    .octets();
}

/** A scalability structure with the heights of its layers; undefined: it does not tell them. */
export function vp9Structure(layers: number, heights?: readonly number[]): readonly number[] {
  const sizes = (heights ?? []).flatMap((height) => [0x02, 0x80, height >> 8, height & 255]);
  return [((layers - 1) << 5) | (heights === undefined ? 0 : 0x10), ...sizes];
}

/** Reads a payload that lies somewhere in a larger buffer. */
export function heightOf(
  read: (view: DataView, start: number, end: number) => number,
  payload: readonly number[],
  around = 0xff,
): number {
  const octets = new Uint8Array(payload.length + 64).fill(around);
  octets.set(payload, 32);
  return read(new DataView(octets.buffer), 32, 32 + payload.length);
}
