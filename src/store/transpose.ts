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

/** Hangs the leaves of one path into their rows. */
export function hang(rows: readonly Record<string, unknown>[], path: string, leaves: Leaves): void {
  const { names, last } = namesOf(path);
  rows.forEach((row, index) => {
    const leaf = leaves[index];
    if (leaf !== undefined) placeOf(row, names)[last] = leaf;
  });
}

/** The same of numbers, each of which was multiplied with `factor`; NaN is none. */
export function hangNumbers(
  rows: readonly Record<string, unknown>[],
  path: string,
  numbers: Float64Array,
  factor: number,
): void {
  const { names, last } = namesOf(path);
  rows.forEach((row, index) => {
    const number = numbers[index] ?? Number.NaN;
    if (!Number.isNaN(number)) placeOf(row, names)[last] = number / factor;
  });
}

function namesOf(path: string): { readonly names: readonly string[]; readonly last: string } {
  const names = path.split('.');
  return { last: names.pop() ?? path, names };
}

function placeOf(row: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  let place = row;
  for (const name of names) {
    place[name] ??= {};
    // Every name on the way to a leaf stood for an object when the leaves were collected.
    place = place[name] as Record<string, unknown>;
  }
  return place;
}
