import type { Page } from '../model/leg.ts';
import { encode, type Place } from './page-cursor.ts';

export type MergeRule<Item> = {
  readonly limit: number;
  readonly id: (item: Item) => string;
  /** By what the list is sorted, greatest first: as in the statement that read it. */
  readonly place: (item: Item) => Place;
};

/** One page of a list that lies in two places, of a page of each. `held`: ids for which only the first place speaks. */
export function mergedPage<Item>(
  own: Page<Item>,
  shared: Page<Item>,
  held: ReadonlySet<string>,
  { limit, id, place }: MergeRule<Item>,
): Page<Item> {
  // Below the end of a page that goes on, the other list says nothing about what comes first.
  const ends = [own, shared].flatMap(({ items, next }) => (next === undefined ? [] : items.slice(-1))).map(place);
  const horizon = ends.sort(descending)[0];
  const complete = [...own.items, ...shared.items.filter((item) => !held.has(id(item)))]
    .filter((item) => horizon === undefined || descending(place(item), horizon) <= 0)
    .sort((a, b) => descending(place(a), place(b)));
  const items = complete.slice(0, limit);
  const last = items.at(-1);
  const next = complete.length > limit && last !== undefined ? place(last) : horizon;
  return { items, ...(next && { next: encode(next) }) };
}

function descending(a: Place, b: Place): number {
  for (const [index, value] of a.entries()) {
    const other = b[index];
    if (other !== undefined && value !== other) return value > other ? -1 : 1;
  }
  return 0;
}
