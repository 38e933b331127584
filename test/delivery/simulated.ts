import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { DELIVERY_DEFAULTS, Delivery, type DeliveryOptions } from '../../src/delivery/delivery.ts';
import type { PostResult } from '../../src/graph/graph.ts';
import type { Report } from '../../src/model/delivery.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { endedLeg } from './ended-leg.ts';

/** A clock that may be set, as an operator or NTP sets it; timers go on by themselves. */
export const offset = { seconds: 0 };
export const clock = { now: () => Date.now() / 1_000 + offset.seconds };

/** SQLite works in turns of the real loop: simulated time stands still until what was begun is written. */
async function written(): Promise<void> {
  for (let turn = 0; turn < 15; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass: finely at first, then from timer to timer, which never lie more than a minute apart. */
export async function seconds(count: number): Promise<void> {
  const until = Date.now() + count * 1_000;
  for (let step = 0; Date.now() < until; step += 1) {
    await written();
    const left = until - Date.now();
    if (step < 40 || left < 60_000 || vi.getTimerCount() === 0) await vi.advanceTimersByTimeAsync(Math.min(left, 250));
    else await vi.advanceTimersToNextTimerAsync();
  }
  await written();
}

export const accepted: PostResult = { kind: 'accepted', trace: { status: 204 } };
export const down: PostResult = { kind: 'keep', trace: { code: 'ECONNREFUSED' }, throttled: false };
export const throttled = (retryAfterSeconds: number): PostResult => ({
  kind: 'keep',
  trace: { status: 429 },
  throttled: true,
  retryAfterSeconds,
});

export type Post = { readonly leg: string; readonly at: number };
export type Answer = (report: Report, posts: readonly Post[]) => PostResult;

/** Delivery out of a real SQLite file in simulated time, to a Graph that answers as `answer` says. */
export async function simulated(answer: Answer, more: Partial<DeliveryOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-simulated-'));
  const posts: Post[] = [];
  let store: Store;
  let delivery: Delivery;
  const postReport = async (report: Report): Promise<PostResult> => {
    posts.push({ leg: report.mediaLegId, at: Date.now() / 1_000 });
    return answer(report, posts);
  };
  const begin = async () => {
    store = sqliteStore({ path: join(folder, 'otherleg.db'), owner: 'agent', now: clock.now });
    await store.open();
    const logger = { info: () => undefined, warn: () => undefined };
    const parts = { store, graph: { postReport }, clock, random: () => 0.5, logger };
    delivery = new Delivery(parts, { owner: 'agent', ...DELIVERY_DEFAULTS, ...more });
  };
  const stop = async () => {
    await delivery.stop();
    await store.close();
  };
  onTestFinished(async () => {
    offset.seconds = 0;
    await stop();
    rmSync(folder, { recursive: true });
  });
  await begin();
  return {
    posts,
    store: () => store,
    delivery: () => delivery,
    end: async (n: number, tenantId = 'tenant') => {
      const { leg, report } = endedLeg(n, tenantId, clock.now());
      await store.endLeg(leg, { report });
      delivery.wake();
      return report.mediaLegId;
    },
    stateOf: async (mediaLegId: string) => (await store.leg({ mediaLegId }))?.delivery,
    restart: async () => {
      await stop();
      await begin();
      delivery.start();
    },
  };
}
