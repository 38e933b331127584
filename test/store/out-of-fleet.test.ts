import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Leg } from '../../src/model/leg.ts';
import { FleetStore } from '../../src/store/fleet-store.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { quiet } from './bench-fleet.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, legOf, reportOf } from './leg-of.ts';
import { origin } from './measured.ts';
import { skipped, suffix } from './postgres-server.ts';
import { serverOfTests } from './server-of-tests.ts';

const now = (): number => origin;
const names = ['a', 'b', 'c'];
let folder: string;
let path: string;

beforeEach(() => {
  folder = newFolder();
  path = join(folder, 'otherleg.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function using<S extends Store, R>(store: S, work: (store: S) => Promise<R>): Promise<R> {
  await store.open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
const alone = (): Store => sqliteStore({ path, owner: 'agent-1', now });

async function end(store: Store, leg: Leg): Promise<void> {
  await store.endLeg(endedOf(leg), { report: reportOf(leg) });
}
/** Sends what it gets, and answers of which legs that was. */
async function sent(store: Store): Promise<string[]> {
  const ask = { owner: 'agent-1', now: origin + 1e6, limit: 100, leaseSeconds: 60, heldTenants: [] };
  const claimed = await store.claimReports(ask);
  for (const { report, fence } of claimed)
    await store.settleReport(report.mediaLegId, fence, { kind: 'accepted', at: origin });
  return claimed.map(({ report }) => report.mediaLegId).sort();
}

describe('a file that is opened without the fleet that it was in', () => {
  it.each([
    { what: 'may have a copy in PostgreSQL', mark: `copied_at = ${origin}` },
    { what: 'was on its way there', mark: 'handing = 1' },
  ])('sends what $what, once', async ({ mark }) => {
    const [leg, free] = [legOf('a'), legOf('b')];
    await using(alone(), async (store) => {
      for (const each of [leg, free]) {
        await store.putLeg(each, 0);
        await end(store, each);
      }
    });
    const database = new DatabaseSync(path);
    database.prepare(`update legs set ${mark} where media_leg_id = ?`).run(leg.mediaLegId);
    database.close();
    await using(alone(), async (store) => {
      expect(await store.nextDueAt()).toBe(origin);
      expect(await sent(store)).toEqual([leg.mediaLegId, free.mediaLegId].sort());
    });
    expect(await using(alone(), sent)).toEqual([]);
  });
});

describe.skipIf(skipped)(`an agent that left its fleet${suffix}`, () => {
  const server = serverOfTests();
  let url: string;
  beforeEach(() => {
    url = server.database();
  });
  const fleet = (): FleetStore => new FleetStore({ path, shared: { url }, owner: 'agent-1', now, log: quiet });

  it('sends what had a copy when it ended, and what ends later', async () => {
    const [ended, live] = [legOf('ended'), legOf('live')];
    await using(fleet(), async (store) => {
      for (const leg of [ended, live]) await store.putLeg(leg, 0);
      await store.mirror();
      server.halt();
      try {
        await end(store, ended);
        expect(await sent(store)).toEqual([]);
      } finally {
        server.resume();
      }
    });
    await using(alone(), async (store) => {
      expect(await sent(store)).toEqual([ended.mediaLegId]);
      const [resumed] = await store.liveLegs('agent-1');
      if (resumed === undefined) throw new Error('the live leg is gone');
      await end(store, resumed.leg);
      expect(await sent(store)).toEqual([live.mediaLegId]);
    });
  });

  it('sends what was on its way when it was killed', async () => {
    const legs = names.map((name) => legOf(name));
    await using(alone(), async (store) => {
      for (const leg of legs) {
        await store.putLeg(leg, 0);
        await end(store, leg);
      }
      expect(await store.packEnded(0, 10)).toBe(3);
    });
    const child = new URL('./handover-child.ts', import.meta.url).pathname;
    const { signal } = spawnSync(process.execPath, [child, path, url, 'marked'], { stdio: 'ignore' });
    expect(signal).toBe('SIGKILL');
    expect(await using(alone(), sent)).toEqual(legs.map(({ mediaLegId }) => mediaLegId).sort());
  });
});
