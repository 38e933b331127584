import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { h264Height } from '../../src/packet/h264-height.ts';
import { h265Height } from '../../src/packet/h265-height.ts';
import { likelyHeight } from '../../src/packet/picture-height.ts';
import { vp8Height } from '../../src/packet/vp8-height.ts';
import { vp9Height } from '../../src/packet/vp9-height.ts';
import { aggregated, h264Unit, h265Unit, heightOf, vp8Frame, vp9Frame, vp9Structure } from './picture-payloads.ts';

const READERS = { h264Height, h265Height, vp8Height, vp9Height };
const octet = fc.integer({ min: 0, max: 255 });
const SEEDS: readonly (readonly number[])[] = [
  h264Unit({ rows: 68, crop: [0, 0, 0, 4] }),
  h264Unit({ rows: 45, profile: 100, scaling: [[1, 2, 3, -14], ...Array(7).fill(undefined)] }),
  h264Unit({ rows: 45, order: 1, cycle: [1, 2, 3] }),
  [0x78, ...aggregated(h264Unit({ rows: 23 }), [0x68, 1, 2])],
  h265Unit({ height: 1088, crop: [0, 0, 0, 4], subLayers: [[true, true]] }),
  [0x60, 0x01, ...aggregated(h265Unit({ height: 720 }))],
  vp8Frame(360, [0x90, 0xf0, 0xcc, 0x21, 0xdc, 0x23]),
  [0x8c, 0x80, 0x01, ...vp9Frame(540)],
  [0xba, 0x01, 0x00, ...vp9Structure(3, [180, 360, 720])],
];

/** Anything, and real payloads with octets changed and cut off. */
const hostile = fc.oneof(
  fc.array(octet, { maxLength: 80 }),
  fc
    .tuple(
      fc.constantFrom(...SEEDS),
      fc.array(fc.tuple(fc.nat({ max: 60 }), octet), { maxLength: 6 }),
      fc.nat({ max: 60 }),
    )
    .map(([seed, changes, cut]) => {
      const octets = [...seed];
      for (const [at, value] of changes) if (at < octets.length) octets[at] = value;
      return octets.slice(0, Math.max(0, octets.length - cut));
    }),
);

describe.each(Object.entries(READERS))('%s, whatever comes', (_, read) => {
  it('gives a height that a picture may have, or none', () => {
    fc.assert(
      fc.property(hostile, (payload) => {
        const height = heightOf(read, payload);
        expect(height === 0 || (Number.isInteger(height) && height >= 16 && height <= 16_384)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('looks at nothing beside the payload', () => {
    fc.assert(
      fc.property(hostile, octet, (payload, around) => {
        expect(heightOf(read, payload, around)).toBe(heightOf(read, payload, around ^ 0xff));
        const octets = Uint8Array.from(payload);
        expect(read(new DataView(octets.buffer), 0, octets.length)).toBe(heightOf(read, payload));
      }),
      { numRuns: 2000 },
    );
  });
});

it.each([
  [0, 0],
  [15, 0],
  [16, 16],
  [16_384, 16_384],
  [16_385, 0],
  [-720, 0],
  [Number.NaN, 0],
])('likelyHeight(%i) is %i', (height, likely) => {
  expect(likelyHeight(height)).toBe(likely);
});
