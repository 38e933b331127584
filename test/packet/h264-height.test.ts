import { describe, expect, it } from 'vitest';
import { h264Height } from '../../src/packet/h264-height.ts';
import { aggregated, type H264Parameters, h264Unit, heightOf } from './picture-payloads.ts';

const read = (payload: readonly number[]): number => heightOf(h264Height, payload);
const SPS = h264Unit({ rows: 45 });
const PPS = [0x68, 0xce, 0x3c, 0x80];
const flat = (count: number): readonly number[] => Array.from({ length: count }, () => 0);

const cases: readonly (readonly [string, H264Parameters, number])[] = [
  ['whole macroblocks', { rows: 45 }, 720],
  ['1080 lines, cropped at the bottom', { rows: 68, crop: [0, 0, 0, 4] }, 1080],
  ['cropped at all sides: lines count, columns do not', { rows: 23, crop: [1, 2, 2, 3] }, 358],
  ['fields', { rows: 34, interlaced: true, crop: [0, 0, 0, 2] }, 1080],
  ['the least there is', { rows: 1 }, 16],
  ['less than any picture', { rows: 1, crop: [0, 0, 0, 1] }, 0],
  ['cropped to nothing', { rows: 2, crop: [0, 0, 8, 8] }, 0],
  ['cropped to less than nothing', { rows: 2, crop: [0, 0, 800, 8] }, 0],
  ['the most there is', { rows: 1024 }, 16_384],
  ['more than any picture', { rows: 1025 }, 0],
  ['more than any picture, by fields', { rows: 1024, interlaced: true }, 0],
  ['order of type 1 with a cycle', { rows: 18, order: 1, cycle: [4, -4, 0] }, 288],
  ['order of type 2', { rows: 18, order: 2 }, 288],
  ['a high profile', { rows: 68, profile: 100, crop: [0, 0, 0, 4] }, 1080],
  ['monochrome is cropped by single lines', { rows: 68, profile: 100, chroma: 0, crop: [0, 0, 0, 8] }, 1080],
  ['4:2:2 is cropped by single lines', { rows: 68, profile: 122, chroma: 2, crop: [0, 0, 0, 8] }, 1080],
  ['4:4:4 is cropped by single lines', { rows: 68, profile: 244, chroma: 3, crop: [0, 0, 0, 8] }, 1080],
  ['planes of their own', { rows: 68, profile: 244, chroma: 3, separate: true, crop: [0, 0, 0, 8] }, 1080],
  ['fields of 4:4:4', { rows: 34, interlaced: true, profile: 244, chroma: 3, crop: [0, 0, 0, 4] }, 1080],
  [
    'eight scaling lists',
    { rows: 45, profile: 100, scaling: [flat(16), ...Array(5).fill(undefined), flat(64), flat(64)] },
    720,
  ],
  [
    'a scaling list that ends early',
    { rows: 45, profile: 100, scaling: [[0, 4, -12], ...Array(7).fill(undefined)] },
    720,
  ],
  [
    'a scaling list that is the default one',
    { rows: 45, profile: 100, scaling: [[-8], ...Array(7).fill(undefined)] },
    720,
  ],
  [
    'twelve scaling lists',
    { rows: 45, profile: 244, chroma: 3, scaling: [...Array(11).fill(undefined), flat(64)] },
    720,
  ],
];

describe('h264Height', () => {
  it.each(cases)('%s', (_, parameters, height) => {
    expect(read(h264Unit(parameters))).toBe(height);
  });

  it('passes over the octets that keep start codes away', () => {
    // Offsets of nothing but zeros and few ones, in Exp-Golomb code.
    const unit = h264Unit({
      rows: 45,
      profile: 100,
      scaling: [[120, 127, 1], ...Array(7).fill(undefined)],
      width: 1024,
    });
    const offsets = h264Unit({ rows: 45, order: 1, cycle: [1 << 23, 1 << 24, -(1 << 25), 1 << 22] });
    expect(offsets.some((octet, i) => octet === 3 && offsets[i - 1] === 0 && offsets[i - 2] === 0)).toBe(true);
    expect([read(unit), read(offsets)]).toEqual([720, 720]);
  });

  it('reads parameters alone, aggregated, and in a first fragment', () => {
    expect(read(SPS)).toBe(720);
    expect(read([0x78, ...aggregated(SPS, PPS)])).toBe(720);
    expect(read([0x78, ...aggregated(PPS, SPS)])).toBe(720);
    expect(read([0x7c, 0x87, ...SPS.slice(1)])).toBe(720);
    expect(read([0x7c, 0xc7, ...SPS.slice(1)])).toBe(720);
  });

  it('takes the last of several parameters', () => {
    expect(read([0x78, ...aggregated(SPS, h264Unit({ rows: 23 }))])).toBe(368);
    expect(read([0x78, ...aggregated(SPS, SPS.slice(0, 4))])).toBe(720);
  });

  it.each([
    ['no payload', []],
    ['one octet', [0x67]],
    ['another unit', PPS],
    ['a unit that is forbidden', [0xe7, ...SPS.slice(1)]],
    ['a fragment behind the first', [0x7c, 0x07, ...SPS.slice(1)]],
    ['a first fragment of something else', [0x7c, 0x85, ...SPS.slice(1)]],
    ['aggregated units without parameters', [0x78, ...aggregated(PPS, PPS)]],
    ['an aggregated unit of nothing', [0x78, 0, 0, ...SPS]],
    ['an interleaved packet', [0x79, 0, 0, ...aggregated(SPS)]],
    ['a parameter set of a number that none has', [0x67, 66, 0, 30, 0x01, 0x08, ...SPS.slice(5)]],
  ])('finds none in %s', (_, payload) => {
    expect(read(payload)).toBe(0);
  });

  it('reads nothing beyond what was captured, nor what was cut', () => {
    const cropped = h264Unit({ rows: 68, crop: [0, 0, 0, 4] });
    const heights = cropped.map((_, length) => read(cropped.slice(0, length)));
    expect(new Set(heights)).toEqual(new Set([0]));
    expect(read([0x78, ...aggregated(cropped)].slice(0, -4))).toBe(0);
  });
});
