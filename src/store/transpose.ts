/** A value at the end of a path. */
export type Leaf = number | string | boolean;
/** The leaves of one path, row by row. */
export type Leaves = readonly (Leaf | undefined)[];

/**
 * The leaves of nested objects of plain values without lists, by dotted path (`loss.worst.at`), in order of appearance.
 * Absent members and empty objects leave no trace.
 */
export function toLeaves(rows: readonly object[]): ReadonlyMap<string, Leaves> {
  const byPath = new Map<string, (Leaf | undefined)[]>();
  const leavesOf = (path: string): (Leaf | undefined)[] => {
    const known = byPath.get(path);
    if (known) return known;
    const leaves = rows.map(() => undefined);
    byPath.set(path, leaves);
    return leaves;
  };
  const walk = (value: object, index: number, prefix: string): void => {
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined || member === null) continue;
      if (typeof member === 'object') walk(member, index, `${prefix}${name}.`);
      else leavesOf(prefix + name)[index] = member;
    }
  };
  for (const [index, row] of rows.entries()) walk(row, index, '');
  return byPath;
}

export type Row = Record<string, unknown>;

/** As they are read: NaN where one is absent. Numbers beside `undefined` would each be an object. */
export type Read = { readonly decimals: number; readonly integers: Float64Array };

/** A column: integers times 10^decimals, or places in its words. */
export type ReadColumn = Read & { readonly path: string; readonly words?: readonly Leaf[] };

/** What is in the cells of one column. */
export function cellOf(columns: readonly ReadColumn[], path: string): (place: number) => Leaf | undefined {
  const { integers, decimals = 0, words } = columns.find((column) => column.path === path) ?? {};
  const factor = 10 ** decimals;
  return (place) => {
    const integer = integers?.[place] ?? Number.NaN;
    if (Number.isNaN(integer)) return undefined;
    return words === undefined ? integer / factor : words[integer];
  };
}

/** The rows, each with the leaves of its place in the columns, or of that which `places` tells, hung into it. */
export function hung(rows: Row[], columns: readonly ReadColumn[], places?: Uint32Array): Row[] {
  const parents = new Map<string, (Row | undefined)[]>([['', rows]]);
  for (const { path, decimals, integers, words } of columns) {
    const dot = path.lastIndexOf('.');
    const prefix = path.slice(0, Math.max(0, dot));
    const name = path.slice(dot + 1);
    const factor = 10 ** decimals;
    // One look-up a column: what lies deeper is looked for in no row.
    const owners = parents.get(prefix) ?? new Array<Row | undefined>(rows.length);
    parents.set(prefix, owners);
    for (let index = 0; index < rows.length; index += 1) {
      const integer = integers[places?.[index] ?? index] ?? Number.NaN;
      if (Number.isNaN(integer)) continue;
      const owner = owners[index] ?? owned(parents, prefix, index);
      owner[name] = words === undefined ? integer / factor : words[integer];
    }
  }
  return rows;
}

/** The object of a row at the end of a path, which is made where there is none yet. */
function owned(parents: Map<string, (Row | undefined)[]>, path: string, index: number): Row {
  const known = parents.get(path)?.[index];
  if (known !== undefined) return known;
  const dot = path.lastIndexOf('.');
  const parent = owned(parents, path.slice(0, Math.max(0, dot)), index);
  const made: Row = {};
  parent[path.slice(dot + 1)] = made;
  const owners = parents.get(path) ?? [];
  owners[index] = made;
  parents.set(path, owners);
  return made;
}
