import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MergedCaptures } from '../../src/meter/merged-captures.ts';
import { pcapOf } from '../cli/capture-files.ts';

/** A capture with one record at each time; its payload names the file. */
const file = (name: string, times: readonly number[]): Buffer =>
  pcapOf(times.map((at) => ({ at, from: ['10.0.0.1', 1], to: ['10.0.0.2', 2], payload: Buffer.from(name) })));

type Seen = { readonly at: number; readonly name: string; readonly interfaceId: number };

/** Feeds the files in chunks of `size` octets, always the one that is asked for, from one array that is used again. */
function merge(files: readonly Buffer[], size: number) {
  const seen: Seen[] = [];
  const merged = new MergedCaptures(
    {
      record(octets, view, start, end, micros, _linkType, interfaceId) {
        expect(view.getUint8(start)).toBe(octets[start]);
        seen.push({ at: micros / 1e6, name: Buffer.from(octets.subarray(start + 28, end)).toString(), interfaceId });
      },
    },
    files.length,
  );
  const given = files.map(() => 0);
  const chunk = Buffer.alloc(size);
  for (let index = merged.wants; index !== undefined; index = merged.wants) {
    const from = given[index] ?? 0;
    const octets = files[index] ?? Buffer.alloc(0);
    given[index] = from + size;
    if (from >= octets.length) merged.end(index);
    else merged.push(index, chunk.subarray(0, octets.copy(chunk, 0, from)));
  }
  return { seen, merged };
}

describe('MergedCaptures', () => {
  it('gives the records of all files by time', () => {
    const { seen } = merge([file('a', [1, 4, 5]), file('b', [2, 3, 9]), file('c', [])], 64);
    expect(seen.map(({ at, name }) => `${name}${at}`)).toEqual(['a1', 'b2', 'b3', 'a4', 'a5', 'b9']);
  });

  it('numbers the interfaces of all files apart', () => {
    const { seen } = merge([file('a', [1, 3]), file('b', [2])], 1000);
    expect(seen.map(({ name, interfaceId }) => [name, interfaceId])).toEqual([
      ['a', 0],
      ['b', 1],
      ['a', 0],
    ]);
  });

  it('leaves the order within a file as it is', () => {
    expect(merge([file('a', [5, 1, 6])], 30).seen.map(({ at }) => at)).toEqual([5, 1, 6]);
    expect(merge([file('a', [5, 1, 6]), file('b', [2, 7])], 30).seen.map(({ at, name }) => `${name}${at}`)).toEqual([
      'b2',
      'a5',
      'a1',
      'a6',
      'b7',
    ]);
  });

  it('says what each file was', () => {
    const { merged } = merge([file('a', [1, 2]), Buffer.from('this is no capture at all, by no means')], 16);
    expect(merged.counters(0)).toMatchObject({ format: 'pcap', records: 2, truncated: false });
    expect(merged.counters(1)).toMatchObject({ records: 0, truncated: true });
    expect(merged.counters(2)).toBeUndefined();
  });

  it('is the same in chunks of any size', () => {
    const times = fc
      .array(fc.integer({ min: 0, max: 50 }), { maxLength: 12 })
      .map((all) => all.toSorted((a, b) => a - b));
    fc.assert(
      fc.property(fc.array(times, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 200 }), (all, size) => {
        const files = all.map((one, index) => file(String(index), one));
        const { seen } = merge(files, size);
        expect(seen).toEqual(merge(files, 100_000).seen);
        expect(seen.map(({ at }) => at)).toEqual(all.flat().toSorted((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});
