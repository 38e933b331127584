import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Page } from '../../src/model/leg.ts';
import { mergedPage } from '../../src/store/merged-page.ts';
import { page, readPlace } from '../../src/store/page-cursor.ts';

type Item = { readonly at: number; readonly id: string; readonly from: 'own' | 'shared' };
const place = ({ at, id }: Item) => [at, id];
const descending = (a: Item, b: Item): number => b.at - a.at || (a.id < b.id ? 1 : -1);

/** One place's page, as a statement reads it. */
function read(items: readonly Item[], limit: number, after: string | undefined): Page<Item> {
  const from = after === undefined ? undefined : readPlace(after, 1);
  const beyond = ({ at, id }: Item): boolean => {
    const [limitAt = 0] = from?.numbers ?? [];
    return from === undefined || at < limitAt || (at === limitAt && id < from.text);
  };
  return page(
    [...items]
      .sort(descending)
      .filter(beyond)
      .slice(0, limit + 1),
    limit,
    (item) => item,
    place,
  );
}

const item = fc.record({ at: fc.integer({ min: 0, max: 6 }), id: fc.integer({ min: 0, max: 20 }).map(String) });

describe('a page of a list in two places', () => {
  it('goes through all of both once, in order, and the first speaks for what both have', () => {
    fc.assert(
      fc.property(fc.array(item), fc.array(item), fc.integer({ min: 1, max: 7 }), (first, second, limit) => {
        const unique = (items: { at: number; id: string }[], from: Item['from']): Item[] => [
          ...new Map(items.map((each) => [each.id, { ...each, from }])).values(),
        ];
        const [own, shared] = [unique(first, 'own'), unique(second, 'shared')];
        const held = new Set(own.map(({ id }) => id));
        const seen: Item[] = [];
        let after: string | undefined;
        let pages = 0;
        do {
          const rule = { limit, id: ({ id }: Item) => id, place };
          const merged = mergedPage(read(own, limit, after), read(shared, limit, after), held, rule);
          expect(merged.items.length).toBeLessThanOrEqual(limit);
          seen.push(...merged.items);
          after = merged.next;
          pages += 1;
        } while (after !== undefined && pages < 100);
        const want = [...own, ...shared.filter(({ id }) => !held.has(id))].sort(descending);
        expect(seen).toEqual(want);
      }),
    );
  });
});
