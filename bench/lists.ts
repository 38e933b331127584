/**
 * How fast legs are found among many: the lists that the page asks for, over 100,000 stored legs of thirty days, through the
 * store and through a running agent, on SQLite and, where a server is installed, on PostgreSQL.
 *
 *   node bench/lists.ts [--legs 100000] [--rounds 40] [--json]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LegQuery } from '../src/model/leg.ts';
import { FleetStore } from '../src/store/fleet-store.ts';
import { postgresStore } from '../src/store/postgres-store.ts';
import { sqliteStore } from '../src/store/sqlite-store.ts';
import type { Store } from '../src/store/store.ts';
import { AgentProcess } from '../test/daemon/agent-process.ts';
import { guidOf, reportOf, tenant } from '../test/store/leg-of.ts';
import { PostgresServer, skipped } from '../test/store/postgres-server.ts';
import { machine } from './machine.ts';
import { callOf, madeLeg, roomOf } from './made-legs.ts';

const DAY = 86_400;
/** A shared database has some connections only. */
const AT_ONCE = 50;
const DEEP_PAGES = 20;

const { values } = parseArgs({
  options: {
    legs: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '40' },
    json: { type: 'boolean', default: false },
  },
});
const count = Number(values.legs);
const rounds = Number(values.rounds);
const until = Math.floor(Date.now() / 1000) - 7200;

type Asked = { readonly what: string; readonly query: (round: number) => LegQuery; readonly calls?: true };
type Figure = { readonly engine: string; readonly by: string; readonly what: string; p50: number; p95: number };

/** A place among the made legs that is another one in each round. */
const nth = (round: number): number => (round * 7907 + 11) % count;

const lists: readonly Asked[] = [
  { what: 'worst first', query: () => ({ sort: 'worst', limit: 50 }) },
  { what: 'worst first, of 7 days', query: () => ({ sort: 'worst', limit: 100, from: until - 7 * DAY }) },
  { what: 'worst first, of 1 day', query: () => ({ sort: 'worst', limit: 100, from: until - DAY }) },
  { what: 'worst of a room', query: (round) => ({ sort: 'worst', limit: 50, room: roomOf(round) }) },
  { what: 'newest of a room', query: (round) => ({ limit: 50, room: roomOf(round) }) },
  { what: 'text "boardroom" of 7 days', query: () => ({ text: 'boardroom', limit: 500, from: until - 7 * DAY }) },
  { what: 'text that is in no name', query: () => ({ text: 'no such room', limit: 50 }) },
  {
    what: 'by participantId',
    query: (round) => ({ identifier: guidOf(`made ${nth(round)} participant`), limit: 100 }),
  },
  { what: 'by mediaLegId', query: (round) => ({ identifier: guidOf(`made ${nth(round)}`), limit: 100 }) },
  { what: 'by callChainId', query: (round) => ({ identifier: callOf(nth(round)), limit: 100 }) },
  { what: 'calls, worst first', query: () => ({ sort: 'worst', limit: 50 }), calls: true },
  { what: 'calls, newest first', query: () => ({ limit: 50 }), calls: true },
];

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const legs = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, n) => madeLeg(from + n, count, until));
    await Promise.all(
      legs.map((leg) => store.endLeg(leg, { report: reportOf(leg, { body: `{"x":"${'x'.repeat(2500)}"}` }) })),
    );
  }
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * q) - 1)] ?? 0;

async function timed(work: (round: number) => Promise<unknown>): Promise<{ p50: number; p95: number }> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    await work(round);
    taken.push(performance.now() - began);
  }
  const sorted = taken.toSorted((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
}

/** The place after so many pages of the worst. */
async function deep(store: Store): Promise<string> {
  let after: string | undefined;
  for (let page = 0; page < DEEP_PAGES; page += 1) {
    const { next } = await store.legs({ sort: 'worst', limit: 500, ...(after !== undefined && { after }) });
    if (next === undefined) break;
    after = next;
  }
  return after ?? '';
}

const deepList = (after: string): Asked => ({
  what: `worst first, after ${DEEP_PAGES * 500} others`,
  query: () => ({ sort: 'worst', limit: 50, after }),
});

function told(figure: Figure): Figure {
  const { engine, by, what, p50, p95 } = figure;
  const millis = [p50, p95].map((value) => value.toFixed(1).padStart(8));
  if (!values.json)
    console.log(`${engine.padEnd(11)} ${by.padEnd(6)} ${what.padEnd(32)} p50 ${millis[0]}  p95 ${millis[1]}`);
  return figure;
}

async function byStore(engine: string, store: Store): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  await store.open();
  for (const { what, query, calls } of [...lists, deepList(await deep(store))]) {
    if (calls) continue;
    figures.push(told({ engine, by: 'store', what, ...(await timed((round) => store.legs(query(round)))) }));
  }
  await store.close();
  return figures;
}

