import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PathMap } from '../../src/meter/path-map.ts';
import type { PacketPath } from '../../src/quality/packet-table.ts';

type Ends = readonly [from: number, to: number, sourcePort: number, destinationPort: number];

const path = ([from, to, sourcePort, destinationPort]: Ends, prefix = 0): PacketPath => ({
  source: Int32Array.of(prefix, 0, 0, from),
  destination: Int32Array.of(0, 0, 0, to),
  sourcePort,
  destinationPort,
  addressFamily: prefix === 0 ? 4 : 6,
});

const small = fc.nat(3);
const ends = fc.tuple(small, small, small, small);

/** As a map: what the record of a path holds. */
const put = (map: PathMap, at: PacketPath, value: number): void => {
  const held = map.find(at);
  if (held === 0) map.add(at, value);
  else map.setValue(held, value);
};
const drop = (map: PathMap, at: PacketPath): void => {
  const held = map.find(at);
  if (held !== 0) map.delete(held);
};
const get = (map: PathMap, at: PacketPath): number | undefined => {
  const held = map.find(at);
  return held === 0 ? undefined : map.valueOf(held);
};

describe('PathMap', () => {
  it('holds what a map by text holds', () => {
    const step = fc.tuple(fc.constantFrom('set', 'delete'), ends, fc.nat({ max: 1_000_000 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const map = new PathMap();
        const oracle = new Map<string, number>();
        for (const [what, at, value] of steps) {
          if (what === 'set') put(map, path(at), value);
          else drop(map, path(at));
          if (what === 'set') oracle.set(at.join(), value);
          else oracle.delete(at.join());
        }
        expect(map.size).toBe(oracle.size);
        for (const [, at] of steps) expect(get(map, path(at))).toBe(oracle.get(at.join()));
      }),
    );
  });

  it('grows to thousands of paths, each of which can be read again', () => {
    const map = new PathMap();
    const at = (index: number) => path([index, -index, index & 0xffff, 65_535 - (index & 0xffff)], index % 2);
    for (let index = 0; index < 5000; index += 1) map.add(at(index), 2 * index);
    for (let index = 0; index < 5000; index += 3) drop(map, at(index));
    for (let index = 0; index < 5000; index += 1) {
      expect(get(map, at(index))).toBe(index % 3 === 0 ? undefined : 2 * index);
      if (index % 3 !== 0) expect(map.pathOf(map.find(at(index)))).toEqual(at(index));
    }
  });

  it('tells directions, families and ports apart', () => {
    const map = new PathMap();
    map.add(path([1, 2, 3, 4]), 7);
    expect(map.find(path([2, 1, 4, 3]))).toBe(0);
    expect(map.find(path([1, 2, 3, 4], 0x20010db8))).toBe(0);
    expect(map.find(path([1, 2, 4, 3]))).toBe(0);
    expect(get(map, path([1, 2, 3, 4]))).toBe(7);
  });

  it('tells which of the paths that are made to have one hash has to go', () => {
    const map = new PathMap();
    // The words of a prefix that are only mixed by XOR.
    const alike = (index: number): PacketPath => ({
      ...path([1, 2, 3, 4]),
      source: Int32Array.of(index, index, 0, 1),
      addressFamily: 6,
    });
    for (let index = 0; index < 1000; index += 1) {
      const crowded = map.crowded(alike(index));
      if (crowded !== 0) map.delete(crowded);
      map.add(alike(index), index);
    }
    expect(map.size).toBe(16);
    expect(map.find(alike(983))).toBe(0);
    expect(get(map, alike(984))).toBe(984);
    expect(get(map, alike(999))).toBe(999);
    expect(map.valueOf(map.crowded(alike(1000), (value) => value > 990))).toBe(991);
    for (let index = 0; index < 1000; index += 1) drop(map, alike(index));
    expect(map.size).toBe(0);
    expect(map.crowded(alike(0))).toBe(0);
  });
});
