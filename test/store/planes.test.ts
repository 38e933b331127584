import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromPlanes, largestInteger, toPlanes } from '../../src/store/planes.ts';

/** What is read has NaN where what was written had nothing. */
const absentOf = (integers: Float64Array): (number | undefined)[] =>
  Array.from(integers, (value) => (Number.isNaN(value) ? undefined : value));

describe('planes of octets', () => {
  it.each([
    { integers: [], width: 0, octets: [] },
    { integers: [undefined, undefined], width: 0, octets: [] },
    { integers: [0], width: 1, octets: [1] },
    { integers: [0, undefined, -1, 1], width: 1, octets: [1, 0, 2, 3] },
    // 1 + 2 · 127 = 255 is the last that one octet holds, 1 + (2 · 128 − 1) = 256 the first of two.
    { integers: [127, -127], width: 1, octets: [255, 254] },
    { integers: [127, -128], width: 2, octets: [0, 1, 255, 0] },
    { integers: [1000], width: 2, octets: [0x07, 0xd1] },
  ])('of $integers are $octets', ({ integers, width, octets }) => {
    const planes = toPlanes(integers);
    expect(planes.width).toBe(width);
    expect([...planes.octets]).toEqual(octets);
    expect(absentOf(fromPlanes(planes.octets, integers.length))).toEqual(integers);
  });

  it('hold any integers up to the largest', () => {
    const integer = fc.option(fc.integer({ min: -largestInteger, max: largestInteger }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(integer), (integers) => {
        expect(absentOf(fromPlanes(toPlanes(integers).octets, integers.length))).toEqual(integers);
      }),
    );
  });
});
