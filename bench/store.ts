import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FleetStore } from '../src/store/fleet-store.ts';
import { postgresStore } from '../src/store/postgres-store.ts';
import { sqliteStore } from '../src/store/sqlite-store.ts';
import type { Store } from '../src/store/store.ts';
import { hourOf } from '../test/store/hour.ts';
import { endedOf, legOf, reportOf } from '../test/store/leg-of.ts';
import { PostgresServer, skipped } from '../test/store/postgres-server.ts';

/*
 * node bench/store.ts: what the store does in a second, on this machine and its disk, fsync on: legs begun, sampled and
 * ended; reports claimed and settled by one agent and by four; octets of a leg-hour.
 */

/** Of one agent. `file`: its own, of an agent of a fleet. */
function storeOf(url: string, owner: string, file?: string): Store {
  if (file !== undefined) return new FleetStore({ path: file, shared: { url }, owner, now, log: quiet });
  return url.startsWith('postgres:') ? postgresStore({ url, owner, now }) : sqliteStore({ path: url, owner, now });
}

/** In a process of its own: claims and settles until nothing is left, eight at a time as delivery does. */
async function drain(url: string, owner: string, file?: string): Promise<void> {
  const store = storeOf(url, owner, file);
  await store.open();
  process.send?.('ready');
  await once(process, 'message');
  let count = 0;
  // An agent of a fleet claims for all its lanes at once.
  const [lanes, limit] = file === undefined ? [8, 1] : [1, 8];
  const lane = async (): Promise<void> => {
    for (;;) {
      const claimed = await store.claimReports({ owner, now: now() + 1e6, limit, leaseSeconds: 120, heldTenants: [] });
      if (claimed.length === 0) return;
      const settled = claimed.map(({ report, fence }) =>
        store.settleReport(report.mediaLegId, fence, { kind: 'accepted', at: now() }),
      );
      await Promise.all(settled);
      count += claimed.length;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  process.send?.(count);
  await store.close();
  process.disconnect();
}

const now = (): number => Date.now() / 1000;
const quiet = { info: () => undefined, warn: () => undefined };
const [role = '', ...given] = process.argv.slice(2);
if (role === 'drain') await drain(given[0] ?? '', given[1] ?? '', given[2]);
else await measure();

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-bench-'));
  const server = skipped ? undefined : PostgresServer.start({ fsync: true });
  try {
    await legs('SQLite', sqliteStore({ path: join(folder, 'legs.db'), owner: 'a', now }));
    if (server) await legs('PostgreSQL alone', postgresStore({ url: server.database(), owner: 'a', now }));
    if (server)
      await handing(
        new FleetStore({
          path: join(folder, 'fleet.db'),
          shared: { url: server.database() },
          owner: 'a',
          now,
          log: quiet,
        }),
      );
    await drained('SQLite, 1 agent', join(folder, 'drain.db'), 1);
    if (server) await drained('PostgreSQL, 1 agent', server.database(), 1);
    if (server) await drained('PostgreSQL, 4 agents', server.database(), 4);
    if (server) await drained('fleet, 1 agent', server.database(), 1, folder);
    if (server) await drained('fleet, 4 agents', server.database(), 4, folder);
    await size(join(folder, 'size.db'));
    if (server) await sizeThere(server);
  } finally {
    server?.remove();
    rmSync(folder, { recursive: true });
  }
}

function tell(what: string, value: number, unit: string): void {
  console.log(`${what.padEnd(58)} ${value.toFixed(value < 100 ? 1 : 0).padStart(8)} ${unit}`);
}

async function perSecond(what: string, count: number, work: () => Promise<void>): Promise<void> {
  const begun = performance.now();
  await work();
  tell(what, (count * 1000) / (performance.now() - begun), '/s');
}

/** Twelve streams of one leg, as audio, video and screen sharing have them, and one slot of each. */
function tick(mediaLegId: string, slot: number) {
  const hour = hourOf(mediaLegId, { video: true, lossy: 0.02 });
  const at = hour.intervals[0]?.startedAt ?? 0;
  const streams = Array.from({ length: 6 }, (_, n) =>
    hour.streams.map((each) => ({ ...each, streamId: `${each.streamId} ${n}` })),
  ).flat();
  const first = hour.intervals.slice(0, 2);
  const intervals = streams.flatMap(({ streamId, direction }) =>
    first
      .filter((each) => each.streamId.endsWith(direction))
      .map((each) => ({ ...each, streamId, startedAt: at + 5 * slot })),
  );
  return {
    streams,
    intervals,
    presence: hour.presence.slice(0, 1).map((each) => ({ ...each, startedAt: at + 5 * slot })),
    cursors: new Map(),
  };
}

async function legs(engine: string, store: Store): Promise<void> {
  await store.open();
  const names = Array.from({ length: 300 }, (_, n) => `${engine} ${n}`);
  const batches = names.slice(0, 50).map((name) => tick(legOf(name).mediaLegId, 0));
  const one = async (work: (name: string, n: number) => Promise<unknown>): Promise<void> => {
    for (const [n, name] of names.entries()) await work(name, n);
  };
  await perSecond(`${engine}: legs begun, one after the other`, names.length, () =>
    one((name) => store.putLeg(legOf(name), 0)),
  );
  await perSecond(`${engine}: ticks of one leg (12 intervals) written, one by one`, batches.length, async () => {
    for (const batch of batches) await store.appendIntervals(batch);
  });
  const all = batches.map((_, slot) => ({
    streams: batches.flatMap(({ streams }) => streams),
    intervals: batches.flatMap(({ intervals }) =>
      intervals.map((each) => ({ ...each, startedAt: each.startedAt + 5 * slot })),
    ),
    presence: batches.flatMap(({ presence }) =>
      presence.map((each) => ({ ...each, startedAt: each.startedAt + 5 * slot })),
    ),
    cursors: new Map<string, Uint8Array>(),
  }));
  await perSecond(`${engine}: ticks of 50 legs (600 intervals) in one`, all.length, async () => {
    for (const batch of all) await store.appendIntervals(batch);
  });
  const end = (name: string): Promise<unknown> => store.endLeg(endedOf(legOf(name)), { report: reportOf(legOf(name)) });
  await perSecond(`${engine}: legs ended, one after the other`, 150, async () => {
    for (const name of names.slice(0, 150)) await end(name);
  });
  await perSecond(
    `${engine}: legs ended, all at once`,
    150,
    async () => void (await Promise.all(names.slice(150).map(end))),
  );
  await store.close();
}

async function handing(store: FleetStore): Promise<void> {
  await store.open();
  const names = Array.from({ length: 500 }, (_, n) => `fleet ${n}`);
  await Promise.all(
    names.map((name) => store.endLeg(endedOf(legOf(name, { owner: 'a' })), { report: reportOf(legOf(name)) })),
  );
  while ((await store.packEnded(0, 50)) > 0);
  await perSecond('fleet: legs handed over', names.length, async () => void (await store.handOver()));
  const live = Array.from({ length: 100 }, (_, n) => legOf(`live ${n}`, { owner: 'a' }));
  for (const leg of live) {
    await store.putLeg(leg, 0);
    for (let slot = 0; slot < 6; slot += 1) await store.appendIntervals(tick(leg.mediaLegId, slot));
  }
  await perSecond('fleet: live legs copied (30 s of 12 streams each)', live.length, () => store.mirror());
  await store.close();
}

/** Reports with a body as long as a real one, emptied by so many processes. `folder`: for the files of agents of a fleet. */
async function drained(what: string, url: string, agents: number, folder?: string): Promise<void> {
  const total = 2000;
  const store = storeOf(url, 'a');
  await store.open();
  const body = JSON.stringify({ quality: 'x'.repeat(2500) });
  const names = Array.from({ length: total }, (_, n) => `${what} ${n}`);
  for (let from = 0; from < total; from += 100) {
    await Promise.all(
      names
        .slice(from, from + 100)
        .map((name) => store.endLeg(endedOf(legOf(name)), { report: reportOf(legOf(name), { body }) })),
    );
  }
  await store.close();
  const children = Array.from({ length: agents }, (_, n) => {
    const own = folder === undefined ? [] : [join(folder, `${what} ${n}.db`)];
    return fork(import.meta.filename, ['drain', url, `agent-${n}`, ...own]);
  });
  await Promise.all(children.map((child) => once(child, 'message')));
  const begun = performance.now();
  const counts = children.map(async (child) => {
    child.send('go');
    const [count] = await once(child, 'message');
    return Number(count);
  });
  const sum = (await Promise.all(counts)).reduce((a, b) => a + b, 0);
  const seconds = (performance.now() - begun) / 1000;
  await Promise.all(children.map((child) => child.exitCode ?? once(child, 'exit')));
  if (sum !== total) throw new Error(`${sum} of ${total} reports were drained`);
  tell(`${what}: reports claimed and settled`, total / seconds, '/s');
}

async function fill(store: Store): Promise<number> {
  const legs = 10;
  for (let n = 0; n < legs; n += 1) {
    const leg = legOf(`hour ${n}`);
    await store.putLeg(leg, 0);
    for (const video of [false, true]) {
      const { streams, intervals, presence } = hourOf(leg.mediaLegId, { video, lossy: 0.02 });
      const named = (streamId: string): string => `${streamId} ${video}`;
      await store.appendIntervals({
        streams: streams.map((each) => ({ ...each, streamId: named(each.streamId) })),
        intervals: intervals.map((each) => ({ ...each, streamId: named(each.streamId) })),
        presence,
        cursors: new Map(),
      });
    }
    await store.endLeg(endedOf(leg), { report: reportOf(leg) });
  }
  return legs;
}

async function size(path: string): Promise<void> {
  const store = sqliteStore({ path, owner: 'a', now });
  await store.open();
  const legs = await fill(store);
  await store.close();
  tell('SQLite: leg-hour of 2 channels while live, in the file', statSync(path).size / legs / 1000, 'kB');
  await store.open();
  while ((await store.packEnded(0, 1)) > 0);
  await store.close();
  const { DatabaseSync } = await import('node:sqlite');
  const file = new DatabaseSync(path);
  const packed = Number(file.prepare('select avg(length(body)) as size from series').get()?.['size']);
  file.exec('vacuum');
  file.close();
  tell('SQLite: channel-hour once ended, its series', packed / 2 / 1000, 'kB');
  tell('SQLite: leg-hour of 2 channels once ended, in the file', statSync(path).size / legs / 1000, 'kB');
}

async function sizeThere(server: PostgresServer): Promise<void> {
  const url = server.database();
  const store = postgresStore({ url, owner: 'a', now });
  await store.open();
  const legs = await fill(store);
  while ((await store.packEnded(0, 1)) > 0);
  await store.close();
  const name = new URL(url).pathname.slice(1);
  server.execute(name, 'vacuum full');
  const tables =
    "select sum(pg_total_relation_size(oid)) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace and relname in ('legs', 'series', 'reports', 'identifiers', 'attempts')";
  tell(
    'PostgreSQL: leg-hour of 2 channels once ended, with indexes',
    Number(server.execute(name, tables)) / legs / 1000,
    'kB',
  );
}
