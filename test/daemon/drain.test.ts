import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Fault, GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { AgentProcess } from './agent-process.ts';
import { audio, identity, slimStats, until } from './slim-gateway.ts';

let agent: AgentProcess;
let graph: GraphStandIn;
let fault: Fault | undefined;

beforeEach(async () => {
  fault = undefined;
  graph = await GraphStandIn.open({ fault: () => fault });
  agent = new AgentProcess();
});
afterEach(async () => {
  await agent.remove();
  await graph.close();
});

const now = () => Date.now() / 1000;

async function begun(): Promise<string> {
  const mediaLegId = randomUUID();
  const since = now() - 10;
  await agent.client.putLeg(mediaLegId, { ...identity, ...audio, startedAt: new Date(since * 1000).toISOString() });
  await agent.client.postStats(mediaLegId, slimStats(now(), since, 10));
  return mediaLegId;
}

const idsOf = (requests: GraphStandIn['requests']) =>
  requests.map(({ body }) => (body as { quality: { mediaLegId: string } }).quality.mediaLegId);

describe('an agent that is told to stop', () => {
  it('refuses new legs with Retry-After, takes ends, is not ready, and ends by its deadline with 3', async () => {
    // Long enough for all that is asked while it drains.
    agent.configure(graph.url, ['drain: { deadline: 6s }']);
    await agent.start();
    fault = 'hang';
    const first = await begun();
    const second = await begun();
    await agent.client.end(first);
    await until(() => graph.requests[0]);
    const began = performance.now();
    const exit = agent.signal('SIGTERM');
    await until(() => agent.lines.find(({ op }) => op === 'stop'));
    const refused = await fetch(`${agent.url}/v1/legs/${randomUUID()}`, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(audio),
    });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ code: 'DRAINING' });
    expect((await fetch(`${agent.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${agent.url}/livez`)).status).toBe(200);
    expect((await agent.client.end(second)).delivery.state).toBe('queued');
    expect(await exit).toBe(3);
    expect(performance.now() - began).toBeGreaterThan(5_900);
    // Graph itself would be waited for until 30 s are over.
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(agent.lines.at(-1)).toMatchObject({ op: 'stop', left: 2 });
    fault = undefined;
    await agent.start();
    await until(() => (graph.accepted.length === 2 ? true : undefined));
    expect(idsOf([...graph.accepted]).toSorted()).toEqual([first, second].toSorted());
  }, 60_000);

  it('stops at once at the second signal, with what was under way still due', async () => {
    agent.configure(graph.url, ['drain: { deadline: 60s }']);
    await agent.start();
    fault = 'hang';
    const mediaLegId = await begun();
    await agent.client.end(mediaLegId);
    await until(() => graph.requests[0]);
    const exit = agent.signal('SIGTERM');
    await until(() => agent.lines.find(({ op }) => op === 'stop'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    void agent.signal('SIGINT');
    // After two seconds it would have ended with the number of the signal.
    expect(await exit).toBe(3);
    fault = undefined;
    await agent.start();
    await until(() => graph.accepted[0]);
    expect(idsOf([...graph.accepted])).toEqual([mediaLegId]);
  });

  it('in mid-call keeps the leg with all its intervals, and the next start goes on with it', async () => {
    agent.configure(graph.url);
    await agent.start();
    const mediaLegId = await begun();
    const before = (await agent.client.leg(mediaLegId)).channels[0]?.figures.inboundPackets;
    expect(await agent.stop()).toBe(0);
    expect(graph.requests).toEqual([]);
    await agent.start();
    expect(await agent.client.leg(mediaLegId)).toMatchObject({
      state: 'live',
      channels: [{ figures: { inboundPackets: before } }],
    });
    await agent.client.end(mediaLegId);
    await until(() => graph.accepted[0]);
  });

  it('ends and reports live legs as shutdown where the disk goes away with the host', async () => {
    agent.configure(graph.url, ['drain: { legs: close }']);
    await agent.start();
    const ids = [await begun(), await begun()];
    expect(await agent.stop()).toBe(0);
    expect(idsOf([...graph.accepted]).toSorted()).toEqual(ids.toSorted());
    agent.configure(graph.url);
    await agent.start();
    expect(await agent.client.leg(ids[0] ?? '')).toMatchObject({ state: 'ended', endReason: 'shutdown' });
  });
});

describe('an agent that reads its configuration again', () => {
  it('applies what may change to what is under way, and names what needs a restart, also a secret', async () => {
    agent.configure(graph.url, ['delivery: { firstRetry: 1h, maximumRetry: 1h }', 'drain: { deadline: 20s }']);
    await agent.start();
    const text = readFileSync(agent.config, 'utf8');
    const changed = text
      .replace('delivery: { firstRetry: 1h, maximumRetry: 1h }', 'delivery: { firstRetry: 100ms, userAgent: other/1 }')
      .replace('deadline: 20s', 'deadline: 1s')
      .replace(
        'kind: none',
        `kind: secret, clientId: 00000000-0000-0000-0000-00000000000c, clientSecret: "\${env:HOME}"`,
      );
    writeFileSync(agent.config, changed);
    expect(await agent.reload()).toMatchObject({ restart: ['graph', 'delivery.userAgent'] });
    fault = { status: 500 };
    const mediaLegId = await begun();
    await agent.client.end(mediaLegId);
    // With an hour between attempts there would be one.
    await until(() => (graph.requests.length >= 3 ? true : undefined));
    fault = undefined;
    await until(() => graph.accepted[0]);
    expect(graph.accepted[0]?.headers['user-agent']).toMatch(/^otherleg\//);
  });

  it('keeps the good one when a file is wrong, and its live legs', async () => {
    agent.configure(graph.url);
    await agent.start();
    const mediaLegId = await begun();
    writeFileSync(agent.config, 'control: [');
    expect(await agent.reload()).toMatchObject({ level: 'warn', reason: expect.stringContaining(agent.config) });
    await agent.client.end(mediaLegId);
    await until(() => graph.accepted[0]);
  });
});

describe('an agent whose store is damaged', () => {
  it('goes on with a new one, tells it in log and readiness, and ends with 0', async () => {
    agent.configure(graph.url);
    const store = `${agent.folder}/otherleg.db`;
    writeFileSync(store, Buffer.alloc(20_000, 0xee));
    await agent.start();
    const told = agent.lines.find(({ op }) => op === 'store');
    expect(told).toMatchObject({ level: 'error', movedTo: expect.stringContaining(`${store}.damaged-`) });
    const ready = await fetch(`${agent.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ status: 'ok', store: { quarantined: { movedTo: told?.['movedTo'] } } });
    await agent.client.end(await begun());
    await until(() => graph.accepted[0]);
    expect(await agent.stop()).toBe(0);
    expect(readdirSync(agent.folder).some((name) => name.includes('.damaged-'))).toBe(true);
  });
});
