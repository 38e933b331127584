import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FleetStore } from '../../src/store/fleet-store.ts';
import { postgresStore } from '../../src/store/postgres-store.ts';
import { SqlStore } from '../../src/store/sql-store.ts';
import { sqliteEngine } from '../../src/store/sqlite-engine.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, guidOf, legOf, reportOf } from './leg-of.ts';
import { origin } from './measured.ts';
import { skipped, suffix } from './postgres-server.ts';
import { serverOfTests } from './server-of-tests.ts';

const at = (name: string): string => new URL(name, import.meta.url).pathname;
const quiet = { info: () => undefined, warn: () => undefined };
const rounds = 15;

describe.skipIf(skipped)(`a handover that is killed${suffix}`, () => {
  const server = serverOfTests();
  let folder: string;
  let path: string;
  let url: string;
  beforeEach(() => {
    folder = newFolder();
    path = join(folder, 'otherleg.db');
    url = server.database();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const later = 1e9;
  const now = (): number => origin;
  const fleet = (owner = 'agent-1', file = path, leaseSeconds = 30): FleetStore =>
    new FleetStore({
      path: file,
      shared: { url },
      owner,
      now,
      log: quiet,
      leaseSeconds,
      leaseClock: (time) => time,
    });

  async function using<S extends Store, R>(store: S, work: (store: S) => Promise<R>): Promise<R> {
    await store.open();
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  /** What a claimer gets that sees one of the places only, without keeping it. */
  async function claimable(place: Store): Promise<string[]> {
    return using(place, async (store) => {
      const ask = { owner: 'looker', now: origin + later, limit: 1e4, leaseSeconds: 1, heldTenants: [] };
      const claimed = await store.claimReports(ask);
      for (const { report, fence } of claimed) {
        await store.settleReport(report.mediaLegId, fence, { kind: 'keep', at: origin, dueAt: origin });
      }
      return claimed.map(({ report }) => report.mediaLegId).sort();
    });
  }
  // As it lies there: a store that is opened as one alone takes up what was on its way.
  const inFile = (): Promise<string[]> => claimable(new SqlStore(sqliteEngine(path), { owner: 'looker', now }));
  const inDatabase = (): Promise<string[]> => claimable(postgresStore({ url, owner: 'looker', now }));

  const names = ['a', 'b', 'c'];
  const ids = names.map(guidOf).sort();

  it.each([
    { where: 'written', file: ids, database: [] },
    { where: 'marked', file: [], database: [] },
    { where: 'committed', file: [], database: ids },
    { where: 'forgotten', file: [], database: ids },
  ])(
    'when it is $where leaves each report in one place at most, and in one afterwards',
    async ({ where, file, database }) => {
      await using(sqliteStore({ path, owner: 'agent-1', now }), async (store) => {
        for (const leg of names.map((name) => legOf(name))) {
          await store.putLeg(leg, 0);
          await store.endLeg(endedOf(leg), { report: reportOf(leg) });
        }
        expect(await store.packEnded(0, 10)).toBe(3);
      });
      const child = spawnSync(process.execPath, [at('./handover-child.ts'), path, url, where], {
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      expect(child.signal).toBe('SIGKILL');
      expect({ file: await inFile(), database: await inDatabase() }).toEqual({ file, database });

      // Without PostgreSQL nothing that may lie there is posted from here.
      server.halt();
      const alone = await using(fleet(), (store) =>
        store.claimReports({ owner: 'agent-1', now: origin + later, limit: 10, leaseSeconds: 1, heldTenants: [] }),
      );
      expect(alone.map(({ report }) => report.mediaLegId).sort()).toEqual(file);
      server.resume();

      expect(await using(fleet(), (store) => store.handOver())).toBe(where === 'forgotten' ? 0 : 3);
      expect({ file: await inFile(), database: await inDatabase() }).toEqual({ file: [], database: ids });
      expect(
        await using(fleet('agent-2', join(folder, 'second.db')), (store) => store.report(guidOf('a'))),
      ).toStrictEqual(reportOf(legOf('a')));
    },
  );

  it('at any moment loses no report and posts none twice, but those it was just sending', async () => {
    const promised = new Set<string>();
    const posted: string[] = [];
    const cut: string[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const lines = await killedAfter(
        spawn(process.execPath, [at('./fleet-child.ts'), path, url, `${round}`], {
          stdio: ['ignore', 'pipe', 'inherit'],
        }),
        1 + ((round * 7) % 40),
      );
      for (const line of lines) {
        if (line.startsWith('+')) promised.add(guidOf(line.slice(1)));
        if (line.startsWith('!')) posted.push(line.slice(1));
      }
      const last = lines.findLast((line) => line.startsWith('!'));
      if (last !== undefined) cut.push(last.slice(1));
    }
    // The last agent to start delivers what is left, from its file or from the database.
    await using(fleet('agent-1', path, 1), async (store) => {
      await store.packEnded(0, 1e4);
      await store.handOver();
      for (;;) {
        const claimed = await store.claimReports({
          owner: 'agent-1',
          now: Date.now() / 1000 + later,
          limit: 500,
          leaseSeconds: 60,
          heldTenants: [],
        });
        if (claimed.length === 0) break;
        for (const { report, fence } of claimed) {
          posted.push(report.mediaLegId);
          expect(await store.settleReport(report.mediaLegId, fence, { kind: 'accepted', at: origin })).toBe(true);
        }
      }
    });
    const once = new Set(posted);
    expect([...promised].filter((id) => !once.has(id))).toEqual([]);
    const twice = posted.filter((id, index) => posted.indexOf(id) < index);
    expect(twice.filter((id) => !cut.includes(id))).toEqual([]);
    expect(twice.length).toBeLessThanOrEqual(rounds);
    expect(promised.size).toBeGreaterThan(rounds);
    // Both ways were taken: from the file, and by way of the database.
    expect(
      Number(server.execute(new URL(url).pathname.slice(1), "select count(*) from reports where state = 'delivered'")),
    ).toBeGreaterThan(0);
  }, 120_000);
});

/** What it printed until it was killed, after so many lines. */
async function killedAfter(child: ChildProcess, lines: number): Promise<string[]> {
  let text = '';
  const exit = once(child, 'close');
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the child ended by itself with ${code}: ${text}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split('\n').length > lines + 1) resolve();
    });
  });
  child.kill('SIGKILL');
  expect(await exit).toEqual([null, 'SIGKILL']);
  return text.split('\n').slice(1, -1);
}
