import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallAnswer } from '../../src/client/read-shapes.ts';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { rawRecord, rawSession } from '../graph/raw-call-record.ts';
import { AgentProcess } from './agent-process.ts';
import { audio, identity, slimStats, until } from './slim-gateway.ts';

let agent: AgentProcess;
let graph: GraphStandIn;
let record: ReturnType<typeof rawRecord> | undefined;
let fault: { status: number } | undefined;

beforeEach(async () => {
  record = undefined;
  fault = undefined;
  graph = await GraphStandIn.open({
    callRecord: () => record,
    fault: ({ method }) => (method === 'GET' ? fault : undefined),
  });
  agent = new AgentProcess();
  agent.configure(graph.url, ['callRecords: { enabled: true, delay: 1s }']);
  await agent.start();
});
afterEach(async () => {
  await agent.remove();
  await graph.close();
});

const call = async (): Promise<CallAnswer> =>
  (await (await fetch(`${agent.url}/v1/calls/${identity.callChainId}`)).json()) as CallAnswer;
const reads = (): number => graph.requests.filter(({ method }) => method === 'GET').length;

/** A leg of a minute that loses one packet in `lossEvery`, each way; ends now. */
async function endedLeg(
  lossEvery: number,
  told: object = identity,
): Promise<{ mediaLegId: string; startedAt: number; endedAt: number }> {
  const mediaLegId = randomUUID();
  const endedAt = Date.now() / 1000;
  const startedAt = endedAt - 60;
  await agent.client.putLeg(mediaLegId, {
    ...told,
    ...audio,
    deviceAddress: '10.1.2.3',
    startedAt: new Date(startedAt * 1000).toISOString(),
  });
  for (const at of [startedAt + 1, endedAt - 1]) {
    await agent.client.postStats(mediaLegId, slimStats(at, startedAt, lossEvery));
  }
  await agent.client.end(mediaLegId);
  return { mediaLegId, startedAt, endedAt };
}

/** A record in which the bot sent perfect sound and another participant did not. */
function tell({ startedAt, endedAt }: { startedAt: number; endedAt: number }, role = 'customBot'): void {
  const times = {
    startDateTime: new Date(startedAt * 1000).toISOString(),
    endDateTime: new Date(endedAt * 1000).toISOString(),
  };
  const stream = { streamDirection: 'callerToCallee', packetUtilization: 3000, averagePacketLossRate: 0.0001 };
  const bot = rawSession('bot', {
    ...times,
    caller: {
      '@odata.type': '#microsoft.graph.callRecords.serviceEndpoint',
      userAgent: { role },
      associatedIdentity: { id: identity.participantId },
    },
    segments: [
      { media: [{ label: 'main-audio', streams: [stream, { ...stream, streamDirection: 'calleeToCaller' }] }] },
    ],
  });
  record = { ...rawRecord(identity.callChainId, 0), sessions: [rawSession('ann'), bot] };
}

