import { describe, expect, it } from 'vitest';
import { h265Height } from '../../src/packet/h265-height.ts';
import { aggregated, type H265Parameters, h265Unit, heightOf } from './picture-payloads.ts';

const read = (payload: readonly number[]): number => heightOf(h265Height, payload);
const SPS = h265Unit({ height: 720 });
const PPS = [0x44, 0x01, 0xc1, 0x72, 0xb4];

const cases: readonly (readonly [string, H265Parameters, number])[] = [
  ['no cropping', { height: 720 }, 720],
  ['cropped at the bottom', { height: 1088, crop: [0, 0, 0, 4] }, 1080],
  ['cropped at all sides', { height: 368, crop: [3, 4, 1, 2] }, 362],
  ['monochrome', { height: 1088, chroma: 0, crop: [0, 0, 0, 8] }, 1080],
  ['4:2:2', { height: 1088, chroma: 2, crop: [0, 0, 0, 8] }, 1080],
  ['4:4:4', { height: 1088, chroma: 3, crop: [0, 0, 0, 8] }, 1080],
  ['a chroma format that is none', { height: 720, chroma: 4 }, 0],
  ['one sub-layer that tells nothing', { height: 720, subLayers: [[false, false]] }, 720],
  [
    'sub-layers with profile and level',
    {
      height: 720,
      subLayers: [
        [true, true],
        [false, true],
        [true, false],
      ],
    },
    720,
  ],
  ['all sub-layers', { height: 720, subLayers: Array.from({ length: 6 }, () => [true, true] as const) }, 720],
  [
    'more sub-layers than there are',
    { height: 720, subLayers: Array.from({ length: 7 }, () => [false, false] as const) },
    0,
  ],
  ['less than any picture', { height: 8 }, 0],
  ['more than any picture', { height: 16_392 }, 0],
  ['cropped to nothing', { height: 64, crop: [0, 0, 16, 16] }, 0],
  ['another layer than the base', { height: 720, layer: 1 }, 0],
  ['the layer of the highest bit', { height: 720, layer: 32 }, 0],
];

describe('h265Height', () => {
  it.each(cases)('%s', (_, parameters, height) => {
    expect(read(h265Unit(parameters))).toBe(height);
  });

  it('passes over the octets that keep start codes away', () => {
    expect(SPS.join()).toContain('0,0,3,0');
    expect(read(SPS)).toBe(720);
  });

  it('reads parameters alone, aggregated, and in a first fragment', () => {
    expect(read([0x60, 0x01, ...aggregated(PPS, SPS, PPS)])).toBe(720);
    expect(read([0x60, 0x01, ...aggregated(SPS, h265Unit({ height: 368 }))])).toBe(368);
    expect(read([0x62, 0x01, 0xa1, ...SPS.slice(2)])).toBe(720);
    expect(read([0x62, 0x01, 0xe1, ...SPS.slice(2)])).toBe(720);
  });

  it.each([
    ['no payload', []],
    ['a header alone', SPS.slice(0, 2)],
    ['another unit', PPS],
    ['a fragment behind the first', [0x62, 0x01, 0x21, ...SPS.slice(2)]],
    ['a first fragment of something else', [0x62, 0x01, 0xa2, ...SPS.slice(2)]],
    ['aggregated units without parameters', [0x60, 0x01, ...aggregated(PPS, PPS)]],
    ['an aggregated unit of nothing', [0x60, 0x01, 0, 0, ...SPS]],
    ['a fragment of another layer', [0x62, 0x09, 0xa1, ...SPS.slice(2)]],
  ])('finds none in %s', (_, payload) => {
    expect(read(payload)).toBe(0);
  });

  it('reads nothing beyond what was captured', () => {
    const behindCropping = 6;
    const heights = SPS.slice(0, -behindCropping).map((_, length) => read(SPS.slice(0, length)));
    expect(new Set(heights)).toEqual(new Set([0]));
  });
});
