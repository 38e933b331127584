import { OtherlegError } from '../model/error.ts';
import type { Page } from '../model/leg.ts';

/** The place of a row in its list: the values that the list is sorted by, the unique one last. */
export type Place = readonly (number | string)[];

/** The first `limit` of rows read with one more, and where the next page begins. */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  item: (row: Row) => Item,
  place: (row: Row) => Place,
): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { items: items.map(item), ...(more && { next: encode(place(last)) }) };
}

/** Reads `after` back: as many numbers as the list is sorted by, then text. */
export function readPlace(
  after: string,
  numbers: number,
): { readonly numbers: readonly number[]; readonly text: string } {
  try {
    const place: unknown = JSON.parse(Buffer.from(after, 'base64url').toString());
    if (Array.isArray(place) && place.length === numbers + 1) {
      const text: unknown = place.pop();
      if (typeof text === 'string' && place.every((value) => typeof value === 'number'))
        return { numbers: place, text };
    }
  } catch {
    // Answered below like any other text that is no place.
  }
  throw new OtherlegError('BODY_INVALID', 'after is not a place in this list', {
    hint: 'take `next` of the page before, with the same sort',
  });
}

/** A place as callers hand it back: `after`. */
export function encode(place: Place): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}
