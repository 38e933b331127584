import { describe, expect, it } from 'vitest';
import { backlog } from '../../src/delivery/backlog.ts';
import { OutboxFake } from './outbox-fake.ts';

describe('backlog', () => {
  it.each([0, 1, 499, 500, 501, 1_000, 1_001])('counts %i over its pages', async (count) => {
    const store = new OutboxFake();
    for (let n = 0; n < count; n += 1) {
      store.add({ mediaLegId: `leg-${n}`, tenantId: 'tenant', callChainId: 'call', body: '{}', createdAt: n });
    }
    store.add({ mediaLegId: 'done', tenantId: 'tenant', callChainId: 'call', body: '{}', createdAt: 0 });
    store.row('done').state = 'delivered';
    expect(await backlog(store)).toBe(count);
  });
});
