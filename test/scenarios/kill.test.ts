import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { AgentProcess } from '../daemon/agent-process.ts';
import { audio, identity, slimStats, until } from '../daemon/slim-gateway.ts';

let agent: AgentProcess;
let graph: GraphStandIn;

beforeEach(async () => {
  agent = new AgentProcess();
  graph = await GraphStandIn.open();
});

afterEach(async () => {
  await agent.remove();
  await graph.close();
});

/** An address where nobody answers. */
async function nowhere(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
}

/** A leg that began `seconds` ago and was measured each five seconds since; its id. */
async function measuredLeg(
  seconds: number,
  mediaLegId: string = randomUUID(),
): Promise<{ mediaLegId: string; since: number }> {
  const since = Date.now() / 1000 - seconds;
  const deviceAddress = '10.1.2.3';
  await agent.client.putLeg(mediaLegId, {
    ...identity,
    ...audio,
    deviceAddress,
    startedAt: new Date(since * 1000).toISOString(),
  });
  for (let elapsed = 5; elapsed <= seconds; elapsed += 5)
    await agent.client.postStats(mediaLegId, slimStats(since + elapsed, since, 50));
  return { mediaLegId, since };
}

// Agents are started and killed, which takes a busy machine many seconds.
describe('kill -9', { timeout: 120_000 }, () => {
  it('between end and post loses no report, and sends it once', async () => {
    agent.configure(await nowhere());
    await agent.start();
    const { mediaLegId } = await measuredLeg(30);
    const { delivery, report } = await agent.client.end(mediaLegId);
    expect(delivery.state).toBe('queued');
    await agent.kill();
    agent.configure(graph.url);
    await agent.start();
    await until(() => graph.accepted[0], 60);
    expect(graph.accepted[0]?.body).toEqual(report);
    const quality = report?.quality.mediaQualityList[0];
    expect(quality).toMatchObject({
      averageInboundPacketLossRateInPercentage: 2,
      averageOutboundPacketLossRateInPercentage: 2,
      averageOutboundRoundTripDelay: 'PT0.08S',
    });
    await until(
      async () => ((await agent.client.leg(mediaLegId)).delivery.state === 'delivered' ? true : undefined),
      60,
    );
    expect(await agent.stop()).toBe(0);
    expect(graph.duplicates).toEqual([]);
    expect(graph.requests).toHaveLength(1);
  });

  it('in the middle of a call keeps what was measured, and the leg goes on', async () => {
    agent.configure(graph.url);
    await agent.start();
    const { mediaLegId, since } = await measuredLeg(30);
    await agent.kill();
    await agent.start();
    expect(await agent.client.leg(mediaLegId)).toMatchObject({ state: 'live', device: { name: 'Cisco SX80' } });
    // The counters went on while nobody asked for them: what was lost meanwhile is not lost on us.
    const at = Date.now() / 1000;
    await agent.client.postStats(mediaLegId, slimStats(at, since, 50));
    await agent.client.end(mediaLegId);
    const accepted = await until(() => graph.accepted[0], 60);
    const { quality } = accepted.body as { quality: { mediaQualityList: Record<string, unknown>[] } };
    const [channel] = quality.mediaQualityList;
    const packets = Number(channel?.['inboundPackets']);
    expect(packets).toBeGreaterThan(30 * 49 - 1);
    expect(packets).toBeLessThanOrEqual((at - since) * 50);
    expect(Number(channel?.['averageInboundPacketLossRateInPercentage'])).toBeCloseTo(2, 0);
  });

  it('of an agent with ended legs that wait for identifiers sends them when they come', async () => {
    agent.configure(graph.url);
    await agent.start();
    const mediaLegId = randomUUID();
    await agent.client.putLeg(mediaLegId, audio);
    await agent.client.postStats(mediaLegId, slimStats(Date.now() / 1000, Date.now() / 1000 - 5, 50));
    expect((await agent.client.end(mediaLegId)).delivery.state).toBe('waiting');
    await agent.kill();
    await agent.start();
    expect((await agent.client.leg(mediaLegId)).delivery.state).toBe('waiting');
    await agent.client.putLeg(mediaLegId, identity);
    const accepted = await until(() => graph.accepted[0], 60);
    expect(accepted.body).toMatchObject({ quality: { mediaLegId, ...identity } });
  });
});

describe('a drained agent', { timeout: 120_000 }, () => {
  it('says by its exit code that reports are left, and sends them the next time', async () => {
    agent.configure(await nowhere(), ['drain: { deadline: 1s }', 'delivery: { firstRetry: 1h, maximumRetry: 2h }']);
    await agent.start();
    const { mediaLegId } = await measuredLeg(10);
    await agent.client.end(mediaLegId);
    expect(await agent.stop()).toBe(3);
    agent.configure(graph.url);
    await agent.start();
    await agent.client.reports().then(({ items }) => expect(items).toHaveLength(1));
    await expect(
      fetch(`${agent.url}/v1/reports/${mediaLegId}/retry`, { method: 'POST' }).then(({ status }) => status),
    ).resolves.toBeLessThan(500);
  });

  it('ends live legs if it is told to', async () => {
    agent.configure(graph.url, ['drain: { legs: close }']);
    await agent.start();
    const { mediaLegId } = await measuredLeg(10);
    expect(await agent.stop()).toBe(0);
    expect(graph.accepted.map(({ body }) => body)).toMatchObject([{ quality: { mediaLegId } }]);
  });
});
