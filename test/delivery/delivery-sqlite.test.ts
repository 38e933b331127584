import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeliveryOptions } from '../../src/delivery/delivery.ts';
import { loopbackServer } from '../graph/loopback-server.ts';
import { endedLeg } from './ended-leg.ts';
import { realParts } from './real-parts.ts';

let folder = '';
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otherleg-delivery-'));
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await rm(folder, { recursive: true });
});

const file = () => join(folder, 'otherleg.db');
const idOf = (body: string): string => JSON.parse(body).quality.mediaLegId;
const distinct = (bodies: readonly string[]) => new Set(bodies.map(idOf)).size;

async function agent(baseUrl: string, more: Partial<DeliveryOptions> = {}) {
  const parts = await realParts(file(), baseUrl, more);
  closing.push(async () => {
    await parts.delivery.stop();
    await parts.store.close();
  });
  return parts;
}

type Agent = Awaited<ReturnType<typeof agent>>;

async function end({ store, delivery, clock }: Agent, n: number, tenantId = 'tenant') {
  const { leg, report } = endedLeg(n, tenantId, clock.now());
  expect(await store.endLeg(leg, { report })).toMatchObject({ state: 'queued' });
  delivery.wake();
}

const delivered = async ({ store }: Agent) => (await store.reports({ state: 'delivered', limit: 2_000 })).items.length;

describe('delivery out of SQLite to a real Graph', () => {
  it('brings a report once Graph is up again, once', async () => {
    const answers = [503, 500, 429, 204];
    const graph = await loopbackServer((_seen, response, index) => response.writeHead(answers[index] ?? 500).end());
    const agency = await agent(graph.origin, { firstRetrySeconds: 0.02 });
    agency.delivery.start();
    await end(agency, 1);
    await vi.waitFor(async () => expect(await delivered(agency)).toBe(1), 10_000);
    expect(graph.seen).toHaveLength(4);
    const { report } = endedLeg(1, 'tenant', 0);
    expect(new Set(graph.seen.map(({ body }) => body))).toEqual(new Set([report.body]));
    const attempts = await agency.store.attempts(report.mediaLegId);
    expect(attempts.map(({ kind, trace }) => [kind, trace?.status])).toEqual([
      ['keep', 503],
      ['keep', 500],
      ['keep', 429],
      ['accepted', 204],
    ]);
  });

  it('keeps the schedule over a restart while nobody listens at all', async () => {
    const gone = await loopbackServer(() => undefined);
    await gone.close();
    const before = await agent(gone.origin, { firstRetrySeconds: 0.02 });
    before.delivery.start();
    await end(before, 1);
    await vi.waitFor(() => expect(before.delivery.counters.kept).toBeGreaterThan(1), 10_000);
    for (const close of closing.splice(0)) await close();

    const graph = await loopbackServer((_seen, response) => response.writeHead(204).end());
    const after = await agent(graph.origin);
    after.delivery.start();
    await vi.waitFor(async () => expect(await delivered(after)).toBe(1), 10_000);
    expect(graph.seen).toHaveLength(1);
  });

  it('does not let a throttled tenant hold the others', async () => {
    const owners = new Map<string, string>();
    const heard = { busy: [] as number[], calm: 0 };
    // The busy tenant is throttled until the last report of the calm one is there: held up by it, that would never come.
    const graph = await loopbackServer(({ body }, response) => {
      const isBusy = owners.get(idOf(body)) === 'busy';
      if (!isBusy) heard.calm += 1;
      else if (heard.calm < 20) heard.busy.push(performance.now());
      if (isBusy && heard.calm < 20) response.writeHead(429, { 'retry-after': '1' }).end();
      else response.writeHead(204).end();
    });
    const agency = await agent(graph.origin, { concurrency: 2 });
    agency.delivery.start();
    for (let n = 0; n < 40; n += 1) {
      const tenant = n < 20 ? 'busy' : 'calm';
      owners.set(endedLeg(n, tenant, 0).report.mediaLegId, tenant);
      await end(agency, n, tenant);
    }
    await vi.waitFor(async () => expect(await delivered(agency)).toBe(40), 15_000);
    expect(heard.calm).toBe(20);
    expect(heard.busy.length).toBeGreaterThan(0);
    // Two were on their way when it began; after that it is asked about once Graph lets it, however long this takes here.
    for (const [n, at] of heard.busy.slice(2).entries()) expect(at - (heard.busy[n] ?? at)).toBeGreaterThan(950);
  }, 40_000);

  it('has 100 reports that end at once accepted within a second', async () => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(204).end());
    const agency = await agent(graph.origin);
    agency.delivery.start();
    const began = performance.now();
    await Promise.all(Array.from({ length: 100 }, (_, n) => end(agency, n)));
    await vi.waitFor(async () => expect(await delivered(agency)).toBe(100), { timeout: 15_000, interval: 10 });
    // The goal of a second is for a quiet machine; what nobody was woken for would wait for a sweep, 15 s.
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(distinct(graph.seen.map(({ body }) => body))).toBe(100);
    expect(graph.seen).toHaveLength(100);
  });

  it('drains 1,000 reports of an outage, each once', async () => {
    const graph = await loopbackServer((_seen, response) => response.writeHead(200).end('{}'));
    const agency = await agent(graph.origin);
    // Side by side, so that their ends share commits: a disk's are slow.
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => end(agency, n)));
    agency.delivery.start();
    expect(await agency.delivery.drain(60)).toBe(0);
    expect(graph.seen).toHaveLength(1_000);
    expect(distinct(graph.seen.map(({ body }) => body))).toBe(1_000);
    expect(await delivered(agency)).toBe(1_000);
  }, 90_000);

  it('delivers what an agent that was killed had claimed', async () => {
    const heard = Promise.withResolvers<ServerResponse>();
    const silent = await loopbackServer((_seen, response) => heard.resolve(response));
    const victim = spawn(process.execPath, [join(import.meta.dirname, 'victim.ts'), file(), silent.origin], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const ended = once(victim, 'exit');
    await Promise.race([heard.promise, ended.then(([code]) => expect.fail(`it ended by itself with ${code}`))]);
    victim.kill('SIGKILL');
    await ended.catch(() => undefined);

    const graph = await loopbackServer((_seen, response) => response.writeHead(204).end());
    const agency = await agent(graph.origin);
    agency.delivery.start();
    // Long before the dead agent's lease of two minutes would have ended.
    await vi.waitFor(async () => expect(await delivered(agency)).toBe(1), 15_000);
    expect(graph.seen.map(({ body }) => body)).toEqual(silent.seen.map(({ body }) => body));
  });
});
