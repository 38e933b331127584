import { rmSync } from 'node:fs';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Claimed } from '../../src/model/delivery.ts';
import { FleetStore } from '../../src/store/fleet-store.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, legOf, reportOf } from './leg-of.ts';
import { origin } from './measured.ts';
import { skipped, suffix } from './postgres-server.ts';
import { serverOfTests } from './server-of-tests.ts';

/** A way to PostgreSQL that can be made to swallow everything, as a firewall does that drops. */
class Way {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  swallows = false;

  constructor(socket: string) {
    this.#server = createServer((near) => {
      const far = dial(socket);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => undefined);
        from.on('data', (octets) => void (this.swallows || to.write(octets)));
        from.on('close', () => void (this.swallows || to.destroy()));
      }
    });
  }

  async open(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** What was open is lost. */
  heal(): void {
    this.swallows = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.heal();
    this.#server.close();
  }
}

describe.skipIf(skipped)(`a fleet's store whose PostgreSQL is there and does not answer${suffix}`, () => {
  const server = serverOfTests();
  let folder: string;
  let url: string;
  let said: string[];
  const opened: FleetStore[] = [];
  const closers: (() => unknown)[] = [];
  beforeEach(() => {
    folder = newFolder();
    url = server.database();
    said = [];
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
    for (const store of opened.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  const agent = async (at = url, owner = 'agent-1'): Promise<FleetStore> => {
    const tell = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`);
    const log = { info: tell, warn: tell };
    const store = new FleetStore({
      path: join(folder, `${owner}.db`),
      shared: { url: at },
      owner,
      now: () => origin,
      log,
    });
    opened.push(store);
    await store.open();
    return store;
  };
  const ended = async (store: FleetStore, name: string): Promise<string> => {
    const leg = legOf(name, { owner: 'agent-1' });
    await store.putLeg(leg, 0);
    await store.endLeg(endedOf(leg), { report: reportOf(leg) });
    return leg.mediaLegId;
  };
  const claim = (store: FleetStore, limit = 8): Promise<readonly Claimed[]> =>
    store.claimReports({ owner: 'agent-1', now: origin + 1e6, limit, leaseSeconds: 60, heldTenants: [] });
  const ids = (claimed: readonly Claimed[]) => claimed.map(({ report }) => report.mediaLegId).sort();
  const locked = async (table: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(`begin; lock table ${table} in access exclusive mode`);
    closers.push(() => client.end());
    return client;
  };
  const impatient = () => `${url}?lock_timeout=200`;

  it.each(['reports', 'legs'])('sends what lies here while somebody has the table %s locked', async (table) => {
    const store = await agent(impatient());
    const one = await ended(store, 'a');
    await locked(table);
    expect(ids(await claim(store))).toEqual([one]);
    const two = await ended(store, 'b');
    expect(ids(await claim(store))).toEqual([two]);
    await expect(store.nextDueAt()).resolves.toEqual(expect.any(Number));
    expect(await store.dueAfterSetBack(origin)).toBe(0);
    await store.packEnded(0, 10);
    expect(await store.handOver()).toBe(0);
    await store.mirror();
    const slow = said.filter((line) => line.includes('the shared store is slow'));
    expect(slow).toEqual([expect.stringContaining('see its load and locks')]);
  });

  it('keeps the outcome of a report that lies there, and claims no other before it could tell it', async () => {
    const store = await agent(impatient());
    const mediaLegId = await ended(store, 'a');
    await store.packEnded(0, 10);
    expect(await store.handOver()).toBe(1);
    const [claimed] = await claim(store);
    expect(claimed?.report.mediaLegId).toBe(mediaLegId);
    const lock = await locked('reports');
    const accepted = { kind: 'accepted', at: origin, trace: { status: 204 } } as const;
    expect(await store.settleReport(mediaLegId, claimed?.fence ?? 0, accepted)).toBe(true);
    expect(await claim(store)).toEqual([]);
    await lock.query('rollback');
    expect(await claim(store)).toEqual([]);
    expect((await store.leg({ mediaLegId }))?.delivery.state).toBe('delivered');
    expect(await store.attempts(mediaLegId)).toHaveLength(1);
    expect(store.counters.lateOutcomes).toBe(0);
  });

  it('gives a claim that came late to the next who asks, once and not more than they want', async () => {
    const store = await agent(`${url}?lock_timeout=10000`);
    const all = [await ended(store, 'a'), await ended(store, 'b'), await ended(store, 'c')].sort();
    await store.packEnded(0, 10);
    expect(await store.handOver()).toBe(3);
    const lock = await locked('reports');
    expect(await claim(store)).toEqual([]);
    expect(await store.nextDueAt()).toBe(origin);
    await lock.query('rollback');
    const first = ids(await claim(store, 2));
    const second = ids(await claim(store, 2));
    expect([first.length, second.length]).toEqual([2, 1]);
    expect([...first, ...second].sort()).toEqual(all);
    expect(await claim(store)).toEqual([]);
  });

  it('claims here within seconds while the network swallows everything', async () => {
    const { hostname, pathname } = new URL(url);
    const way = new Way(join(decodeURIComponent(hostname), '.s.PGSQL.5432'));
    const port = await way.open();
    closers.push(() => way.close());
    const store = await agent(`postgres://postgres@127.0.0.1:${port}${pathname}`);
    const one = await ended(store, 'a');
    way.swallows = true;
    const began = performance.now();
    expect(ids(await claim(store))).toEqual([one]);
    await store.nextDueAt();
    // Two patiences of 2 s; a statement itself is waited for 15 s.
    expect(performance.now() - began).toBeLessThan(12_000);
    way.heal();
  }, 60_000);

  it('is away for as long as it takes no writes, though it answers questions', async () => {
    const store = await agent();
    const name = new URL(url).pathname.slice(1);
    const writable = (on: boolean): void => {
      server.execute('postgres', `alter database ${name} set default_transaction_read_only = ${on ? 'off' : 'on'}`);
      server.execute('postgres', `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    };
    writable(false);
    // It is asked again after 15 s at the longest.
    const within = { timeout: 25_000 };
    await expect.poll(() => store.renew().then(() => store.outage), within).toContain('read-only');
    const over = performance.now() + 2500;
    while (performance.now() < over) {
      await store.legs({ limit: 1 });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(store.outage).toContain('read-only');
    expect(store.counters.outages).toBe(1);
    writable(true);
    await expect.poll(() => store.legs({ limit: 1 }).then(() => store.outage), within).toBeUndefined();
    expect(said.filter((line) => line.startsWith('the shared store'))).toEqual([
      expect.stringContaining('is away'),
      expect.stringContaining('is back'),
    ]);
  }, 90_000);
});
