import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { DELIVERY_DEFAULTS, Delivery } from '../../src/delivery/delivery.ts';
import type { PostResult } from '../../src/graph/graph.ts';
import type { Report } from '../../src/model/delivery.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { until } from '../daemon/slim-gateway.ts';
import { endedLeg } from './ended-leg.ts';

const BACKLOG = 10_000;
const NEW = 40;

it(`${BACKLOG} queued reports are drained in order, and new ones do not wait for them`, {
  timeout: 400_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-backlog-'));
  const clock = { now: () => Date.now() / 1_000 };
  const store = sqliteStore({ path: join(folder, 'otherleg.db'), owner: 'agent', now: clock.now });
  await store.open();
  const outage = clock.now() - 3_600;
  const begin = (n: number, at: number) => {
    const { leg, report } = endedLeg(n, `tenant-${n % 7}`, at);
    // All at the same time of the store: the order is that of the reports.
    return store.endLeg(leg, { report }).then(() => report.mediaLegId);
  };
  const old = await Promise.all(Array.from({ length: BACKLOG }, (_, n) => begin(n, outage + n / 10)));

  const posts: string[] = [];
  const postReport = async ({ mediaLegId }: Report): Promise<PostResult> => {
    posts.push(mediaLegId);
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { kind: 'accepted', trace: { status: 204 } };
  };
  const logger = { info: () => undefined, warn: () => undefined };
  const parts = { store, graph: { postReport }, clock, random: Math.random, logger };
  const delivery = new Delivery(parts, { owner: 'agent', ...DELIVERY_DEFAULTS });
  delivery.start();
  const waits: number[] = [];
  for (let n = 0; n < NEW; n += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    const before = posts.length;
    const id = await begin(BACKLOG + n, clock.now());
    delivery.wake();
    await until(() => (posts.includes(id) ? true : undefined));
    waits.push(posts.indexOf(id) - before);
  }
  expect(posts.length).toBeLessThan(BACKLOG);
  expect(await delivery.drain(300)).toBe(0);
  await store.close();
  rmSync(folder, { recursive: true });

  const order = new Map(posts.map((id, place) => [id, place]));
  expect(posts).toHaveLength(BACKLOG + NEW);
  expect(order.size).toBe(BACKLOG + NEW);
  const places = old.map((id) => order.get(id) ?? -1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  // Counted in reports that went before: a fourth of the places is theirs, and the fsync of their end comes before.
  expect(Math.max(...waits)).toBeLessThan(200);
});