describe('an agent that reads call records', () => {
  it('asks at once again when somebody says so, also a tenant that did not let it', async () => {
    fault = { status: 403 };
    const leg = await endedLeg(5);
    await until(async () => ((await call()).callRecord?.state === 'unreadable' ? true : undefined));
    fault = undefined;
    tell(leg);
    expect(await agent.client.askCallRecord(identity.callChainId)).toMatchObject({ state: 'waiting' });
    await until(async () => ((await call()).callRecord?.state === 'read' ? true : undefined));
    await expect(agent.client.askCallRecord(randomUUID())).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  }, 60_000);

  it('tells a provisional verdict at the end, and the final one when Graph has its record', async () => {
    const leg = await endedLeg(5);
    const first = await call();
    expect(first).toMatchObject({
      callRecord: { state: 'waiting' },
      verdict: { leg: 'vtc', media: 'audio', state: 'provisional', confidence: 'medium' },
    });
    await until(() => (reads() > 0 ? true : undefined));
    expect((await call()).callRecord).toEqual({ state: 'waiting' });
    tell(leg);
    const last = await until(async () => {
      const answer = await call();
      return answer.callRecord?.state === 'read' ? answer : undefined;
    });
    expect(last).toMatchObject({
      callChainId: identity.callChainId,
      callRecord: { id: identity.callChainId, version: 1 },
      verdict: { leg: 'vtc', state: 'final', sentence: expect.stringContaining('Cisco SX80') },
      legs: [{ mediaLegId: leg.mediaLegId, teams: { sessionId: 'bot' }, levels: expect.any(Array) }],
    });
    // Who else was there is nowhere in it, nor in what lists say.
    expect(JSON.stringify(last)).not.toMatch(/User ann|user-ann/);
    const listed = await until(async () => {
      const { items } = (await (await fetch(`${agent.url}/v1/calls?sort=worst`)).json()) as {
        items: { verdict: { state: string; sentence: string }; severity: number }[];
      };
      return items[0]?.verdict.state === 'final' ? items[0] : undefined;
    });
    expect(listed.verdict.sentence).toBe(last.verdict?.sentence);
    expect(listed.severity).toBeCloseTo(2, 1);
    const { verdict } = (await agent.client.leg(leg.mediaLegId)) as unknown as CallAnswer;
    expect(verdict).toEqual(last.verdict);
  }, 60_000);

  it('reads a record anew when it is told afterwards who its bot was', async () => {
    const { participantId, ...call0 } = identity;
    const leg = await endedLeg(5, call0);
    // Neither its times nor its role tell whose session it is.
    tell({ startedAt: leg.startedAt - 600, endedAt: leg.endedAt }, 'mediaController');
    await until(async () => ((await call()).callRecord?.state === 'read' ? true : undefined));
    const before = await call();
    expect(before.legs[0]).not.toHaveProperty('teams');
    expect(before.verdict?.confidence).toBe('medium');
    await agent.client.putLeg(leg.mediaLegId, { participantId });
    const listed = await until(async () => {
      const { verdict } = (await agent.client.leg(leg.mediaLegId)) as unknown as CallAnswer;
      return verdict?.confidence === 'high' ? verdict : undefined;
    });
    const after = await call();
    expect(after.legs[0]).toMatchObject({ teams: { sessionId: 'bot' } });
    expect(listed).toEqual(after.verdict);
    // Told once more, it is not asked for once more.
    const asked = reads();
    await agent.client.putLeg(leg.mediaLegId, { participantId });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(reads()).toBe(asked);
  }, 60_000);

  it('goes on asking after it was killed', async () => {
    const leg = await endedLeg(1000);
    await until(() => (reads() > 0 ? true : undefined));
    await agent.kill();
    tell(leg);
    await agent.start();
    const { verdict } = await until(async () => {
      const answer = await call();
      return answer.callRecord?.state === 'read' ? answer : undefined;
    });
    // Our leg lost one in a thousand, the bot's nothing: look at the others.
    expect(verdict).toMatchObject({ leg: 'none', state: 'final' });
    expect(verdict?.sentence).toContain('a participant on windows');
  }, 60_000);

  it('says that the tenant does not let it', async () => {
    fault = { status: 403 };
    await endedLeg(5);
    const { verdict } = await until(async () => {
      const answer = await call();
      return answer.callRecord?.state === 'unreadable' ? answer : undefined;
    });
    expect(verdict?.reasons).toContain('Teams leg not readable for this customer.');
    expect(verdict).toMatchObject({ leg: 'vtc', state: 'final', confidence: 'medium' });
  }, 60_000);
});

describe('an agent that reads none', () => {
  it('asks for none, and judges by its own leg alone', async () => {
    await agent.kill();
    agent.configure(graph.url);
    await agent.start();
    const leg = await endedLeg(5);
    tell(leg);
    const answer = await call();
    expect(answer).not.toHaveProperty('callRecord');
    expect(answer.verdict).toMatchObject({ leg: 'vtc', state: 'final' });
    expect(answer.verdict?.reasons.join()).toContain('callRecords is not configured');
    expect(reads()).toBe(0);
  }, 60_000);
});
