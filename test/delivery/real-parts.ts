import { DELIVERY_DEFAULTS, Delivery, type DeliveryOptions } from '../../src/delivery/delivery.ts';
import { graphClient } from '../../src/graph/graph-client.ts';
import { noTokens } from '../../src/graph/no-tokens.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';

const clock = { now: () => Date.now() / 1_000 };

/** An agent's store and delivery as the daemon builds them, posting to `baseUrl`. Not started. */
export async function realParts(path: string, baseUrl: string, more: Partial<DeliveryOptions> = {}) {
  const store: Store = sqliteStore({ path, owner: 'agent', now: clock.now });
  await store.open();
  const graph = graphClient({ baseUrl, apiVersion: 'v1.0', userAgent: 'otherleg/0', tokens: noTokens, clock });
  const logger = { info: () => undefined, warn: () => undefined };
  const options = { owner: 'agent', ...DELIVERY_DEFAULTS, ...more };
  const delivery = new Delivery({ store, graph, clock, random: Math.random, logger }, options);
  return { store, delivery, clock };
}
