import { fromPlanes, type Integers, largestInteger, toPlanes } from './planes.ts';
import { hung, type Leaf, type Leaves, type Read, type ReadColumn, type Row, toLeaves } from './transpose.ts';

/** Numbers times 10^decimals, less a guess: nothing, the cell above, or the same row's cell of an earlier column. */
type NumberColumn = { readonly decimals: number; readonly guess?: 'above' | number };
/** Places in the list of distinct values. */
type WordColumn = { readonly words: readonly Leaf[] };
type Column = { readonly path: string; readonly width: number } & (NumberColumn | WordColumn);

/** A table by columns: what is in the cells, and the cells. Made to be deflated, for neighbours resemble each other. */
export type Table = {
  readonly head: { readonly rows: number; readonly columns: readonly Column[] };
  readonly cells: Uint8Array;
};

type Scaled = { readonly decimals: number; readonly integers: Integers };
type Known = Scaled & { readonly place: number };

const mostDecimals = 9;

/**
 * Turns rows of nested plain values into columns and loses nothing. `relative` names the column that one of `path` is
 * likely to be close to; it helps only if it appears earlier in the rows.
 */
export function toTable(rows: readonly object[], relative: (path: string) => string | undefined): Table {
  const known = new Map<string, Known>();
  const columns: Column[] = [];
  const cells: Uint8Array[] = [];
  for (const [path, leaves] of toLeaves(rows)) {
    const scaled = scale(leaves);
    const { integers, ...column } = scaled ? guess(scaled, known.get(relative(path) ?? '')) : spell(leaves);
    const { width, octets } = toPlanes(integers);
    if (scaled) known.set(path, { ...scaled, place: columns.length });
    columns.push({ path, width, ...column });
    cells.push(octets);
  }
  return { head: { rows: rows.length, columns }, cells: Buffer.concat(cells) };
}

/** Turns columns into the rows they came from. */
export function fromTable(table: Table): Row[] {
  return hung(
    Array.from({ length: table.head.rows }, () => ({})),
    readColumns(table),
  );
}

/** What of a table is wanted: of each column the first rows, and of columns that are not named none. */
export type Part = { readonly rows?: number; readonly paths?: readonly string[] };

/** The columns, to be hung into rows: into some of them, or beside what those have already. */
export function readColumns({ head, cells }: Table, { rows = head.rows, paths }: Part = {}): readonly ReadColumn[] {
  const known: ReadColumn[] = [];
  let offset = 0;
  for (const column of head.columns) {
    const end = offset + column.width * head.rows;
    const isWanted = paths?.includes(column.path) ?? true;
    const stored = fromPlanes(cells.subarray(offset, end), head.rows, isWanted ? rows : 0);
    const { path } = column;
    if ('words' in column) known.push({ path, decimals: 0, integers: stored, words: column.words });
    else known.push({ path, ...unguess(stored, column, known) });
    offset = end;
  }
  return known;
}

/** The values as integers with the fewest decimals that hold all of them exactly; undefined where there are none such. */
function scale(values: Leaves): Scaled | undefined {
  const numbers = values.filter((value) => value !== undefined);
  if (!numbers.every((value) => typeof value === 'number')) return undefined;
  for (let decimals = 0; decimals <= mostDecimals; decimals += 1) {
    const factor = 10 ** decimals;
    if (!numbers.every((value) => holds(value, factor))) continue;
    return {
      decimals,
      integers: values.map((value) => (value === undefined ? undefined : Math.round(Number(value) * factor))),
    };
  }
  return undefined;
}

function holds(value: number, factor: number): boolean {
  const integer = Math.round(value * factor);
  return integer / factor === value && Math.abs(integer) < largestInteger / 2;
}

function spell(values: Leaves): WordColumn & { readonly integers: Integers } {
  const words = new Map<Leaf, number>();
  const integers = values.map((value) => {
    if (value === undefined) return undefined;
    const place = words.get(value) ?? words.size;
    words.set(value, place);
    return place;
  });
  return { words: [...words.keys()], integers };
}

/** Takes the guess that leaves least to write. */
function guess(scaled: Scaled, relative: Known | undefined): NumberColumn & { readonly integers: Integers } {
  const { decimals, integers } = scaled;
  const candidates = [
    { decimals, integers },
    { decimals, guess: 'above' as const, integers: lessAbove(integers) },
  ];
  const beside = relative && relative.decimals <= decimals ? lessBeside(scaled, relative) : undefined;
  const best = candidates.reduce((a, b) => (bits(b.integers) < bits(a.integers) ? b : a));
  return relative && beside && bits(beside) < bits(best.integers)
    ? { decimals, guess: relative.place, integers: beside }
    : best;
}

function unguess(stored: Float64Array, column: NumberColumn, known: readonly Read[]): Read {
  const { decimals } = column;
  if (column.guess === 'above') return { decimals, integers: plusAbove(stored) };
  const relative = column.guess === undefined ? undefined : known[column.guess];
  return { decimals, integers: relative ? plusBeside({ decimals, integers: stored }, relative) : stored };
}

function bits(integers: Integers): number {
  return integers.reduce<number>((sum, value) => sum + (value === undefined ? 0 : Math.log2(1 + Math.abs(value))), 0);
}

function lessAbove(integers: Integers): Integers {
  let above = 0;
  return integers.map((value) => {
    if (value === undefined) return undefined;
    const less = value - above;
    above = value;
    return less;
  });
}

function plusAbove(integers: Float64Array): Float64Array {
  let above = 0;
  return integers.map((value) => {
    if (Number.isNaN(value)) return value;
    above += value;
    return above;
  });
}

function lessBeside({ decimals, integers }: Scaled, relative: Scaled): Integers {
  const factor = 10 ** (decimals - relative.decimals);
  return integers.map((value, row) =>
    value === undefined ? undefined : value - (relative.integers[row] ?? 0) * factor,
  );
}

function plusBeside({ decimals, integers }: Read, relative: Read): Float64Array {
  const factor = 10 ** (decimals - relative.decimals);
  return integers.map((value, row) => {
    const beside = relative.integers[row] ?? Number.NaN;
    return value + (Number.isNaN(beside) ? 0 : beside) * factor;
  });
}
