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
  const found = columns.find((column) => column.path === path);
  return found === undefined ? () => undefined : cells(found);
}

function cells({ integers, decimals, words }: ReadColumn): (place: number) => Leaf | undefined {
  const factor = 10 ** decimals;
  return (place) => {
    const integer = integers[place] ?? Number.NaN;
    if (Number.isNaN(integer)) return undefined;
    return words === undefined ? integer / factor : words[integer];
  };
}

/** A member of a row: a leaf, or an object of members. */
type Member = { readonly name: string } & (
  | { readonly leaf: (place: number) => Leaf | undefined }
  | { readonly members: Member[] }
);

/** The rows, each with the leaves of its place in the columns, or of that which `places` tells, hung into it. */
export function hung(rows: Row[], columns: readonly ReadColumn[], places?: Uint32Array): Row[] {
  const members = membersOf(columns);
  // Row after row: an object that grows while thousands of others do is moved about by the collector each time.
  for (const [index, row] of rows.entries()) grown(row, members, places?.[index] ?? index);
  return rows;
}

/** The columns as their paths branch. */
function membersOf(columns: readonly ReadColumn[]): readonly Member[] {
  const root: Member[] = [];
  const owners = new Map<string, Member[]>([['', root]]);
  const ownersOf = (path: string): Member[] => {
    const known = owners.get(path);
    if (known !== undefined) return known;
    const members: Member[] = [];
    owners.set(path, members);
    const [prefix, name] = divided(path);
    ownersOf(prefix).push({ name, members });
    return members;
  };
  for (const column of columns) {
    const [prefix, name] = divided(column.path);
    ownersOf(prefix).push({ name, leaf: cells(column) });
  }
  return root;
}

function divided(path: string): readonly [prefix: string, name: string] {
  const dot = path.lastIndexOf('.');
  return [path.slice(0, Math.max(0, dot)), path.slice(dot + 1)];
}

/** The row with its members of that place; one that is not there yet is made where it has any. */
function grown(row: Row | undefined, members: readonly Member[], place: number): Row | undefined {
  let whole = row;
  for (const member of members) {
    const value = 'leaf' in member ? member.leaf(place) : grown(undefined, member.members, place);
    if (value === undefined) continue;
    whole ??= {};
    whole[member.name] = value;
  }
  return whole;
}
