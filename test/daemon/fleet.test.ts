import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Fault, GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { PostgresServer, skipped, suffix } from '../store/postgres-server.ts';
import { AgentProcess } from './agent-process.ts';
import { audio, identity, slimStats, until } from './slim-gateway.ts';

const TENANT = '00000000-0000-0000-0000-000000000001';
/** The leases as they are take two minutes and a half; otherwise the database is told that they passed. */
const real = process.env['OTHERLEG_TEST_LEASES'] === 'real';

describe.skipIf(skipped)(`two agents on one PostgreSQL${suffix}`, () => {
  let server: PostgresServer;
  let url: string;
  let graph: GraphStandIn;
  let fault: Fault | undefined;
  let idle: string | undefined;
  const agents: AgentProcess[] = [];
  beforeAll(() => {
    server = PostgresServer.start();
  });
  afterAll(() => server.remove());
  beforeEach(async () => {
    url = server.database();
    fault = undefined;
    idle = undefined;
    graph = await GraphStandIn.open({ fault: () => fault });
  });
  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.remove();
    await graph.close();
  });

  async function start(name: string): Promise<AgentProcess> {
    const agent = new AgentProcess();
    agents.push(agent);
    const lines = [
      `agent: { name: ${name} }`,
      'control: { listen: "http://127.0.0.1:0" }',
      `store: { url: "${url}", local: "sqlite:${join(agent.folder, 'otherleg.db')}" }`,
      `graph: { baseUrl: "${graph.url}", auth: { kind: none, tenantId: ${TENANT} } }`,
      'delivery: { maximumRetry: 2s }',
      ...(idle === undefined ? [] : [idle]),
    ];
    writeFileSync(agent.config, `${lines.join('\n')}\n`);
    await agent.start();
    return agent;
  }
  async function endedLeg(agent: AgentProcess): Promise<string> {
    const mediaLegId = await liveLeg(agent);
    await agent.client.end(mediaLegId);
    return mediaLegId;
  }
  async function liveLeg(agent: AgentProcess): Promise<string> {
    const mediaLegId = randomUUID();
    const now = Date.now() / 1000;
    const startedAt = new Date((now - 10) * 1000).toISOString();
    await agent.client.putLeg(mediaLegId, { ...identity, ...audio, startedAt });
    await agent.client.postStats(mediaLegId, slimStats(now, now - 10, 10));
    return mediaLegId;
  }
  const ask = (statement: string): string => server.execute(new URL(url).pathname.slice(1), statement);
  const acceptedLegs = (): string[] =>
    graph.accepted.map(({ body }) => (body as { quality: { mediaLegId: string } }).quality.mediaLegId); // a report
  const count = (condition: string): number => Number(ask(`select count(*) from reports where ${condition}`));

  it('one delivers what the other had handed over before it was killed, each report once', async () => {
    const one = await start('gateway-1');
    const two = await start('gateway-2');
    // Graph takes nothing for now, so that reports go on into the database.
    fault = { status: 503, retryAfter: '1' };
    const promised = [];
    for (let n = 0; n < 20; n += 1) promised.push(await endedLeg(one));
    await until(() => (count("state = 'queued'") === promised.length ? true : undefined), 60);
    // The agent is in the middle of sending when it dies.
    fault = 'hang';
    await until(() => (count("lease_owner = 'gateway-1'") > 0 ? true : undefined), 60);
    await one.kill();
    const killedAt = Date.now();
    const leased = count("lease_owner = 'gateway-1'");
    fault = undefined;
    if (!real) ask("update agents set lease_until = 0 where owner = 'gateway-1'");
    await until(() => (graph.accepted.length >= promised.length - leased ? true : undefined), 90);
    const idle = (Date.now() - killedAt) / 1000;
    if (!real) ask('update reports set lease_until = 0 where lease_owner is not null');
    await until(() => (graph.accepted.length >= promised.length ? true : undefined), 180);
    const all = (Date.now() - killedAt) / 1000;
    if (real)
      console.log(`leased ${leased}; taken over: the others after ${idle.toFixed(1)} s, all after ${all.toFixed(1)} s`);

    expect(acceptedLegs().sort()).toEqual(promised.sort());
    expect(graph.duplicates).toEqual([]);
    expect(two.lines.filter(({ op, from }) => op === 'takeover' && from === 'gateway-1').length).toBeGreaterThan(0);
    await until(() => (count("state = 'delivered'") === promised.length ? true : undefined), 60);
    const leg = await two.client.leg(promised[0] ?? '');
    expect(leg).toMatchObject({ state: 'ended', delivery: { state: 'delivered' } });
    expect(leg.channels[0]?.figures.inboundPackets).toMatchObject({ value: expect.any(Number) });
    expect(await two.stop()).toBe(0);
  }, 300_000);

  it('one ends the live legs of the other that was killed; when that comes back it posts none of them', async () => {
    idle = real ? 'legs: { idleEnd: 1m }' : 'legs: { idleEnd: 2h }';
    const one = await start('gateway-1');
    const two = await start('gateway-2');
    const live: string[] = [];
    for (let n = 0; n < 5; n += 1) live.push(await liveLeg(one));
    // Ended and answered, but not yet handed over when the host is gone.
    fault = { status: 503, retryAfter: '1' };
    const [first = '', ...rest] = live;
    await until(() => (ask('select count(*) from legs where copied_at is not null') === '5' ? true : undefined), 90);
    await one.client.end(first);
    await one.kill();
    const killedAt = Date.now();
    fault = undefined;
    if (!real) {
      await sleep(61_000); // two leases: only then an agent knows who is silent
      expect(ask("select count(*) from legs where state = 'ended' and copied_at is null")).toBe('0');
      ask("update agents set lease_until = 0 where owner = 'gateway-1'");
      ask('update legs set copied_at = copied_at - 7300 where copied_at is not null');
    }
    await until(() => (rest.every((id) => acceptedLegs().includes(id)) ? true : undefined), 240);
    if (real)
      console.log(`live legs of a killed agent delivered after ${((Date.now() - killedAt) / 1000).toFixed(1)} s`);
    const shown = await two.client.leg(rest[0] ?? '');
    expect(shown).toMatchObject({ state: 'ended', endReason: 'agent-lost' });
    expect(shown.channels[0]?.figures.inboundPackets).toMatchObject({ value: expect.any(Number) });

    await one.start();
    for (const id of rest) expect((await one.client.end(id)).mediaLegId).toBe(id);
    await until(() => (graph.accepted.length >= live.length ? true : undefined), 60);
    await until(() => (count("state = 'delivered'") === live.length ? true : undefined), 60);
    expect(acceptedLegs().sort()).toEqual(live.sort());
    expect(graph.duplicates).toEqual([]);
    // Its own view of the leg goes with the handover.
    await until(async () => ((await one.client.leg(rest[0] ?? '')).endReason === 'agent-lost' ? true : undefined), 60);
    expect(await one.stop()).toBe(0);
    expect(await two.stop()).toBe(0);
  }, 400_000);

  it('goes on without the database, and hands over later', async () => {
    const one = await start('gateway-1');
    server.halt();
    try {
      const id = await endedLeg(one);
      await until(() => (graph.accepted.length === 1 ? true : undefined), 60);
      // Graph has taken it before the agent knows.
      await until(async () => ((await one.client.leg(id)).delivery.state === 'delivered' ? true : undefined), 60);
      expect((await fetch(new URL('/readyz', one.url))).status).toBe(200);
    } finally {
      server.resume();
    }
    await until(() => (count("state = 'delivered'") === 1 ? true : undefined), 60);
    expect(one.lines.some(({ message, msg }) => String(message ?? msg).includes('the shared store is away'))).toBe(
      true,
    );
  }, 120_000);

  it('leaves to the others what it could not send when it stops', async () => {
    fault = { status: 503, retryAfter: '600' };
    const one = await start('gateway-1');
    const id = await endedLeg(one);
    const two = await start('gateway-2');
    await until(() => (graph.requests.length > 0 ? true : undefined), 60);
    const code = await one.stop();
    expect(code).toBe(0);
    expect(ask(`select state from reports where media_leg_id = '${id}'`)).toBe('queued');
    fault = undefined;
    ask(`update reports set due_at = 0`);
    await until(() => (graph.accepted.length === 1 ? true : undefined), 60);
    expect(graph.duplicates).toEqual([]);
    expect(await two.stop()).toBe(0);
  }, 120_000);
});
