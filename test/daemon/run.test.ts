import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run as legsVerb } from '../../src/cli/legs.ts';
import { run as outboxVerb } from '../../src/cli/outbox.ts';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { AgentProcess } from './agent-process.ts';
import { audio, identity, slimStats, until } from './slim-gateway.ts';

let agent: AgentProcess;
let graph: GraphStandIn;
let refuse = false;
let throttle = false;

beforeEach(async () => {
  refuse = false;
  throttle = false;
  graph = await GraphStandIn.open({
    fault: () =>
      throttle
        ? { status: 429, retryAfter: '600' }
        : refuse
          ? { status: 403, code: '7505', message: 'tenant mismatch' }
          : undefined,
  });
  agent = new AgentProcess();
  agent.configure(graph.url);
});

afterEach(async () => {
  await agent.remove();
  await graph.close();
});

async function verb(run: typeof legsVerb, ...args: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const stdout = { write: (part: string) => (text += part) } as unknown as NodeJS.WritableStream; // only write is used
  return { code: await run(args, { stdout, stderr: stdout, env: {} }), text };
}

async function endedLeg(): Promise<string> {
  const mediaLegId = randomUUID();
  const now = Date.now() / 1000;
  await agent.client.putLeg(mediaLegId, {
    ...identity,
    ...audio,
    startedAt: new Date((now - 10) * 1000).toISOString(),
  });
  await agent.client.postStats(mediaLegId, slimStats(now, now - 10, 10));
  await agent.client.end(mediaLegId);
  return mediaLegId;
}