const iso = (at: number): string => new Date(at * 1000).toISOString();

/** The URL of a list, as the page writes it. */
function pathOf({ query, calls }: Asked, round: number): string {
  const { from, ...rest } = query(round);
  const asked = { ...rest, ...(from !== undefined && { from: iso(from) }) };
  const pairs = Object.entries(asked).map(([name, value]): [string, string] => [name, String(value)]);
  return `${calls ? '/v1/calls' : '/v1/legs'}?${new URLSearchParams(pairs)}`;
}

async function byAgent(engine: string, store: string, after: string): Promise<readonly Figure[]> {
  const agent = new AgentProcess();
  const figures: Figure[] = [];
  writeFileSync(
    agent.config,
    [
      'agent: { name: agent-1 }',
      'control: { listen: "http://127.0.0.1:0" }',
      `store: ${store}`,
      // Nothing is sent: what is measured is reading.
      `graph: { baseUrl: "http://127.0.0.1:9", auth: { kind: none, tenantId: ${tenant} } }`,
    ].join('\n'),
  );
  try {
    await agent.start();
    for (const asked of [...lists, deepList(after)]) {
      const ask = async (round: number): Promise<void> => {
        const answer = await fetch(`${agent.url}${pathOf(asked, round)}`);
        const { items } = (await answer.json()) as { items?: readonly unknown[] }; // a page, or a problem
        if (items === undefined) throw new Error(`${asked.what} was answered with ${answer.status}`);
      };
      figures.push(told({ engine, by: 'agent', what: asked.what, ...(await timed(ask)) }));
    }
  } finally {
    await agent.remove();
  }
  return figures;
}

async function settled(store: Store): Promise<string> {
  await store.open();
  await fill(store);
  const after = await deep(store);
  // As after their delivery: an agent that starts has nothing to send.
  for (let claimed = 1; claimed > 0; ) {
    const ask = { owner: 'agent-1', now: until + DAY, limit: AT_ONCE, leaseSeconds: 600, heldTenants: [] };
    const reports = await store.claimReports(ask);
    claimed = reports.length;
    await Promise.all(
      reports.map(({ report, fence }) =>
        store.settleReport(report.mediaLegId, fence, { kind: 'accepted', at: until + DAY }),
      ),
    );
  }
  await store.close();
  return after;
}

async function sqlite(folder: string): Promise<readonly Figure[]> {
  const path = join(folder, 'legs.db');
  const store = (): Store => sqliteStore({ path, owner: 'agent-1', now: () => Date.now() / 1000 });
  const after = await settled(store());
  return [...(await byStore('SQLite', store())), ...(await byAgent('SQLite', `{ url: "sqlite:${path}" }`, after))];
}

async function postgres(folder: string): Promise<readonly Figure[]> {
  const server = PostgresServer.start({ fsync: true });
  try {
    const url = server.database();
    const now = (): number => Date.now() / 1000;
    const after = await settled(postgresStore({ url, owner: 'agent-1', now }));
    const log = { info: () => undefined, warn: () => undefined };
    const path = join(folder, 'own.db');
    const fleet = new FleetStore({ path, shared: { url }, owner: 'agent-1', now, log });
    return [
      ...(await byStore('PostgreSQL', fleet)),
      ...(await byAgent('PostgreSQL', `{ url: "${url}", local: "sqlite:${path}" }`, after)),
    ];
  } finally {
    server.remove();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'otherleg-bench-'));
try {
  if (!values.json) console.log(`${count} legs, on ${machine()}; milliseconds`);
  const figures = [...(await sqlite(folder)), ...(skipped ? [] : await postgres(folder))];
  if (values.json) process.stdout.write(`${JSON.stringify({ machine: machine(), legs: count, figures })}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
