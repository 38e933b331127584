import type { Store } from '../store/store.ts';

/** Reports read at a time. */
const PAGE = 500;

/** How many reports are still owed. */
export async function backlog(store: Pick<Store, 'reports'>): Promise<number> {
  let count = 0;
  let after: string | undefined;
  do {
    const query = { state: 'queued', limit: PAGE, ...(after !== undefined && { after }) } as const;
    const page = await store.reports(query);
    count += page.items.length;
    after = page.next;
  } while (after !== undefined);
  return count;
}
