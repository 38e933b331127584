import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { page, readPlace } from '../../src/store/page-cursor.ts';

const item = ({ n }: { n: number }): number => n;
const place = ({ n }: { n: number }): [number, string] => [n, `row ${n}`];
const rows = [1, 2, 3].map((n) => ({ n }));

describe('a page', () => {
  it.each([
    { limit: 2, items: [1, 2], next: true },
    { limit: 3, items: [1, 2, 3], next: false },
    { limit: 4, items: [1, 2, 3], next: false },
    { limit: 0, items: [], next: false },
  ])('of $limit', ({ limit, items, next }) => {
    const read = page(rows, limit, item, place);
    expect(read.items).toEqual(items);
    expect('next' in read).toBe(next);
  });

  it('says where the next one begins', () => {
    const { next = '' } = page(rows, 2, item, place);
    expect(readPlace(next, 1)).toEqual({ numbers: [2], text: 'row 2' });
    expect(() => readPlace(next, 2)).toThrow('not a place');
  });

  it('keeps the place to the last bit', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string(), (number, text) => {
        const { next = '' } = page([1, 2], 1, String, () => [number, text]);
        const value = number === 0 ? 0 : number;
        expect(readPlace(next, 1)).toEqual({ numbers: [value], text });
      }),
    );
  });

  it('refuses any other text', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(() => readPlace(text, 1)).toThrow('not a place')));
  });
});