describe('a running agent', () => {
  it('refuses a second one on its store, which says what to do', async () => {
    await agent.start();
    const second = new AgentProcess();
    second.configure(graph.url);
    writeFileSync(
      second.config,
      `control: { listen: "http://127.0.0.1:0" }\nstore: { url: "sqlite:${agent.folder}/otherleg.db" }
graph: { baseUrl: "${graph.url}", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }\n`,
    );
    await expect(second.start()).rejects.toThrow(/ended with 1.*\n?Try: /s);
    await second.remove();
  });

  it('with a wrong configuration ends with 2 and names every place', async () => {
    writeFileSync(agent.config, 'control: { lisen: "x" }\nsampling: { interval: 7s }\n');
    const reason = await agent.start().then(String, String);
    expect(reason).toMatch(/ended with 2/);
    expect(reason).toMatch(/1:12.*lisen.*listen/);
    expect(reason).toMatch(/2:23.*interval/);
  });

  it('reads its devices again while legs run, and takes no wrong file', async () => {
    await agent.start();
    const mediaLegId = randomUUID();
    await agent.client.putLeg(mediaLegId, { ...audio, deviceAddress: '10.1.2.3' });
    const text = readFileSync(agent.config, 'utf8');
    writeFileSync(
      agent.config,
      text.replace('Cisco SX80', 'Poly G7500').replace('graph:', 'sampling: { interval: 10s }\ngraph:'),
    );
    expect(await agent.reload()).toMatchObject({ level: 'info', restart: ['sampling'] });
    expect((await agent.client.leg(mediaLegId)).device.name).toBe('Cisco SX80');
    const next = randomUUID();
    expect((await agent.client.putLeg(next, { ...audio, deviceAddress: '10.1.2.3' })).device.name).toBe('Poly G7500');
    writeFileSync(agent.config, text.replace('devices:', 'devises:'));
    expect(await agent.reload()).toMatchObject({ level: 'warn', reason: expect.stringContaining('devises') });
    expect((await agent.client.leg(next)).state).toBe('live');
  });

  it('takes no statistics of a leg that is to be measured otherwise, and says so', async () => {
    await agent.start();
    const mediaLegId = randomUUID();
    await agent.client.putLeg(mediaLegId, { ...audio, sources: ['webrtc'] });
    const now = Date.now() / 1000;
    const refused = { code: 'SOURCE_NOT_CONFIGURED', status: 409, hint: expect.stringContaining('sources') };
    await expect(agent.client.postStats(mediaLegId, slimStats(now, now - 5, 50))).rejects.toMatchObject(refused);
    await agent.client.putLeg(mediaLegId, { sources: null });
    await agent.client.postStats(mediaLegId, slimStats(now, now - 5, 50));
    expect((await agent.client.leg(mediaLegId)).channels[0]?.figures.inboundPackets).toMatchObject({ value: 245 });
  });

  it('shows its legs and reports to the command line, running or not', async () => {
    await agent.start();
    refuse = true;
    const mediaLegId = await endedLeg();
    await until(async () => ((await agent.client.leg(mediaLegId)).delivery.state === 'refused' ? true : undefined));
    const where = ['--config', agent.config];
    const online = await verb(outboxVerb, 'list', '--url', agent.url);
    expect(online.text).toContain(mediaLegId);
    expect(online.text).toMatch(/refused.*403 7505 tenant mismatch/);
    expect((await verb(legsVerb, '--url', agent.url, '--state', 'ended')).text).toContain(mediaLegId);
    expect((await verb(legsVerb, '--url', agent.url, '--state', 'live')).text).toBe('no legs\n');
    const shown = await verb(outboxVerb, 'show', mediaLegId, '--url', agent.url);
    expect(shown).toMatchObject({
      code: 0,
      text: expect.stringMatching(/refused \(7505\)[\s\S]*Try: [\s\S]*"mediaLegId"/),
    });
    expect(shown.text).toMatch(/ refused +403 7505 tenant mismatch +[0-9a-f-]{36} +[0-9a-f-]{36}/);
    expect((await verb(outboxVerb, 'show', randomUUID(), '--url', agent.url)).code).toBe(1);
    await agent.stop();
    const kept = JSON.parse((await verb(outboxVerb, 'show', mediaLegId, '--json', ...where)).text);
    expect(kept).toMatchObject({
      mediaLegId,
      state: 'refused',
      history: [{ kind: 'refused' }],
      report: { quality: {} },
    });
    expect((await verb(outboxVerb, 'show', randomUUID(), ...where)).code).toBe(1);
    const offline = await verb(outboxVerb, 'list', '--json', ...where);
    expect(JSON.parse(offline.text).items).toMatchObject([{ mediaLegId, state: 'refused', attempts: 1 }]);
    expect((await verb(legsVerb, ...where)).text).toContain(mediaLegId);
    const unknown = randomUUID();
    const dropped = await verb(outboxVerb, 'drop', unknown, '--json', ...where);
    expect(JSON.parse(dropped.text)).toEqual({ items: [{ mediaLegId: unknown, changed: false }] });
    expect(dropped.code).toBe(1);
    expect(await verb(outboxVerb, 'retry', mediaLegId, randomUUID(), ...where)).toMatchObject({
      code: 1,
      text: expect.stringContaining('due now'),
    });
    refuse = false;
    await agent.start();
    await until(() => graph.accepted[0]);
  });

  it('sends all dead letters again when an operator says so, and what Graph wants later then', async () => {
    await agent.start();
    refuse = true;
    const legs = [await endedLeg(), await endedLeg(), await endedLeg()];
    for (const leg of legs)
      await until(async () => ((await agent.client.leg(leg)).delivery.state === 'refused' ? true : undefined));
    const where = ['--url', agent.url, '--json'];
    const all = ['retry', '--state', 'dead', ...where];
    expect(await verb(outboxVerb, ...all)).toMatchObject({ code: 1, text: expect.stringMatching(/ 3 reports.*--yes/) });
    const others = await verb(outboxVerb, ...all, '--yes', '--tenant', randomUUID());
    expect(JSON.parse(others.text)).toEqual({ items: [] });
    expect(graph.accepted).toEqual([]);
    refuse = false;
    const retried = await verb(outboxVerb, ...all, '--yes');
    expect(retried.code).toBe(0);
    const changed = legs.map((mediaLegId) => ({ mediaLegId, changed: true }));
    expect(JSON.parse(retried.text).items).toHaveLength(3);
    expect(JSON.parse(retried.text).items).toEqual(expect.arrayContaining(changed));
    await until(() => graph.accepted[2]);
    await expect(verb(outboxVerb, 'retry', '--state', 'delivered', ...where)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(verb(outboxVerb, 'retry', '--yes', ...where)).rejects.toMatchObject({ code: 'USAGE' });
    throttle = true;
    const held = await endedLeg();
    const entry = (): Promise<Readonly<Record<string, unknown>>> => agent.client.outboxReport(held);
    await until(async () => ((await entry())['attempts'] === 1 ? true : undefined));
    throttle = false;
    const { dueAt } = await entry();
    const told = { code: 0, text: expect.stringMatching(`${held}: due 2\\S+: Graph asked`) };
    expect(await verb(outboxVerb, 'retry', held, '--url', agent.url)).toMatchObject(told);
    expect(await entry()).toMatchObject({ state: 'queued', dueAt });
    expect(await agent.stop()).toBe(3);
    expect(await verb(outboxVerb, 'retry', held, '--config', agent.config)).toMatchObject(told);
  });

  it('says what cannot be done and what to do instead', async () => {
    await expect(verb(legsVerb)).rejects.toMatchObject({ code: 'USAGE' });
    await expect(verb(outboxVerb, 'sell')).rejects.toMatchObject({ code: 'USAGE', message: /retry/ });
    await expect(verb(legsVerb, '--url', 'http://127.0.0.1:9')).rejects.toMatchObject({
      message: /no agent answers/,
      hint: /--config/,
    });
  });
});
