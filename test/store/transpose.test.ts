import { describe, expect, it } from 'vitest';
import { hang, toLeaves } from '../../src/store/transpose.ts';

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
    const rows: Record<string, unknown>[] = [{}, {}, {}];
    hang(rows, 'b.e.f', [undefined, 0, 1]);
    hang(rows, 'b.c', ['x', 'y', undefined]);
    hang(rows, 'a', [false, undefined, undefined]);
    expect(rows).toStrictEqual([{ b: { c: 'x' }, a: false }, { b: { e: { f: 0 }, c: 'y' } }, { b: { e: { f: 1 } } }]);
  });
});
