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

describe('PathMap', () => {
  it('holds what a map by text holds, in its order', () => {
    const step = fc.tuple(fc.constantFrom('set', 'delete'), ends, fc.nat());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const map = new PathMap<number>();
        const oracle = new Map<string, number>();
        for (const [what, at, value] of steps) {
          if (what === 'set') map.set(path(at), value);
          else map.delete(path(at));
          if (what === 'set') oracle.set(at.join(), value);
          else oracle.delete(at.join());
        }
        expect(map.size).toBe(oracle.size);
        for (const [, at] of steps) expect(map.get(path(at))).toBe(oracle.get(at.join()));
        expect([...map.entries()].map(([, value]) => value)).toEqual([...oracle.values()]);
      }),
    );
  });

  it('tells directions, families and ports apart', () => {
    const map = new PathMap<string>();
    map.set(path([1, 2, 3, 4]), 'there');
    expect(map.get(path([2, 1, 4, 3]))).toBeUndefined();
    expect(map.get(path([1, 2, 3, 4], 0x20010db8))).toBeUndefined();
    expect(map.get(path([1, 2, 4, 3]))).toBeUndefined();
    expect(map.get(path([1, 2, 3, 4]))).toBe('there');
  });

  it('keeps the latest few of paths that are made to have one hash', () => {
    const map = new PathMap<number>();
    // The words of a prefix that are only mixed by XOR.
    const alike = (index: number): PacketPath => ({
      ...path([1, 2, 3, 4]),
      source: Int32Array.of(index, index, 0, 1),
      addressFamily: 6,
    });
    for (let index = 0; index < 1000; index += 1) map.set(alike(index), index);
    expect(map.size).toBeLessThan(32);
    expect(map.get(alike(0))).toBeUndefined();
    expect(map.get(alike(999))).toBe(999);
    for (let index = 0; index < 1000; index += 1) map.delete(alike(index));
    expect([map.size, [...map.entries()].length]).toEqual([0, 0]);
  });
});
