import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { participant, WebexStandIn } from '../source/webex/webex-stand-in.ts';
import { AgentProcess } from './agent-process.ts';
import { identity, until } from './slim-gateway.ts';

const MEETING = 'e5dba9613a9d455aa49f6ffdafb6e7db_I_191395283063545470';

let agent: AgentProcess;
let graph: GraphStandIn;
let webex: WebexStandIn;

beforeEach(async () => {
  graph = await GraphStandIn.open();
  webex = await WebexStandIn.open();
  agent = new AgentProcess();
});
afterEach(async () => {
  await agent.remove();
  await Promise.all([graph.close(), webex.close()]);
});

async function start(more: readonly string[] = []): Promise<void> {
  const file = join(agent.folder, 'token');
  writeFileSync(file, `${webex.token}\n`, { mode: 0o600 });
  agent.configure(graph.url, [`webex: { enabled: true, baseUrl: "${webex.url}", tokenFile: "${file}" }`, ...more]);
  // The one device is Webex' own.
  const text = readFileSync(agent.config, 'utf8');
  writeFileSync(agent.config, text.replace('linkSpeed:', 'webex: true, linkSpeed:'));
  await agent.start();
}

/** A leg of ten minutes that ended `ago` seconds before now; nobody measured it here. */
async function endedLeg(ago: number, more: object = {}) {
  const mediaLegId = randomUUID();
  const endedAt = Date.now() / 1000 - ago;
  const startedAt = endedAt - 600;
  const text = (at: number): string => new Date(at * 1000).toISOString();
  await agent.client.putLeg(mediaLegId, {
    ...identity,
    deviceAddress: '10.1.2.3',
    startedAt: text(startedAt),
    webex: { meetingId: MEETING, email: 'Boardroom@example.com' },
    ...more,
  });
  const ended = await agent.client.end(mediaLegId, { endedAt: text(endedAt) });
  return { mediaLegId, startedAt, endedAt, ended };
}

const delivery = async (mediaLegId: string) => (await agent.client.leg(mediaLegId)).delivery;
const settled = (mediaLegId: string) =>
  until(async () => {
    const state = await delivery(mediaLegId);
    return state.state === 'delivered' ? state : undefined;
  });

type Sent = { quality: { mediaQualityList: Record<string, unknown>[]; mediaLegId: string } };

describe('an agent that imports what Webex measured', () => {
  it('reports a leg to Graph that nobody measured here', async () => {
    await start();
    const begun = Date.now() / 1000 - 120 - 600;
    webex.meetings.set(MEETING, {
      startedAt: begun,
      items: [
        participant({ joinTime: begun, minutes: 10, webexUserEmail: 'ann@example.com', participantSessionId: 'a' }),
        participant({ joinTime: begun + 1, minutes: 10 }),
      ],
    });
    const { mediaLegId, ended } = await endedLeg(120);
    expect(ended.delivery).toMatchObject({ state: 'waiting', reason: 'webex-import' });
    await settled(mediaLegId);
    expect(graph.accepted).toHaveLength(1);
    const [{ quality }] = graph.accepted.map(({ body }) => body) as [Sent]; // one, which keeps the contract
    expect(quality.mediaLegId).toBe(mediaLegId);
    expect(quality.mediaQualityList.map(({ '@odata.type': type, channelIndex }) => [type, channelIndex])).toEqual([
      ['#microsoft.graph.teleconferenceDeviceAudioQuality', 1],
      ['#microsoft.graph.teleconferenceDeviceVideoQuality', 1],
    ]);
    const [audio] = quality.mediaQualityList;
    expect(audio).toMatchObject({
      averageInboundPacketLossRateInPercentage: expect.closeTo(2, 6),
      averageOutboundPacketLossRateInPercentage: expect.closeTo(2, 6),
      averageInboundJitter: 'PT0.012S',
      averageOutboundRoundTripDelay: 'PT0.08S',
    });
    expect(JSON.stringify(quality)).not.toContain('Packets"');
    expect(webex.asked).toHaveLength(1);
    const { items } = await agent.client.sources();
    expect(items.at(-1)).toMatchObject({
      ...{ kind: 'webex', state: 'running' },
      counters: { waiting: 0, asked: 1, failed: 0, imported: 1, givenUp: 0 },
    });
    const scraped = await (await fetch(`${agent.url}/metrics`)).text();
    expect(scraped).toContain('otherleg_webex_legs_total{result="imported"} 1');
  }, 60_000);

  it('goes on waiting after it was killed, and takes identifiers that come late', async () => {
    await start();
    const { mediaLegId } = await endedLeg(120, { callChainId: null, participantId: null });
    await until(() => (webex.asked.length > 0 ? true : undefined));
    // Webex knew of no such meeting: the leg waits on.
    expect(await delivery(mediaLegId)).toMatchObject({ state: 'waiting', reason: 'webex-import' });
    await agent.client.putLeg(mediaLegId, identity);
    expect(await delivery(mediaLegId)).toMatchObject({ state: 'waiting', reason: 'webex-import' });
    await agent.kill();
    const begun = Date.now() / 1000 - 720;
    webex.meetings.set(MEETING, { startedAt: begun, items: [participant({ joinTime: begun, minutes: 10 })] });
    await agent.start();
    await settled(mediaLegId);
    expect(graph.accepted[0]?.body).toMatchObject({ quality: { callChainId: identity.callChainId } });
  }, 60_000);

  it('is asked for a leg whose keys come after its end, or are put right then', async () => {
    await start();
    const begun = Date.now() / 1000 - 720;
    webex.meetings.set(MEETING, { startedAt: begun, items: [participant({ joinTime: begun, minutes: 10 })] });
    const { mediaLegId, ended } = await endedLeg(120, { webex: null });
    expect(ended.delivery).toMatchObject({ state: 'none', reason: 'nothing-measured' });
    const keys = { meetingId: MEETING, email: 'Boardroom@example.com' };
    const told = await agent.client.putLeg(mediaLegId, { webex: keys });
    expect(told.delivery).toMatchObject({ state: 'waiting', reason: 'webex-import' });
    await settled(mediaLegId);
    expect(graph.accepted[0]?.body).toMatchObject({ quality: { mediaLegId } });
    // What went out stays: the same keys again, and others, ask nobody.
    const { length } = webex.asked;
    await agent.client.putLeg(mediaLegId, { webex: { ...keys, name: 'another' } });
    expect(await delivery(mediaLegId)).toMatchObject({ state: 'delivered' });
    expect(webex.asked).toHaveLength(length);
  }, 60_000);

  it('lets legs go without once the import is turned off', async () => {
    await start();
    const { mediaLegId } = await endedLeg(120);
    await agent.kill();
    agent.configure(graph.url);
    await agent.start();
    expect(await delivery(mediaLegId)).toMatchObject({ state: 'none', reason: 'nothing-measured' });
    const other = await endedLeg(120);
    expect(other.ended.delivery).toMatchObject({ state: 'none', reason: 'nothing-measured' });
  }, 60_000);

  it('does not wait for a leg that nobody told where to find, nor for one that is discarded', async () => {
    await start();
    const { ended } = await endedLeg(120, { webex: null });
    expect(ended.delivery).toMatchObject({ state: 'none', reason: 'nothing-measured' });
    const { ended: elsewhere } = await endedLeg(120, { deviceAddress: '192.0.2.1' });
    expect(elsewhere.delivery.state).toBe('none');
    expect(webex.asked).toEqual([]);
  }, 60_000);
});
