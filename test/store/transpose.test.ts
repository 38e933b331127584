import { describe, expect, it } from 'vitest';
import { cellOf, hung, type ReadColumn, toLeaves } from '../../src/store/transpose.ts';

const none = Number.NaN;
const columns: readonly ReadColumn[] = [
  { path: 'b.e.f', decimals: 1, integers: Float64Array.of(none, 0, 15) },
  { path: 'b.c', decimals: 0, integers: Float64Array.of(0, 1, none), words: ['x', 'y'] },
  { path: 'a', decimals: 0, integers: Float64Array.of(0, none, none), words: [false] },
];

describe('transposing', () => {
  it('collects leaves by path, in order of appearance', () => {
    const rows = [{ a: 1, b: { c: 'x' } }, { d: true, a: 2 }, { b: { c: 'y', e: { f: 0 } } }];
    expect([...toLeaves(rows)]).toEqual([
      ['a', [1, 2, undefined]],
      ['b.c', ['x', undefined, 'y']],
      ['d', [undefined, true, undefined]],
      ['b.e.f', [undefined, undefined, 0]],
    ]);
  });

  it('passes over what is absent or empty', () => {
    expect([...toLeaves([{ a: undefined, b: null, c: {}, 'sr-rr': 1 }])]).toEqual([['sr-rr', [1]]]);
    expect([...toLeaves([])]).toEqual([]);
  });

  it('hangs leaves back where they were', () => {
    expect(hung([{}, {}, {}], columns)).toStrictEqual([
      { b: { c: 'x' }, a: false },
      { b: { e: { f: 0 }, c: 'y' } },
      { b: { e: { f: 1.5 } } },
    ]);
  });

  it('hangs those of some places, beside what is in the rows', () => {
    const some = hung([{ n: 2 }, { n: 0 }], columns, Uint32Array.of(2, 0));
    expect(some).toStrictEqual([
      { n: 2, b: { e: { f: 1.5 } } },
      { n: 0, b: { c: 'x' }, a: false },
    ]);
  });

  it('tells what is in one cell', () => {
    const tell = (path: string) => [0, 1, 2].map(cellOf(columns, path));
    expect(tell('b.e.f')).toEqual([undefined, 0, 1.5]);
    expect(tell('b.c')).toEqual(['x', 'y', undefined]);
    expect(tell('nowhere')).toEqual([undefined, undefined, undefined]);
  });
});
