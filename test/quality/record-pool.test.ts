import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RecordPool } from '../../src/quality/record-pool.ts';

const VALUE = 1;
const DOUBLE = 2;

/** Values of a list, in its order. */
function valuesOf({ words }: RecordPool, first: number): number[] {
  const values: number[] = [];
  for (let record = first; record !== 0; record = words[record] ?? 0) values.push(words[record + VALUE] ?? 0);
  return values;
}

describe('RecordPool', () => {
  test('records keep what they hold while the pool grows', () => {
    const pool = new RecordPool(4);
    const records = Array.from({ length: 1000 }, (_, value) => {
      const record = pool.add();
      pool.words[record + VALUE] = value;
      pool.doubles[(record + DOUBLE) >> 1] = value / 3;
      return record;
    });
    expect(new Set(records).size).toBe(1000);
    expect(records).not.toContain(0);
    records.forEach((record, value) => {
      expect([pool.words[record + VALUE], pool.doubles[(record + DOUBLE) >> 1]]).toEqual([value, value / 3]);
    });
    // A sixteenth of room at most, and one record that stands for none.
    expect(pool.words.length / 4).toBeLessThan((1001 * 17) / 16 + 16);
  });

  test('what was given back is used again, empty, before the pool grows', () => {
    const pool = new RecordPool(4);
    const records = Array.from({ length: 100 }, () => pool.add());
    for (const record of records) pool.words.fill(-1, record, record + 4);
    const { length } = pool.words;
    for (const record of records.slice(20, 60)) pool.release(record);
    const again = Array.from({ length: 40 }, () => pool.add());
    expect(again.toSorted((a, b) => a - b)).toEqual(records.slice(20, 60));
    for (const record of again) expect([...pool.words.subarray(record, record + 4)]).toEqual([0, 0, 0, 0]);
    expect(pool.words.length).toBe(length);
  });

  test('lists are what arrays are', () => {
    const step = fc.tuple(fc.constantFrom('append', 'remove', 'clear'), fc.nat(9));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const pool = new RecordPool(2);
        let first = 0;
        let oracle: number[] = [];
        for (const [what, value] of steps) {
          const held = pool.find(first, VALUE, value);
          expect(held !== 0).toBe(oracle.includes(value));
          if (what === 'clear' && value === 0) {
            pool.releaseAll(first);
            first = 0;
            oracle = [];
          } else if (what === 'append' && held === 0) {
            const record = pool.add();
            pool.words[record + VALUE] = value;
            first = pool.append(first, record);
            oracle.push(value);
          } else if (what === 'remove' && held !== 0) {
            first = pool.without(first, held);
            pool.release(held);
            oracle = oracle.filter((one) => one !== value);
          }
          expect(valuesOf(pool, first)).toEqual(oracle);
          expect(pool.count(first)).toBe(oracle.length);
        }
      }),
    );
  });
});
