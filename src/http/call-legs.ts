import type { Leg } from '../model/leg.ts';
import type { Agent } from './http.ts';

const PAGE = 500;

/** The legs that are in a call now, or were at their end, oldest first. Earlier identifiers are no part of it. */
export async function legsOfCall({ list }: Pick<Agent, 'list'>, callChainId: string): Promise<readonly Leg[]> {
  const found: Leg[] = [];
  let after: string | undefined;
  do {
    const query = { identifier: callChainId, limit: PAGE, ...(after === undefined ? {} : { after }) };
    const page = await list(query);
    found.push(...page.items.filter(({ control }) => control.callChainId?.toLowerCase() === callChainId));
    after = page.next;
  } while (after !== undefined);
  return found.toSorted((a, b) => a.startedAt - b.startedAt || (a.mediaLegId < b.mediaLegId ? -1 : 1));
}
