import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromTable, readColumns, toTable } from '../../src/store/columns.ts';

const alone = () => undefined;
const columnsOf = (rows: readonly object[], relative: (path: string) => string | undefined = alone) => {
  const table = toTable(rows, relative);
  // What is said of the columns goes through JSON on its way to the disk.
  expect(fromTable({ head: JSON.parse(JSON.stringify(table.head)), cells: table.cells })).toStrictEqual(rows);
  return table.head.columns;
};

describe('columns', () => {
  it('of nothing are none', () => {
    expect(columnsOf([])).toEqual([]);
    expect(columnsOf([{}, {}])).toEqual([]);
  });

  it('take as few decimals as hold every number', () => {
    expect(
      columnsOf([
        { a: 1, b: 0.5, c: 0.1 },
        { a: -2, b: 3, c: 0.000123456 },
      ]),
    ).toMatchObject([
      { path: 'a', decimals: 0 },
      { path: 'b', decimals: 1 },
      { path: 'c', decimals: 9 },
    ]);
  });

  it('spell out what is no number, or has too many decimals', () => {
    const rows = [
      { a: 'x', b: 1 / 3, c: 1 },
      { a: 'y', b: 1e300 },
      { a: 'x', c: true },
    ];
    expect(columnsOf(rows)).toEqual([
      { path: 'a', width: 1, words: ['x', 'y'] },
      { path: 'b', width: 1, words: [1 / 3, 1e300] },
      { path: 'c', width: 1, words: [1, true] },
    ]);
  });

  it('guess that a number is the one above, if that leaves less', () => {
    const steady = Array.from({ length: 20 }, (_, n) => ({ at: 1_790_000_000 + 5 * n }));
    expect(columnsOf(steady)).toMatchObject([{ path: 'at', guess: 'above' }]);
    const wild = Array.from({ length: 20 }, (_, n) => ({ at: n % 2 ? 1 : 1000 }));
    expect(columnsOf(wild)).toEqual([{ path: 'at', width: 2, decimals: 0 }]);
  });

  it('guess that a number is its relative, if that leaves less', () => {
    const rows = Array.from({ length: 20 }, (_, n) => ({
      of: (n * 7919) % 1000,
      got: ((n * 7919) % 1000) - 0.5,
      far: n,
    }));
    const relative = (path: string) => (path === 'of' ? undefined : 'of');
    expect(columnsOf(rows, relative)).toMatchObject([
      { path: 'of' },
      { path: 'got', decimals: 1, guess: 0 },
      { guess: 'above' },
    ]);
  });

  it('do without a relative that is absent, finer or no number', () => {
    const rows = [
      { a: 0.25, b: 5, w: 'x', c: 7 },
      { b: 6, c: 7 },
      { a: 1, w: 'y', c: 8 },
    ];
    const relatives: Record<string, string> = { b: 'a', c: 'w', a: 'nobody' };
    for (const { guess } of columnsOf(rows, (path) => relatives[path]).map((column) => ({
      guess: undefined,
      ...column,
    }))) {
      expect(guess === undefined || guess === 'above').toBe(true);
    }
  });

  it('are read up to a row, and those alone that are named', () => {
    const rows = [
      { a: 5, b: 5.5, w: 'x' },
      { b: 7, w: 'y' },
      { a: 9, b: 9.25 },
    ];
    const table = toTable(rows, (path) => (path === 'b' ? 'a' : undefined));
    const cells = (part: Parameters<typeof readColumns>[1]) =>
      readColumns(table, part).map(({ path, integers }) => [path, [...integers]]);
    expect(cells({ rows: 2 })).toEqual([
      ['a', [5, Number.NaN]],
      ['b', [550, 700]],
      ['w', [0, 1]],
    ]);
    expect(cells({ paths: ['a'] })).toEqual([
      ['a', [5, Number.NaN, 9]],
      ['b', []],
      ['w', []],
    ]);
  });

  it('lose nothing', () => {
    const number = fc.oneof(
      fc.integer(),
      fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 1e6),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    // JSON does not know the sign of zero, so nothing in the store has one.
    const leaf = fc.oneof(
      number.map((n) => (n === 0 ? 0 : n)),
      fc.boolean(),
      fc.string(),
    );
    const numbers = fc.record(
      { a: number.map((n) => (n === 0 ? 0 : n)), b: fc.record({ c: fc.nat() }, { noNullPrototype: true }) },
      { requiredKeys: [], noNullPrototype: true },
    );
    const mixed = fc.record(
      { a: leaf, b: fc.record({ c: leaf, d: leaf }, { noNullPrototype: true }) },
      { requiredKeys: [], noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(numbers), (rows) => void columnsOf(rows, () => 'b.c')),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.array(mixed), (rows) => void columnsOf(rows, () => 'a')),
      { numRuns: 200 },
    );
  });
});
