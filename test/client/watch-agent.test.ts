import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ControlClient } from '../../src/client/control-client.ts';
import { type LegWatch, watchPeerConnection } from '../../src/client/watch.ts';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';

const COMMAND = resolve(import.meta.dirname, '../../bin/otherleg.js');
const PACKETS_PER_SECOND = 50;

let folder: string;
let graph: GraphStandIn;
let port: number;
let agent: ChildProcess | undefined;
let watch: LegWatch | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'otherleg-watch-'));
  graph = await GraphStandIn.open();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
  server.close();
  const configuration = {
    control: { listen: `http://127.0.0.1:${port}` },
    store: { url: 'sqlite:./otherleg.db' },
    graph: {
      baseUrl: graph.url,
      apiVersion: 'v1.0',
      auth: { kind: 'none', tenantId: '00000000-0000-0000-0000-000000000001' },
    },
    devices: [{ name: 'Boardroom', match: { addresses: ['10.1.0.0/16'] } }],
    sampling: { interval: '1s' },
  };
  writeFileSync(join(folder, 'otherleg.yaml'), JSON.stringify(configuration));
});
afterEach(async () => {
  watch?.stop();
  await kill();
  await graph.close();
  rmSync(folder, { recursive: true, force: true });
});

async function startAgent(): Promise<void> {
  const args = [COMMAND, 'run', '--config', join(folder, 'otherleg.yaml')];
  agent = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  await expect
    .poll(async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status, {
      timeout: 60_000,
    })
    .toBe(200);
}

async function kill(): Promise<void> {
  if (agent === undefined || agent.exitCode !== null || agent.signalCode !== null) return;
  const exited = once(agent, 'exit');
  agent.kill('SIGKILL');
  await exited;
}

/** Audio of a gateway that is no WebRTC: a slim report whose counters grow with the wall clock; every tenth packet is lost. */
function slimGateway() {
  const begun = Date.now();
  const told = { received: 0, lost: 0 };
  return {
    told,
    getStats: async () => {
      const timestamp = Date.now();
      const sent = Math.round(((timestamp - begun) / 1000) * PACKETS_PER_SECOND);
      told.lost = Math.floor(sent / 10);
      told.received = sent - told.lost;
      const { lost: packetsLost, received: packetsReceived } = told;
      return [
        {
          id: 'in',
          type: 'inbound-rtp',
          timestamp,
          kind: 'audio',
          ssrc: 7,
          packetsReceived,
          packetsLost,
          jitter: 0.002,
        },
      ];
    },
  };
}

test('a leg whose agent is killed and comes back is reported once, with no packet lost or counted twice', async () => {
  await startAgent();
  const gateway = slimGateway();
  const errors: Error[] = [];
  const ids = { mediaLegId: randomUUID(), callChainId: randomUUID(), participantId: randomUUID() };
  const client = new ControlClient(`http://127.0.0.1:${port}`, { attempts: 1 });
  watch = watchPeerConnection(
    gateway,
    { ...ids, deviceAddress: '10.1.2.3' },
    { agent: client, intervalSeconds: 0.3, onError: (error) => errors.push(error) },
  );
  const inboundPackets = async () => {
    const { channels } = await client.leg(ids.mediaLegId);
    const figure = channels[0]?.figures.inboundPackets;
    return figure !== undefined && 'value' in figure ? figure.value : 0;
  };
  await expect.poll(inboundPackets, { timeout: 60_000 }).toBeGreaterThan(20);

  await kill();
  await expect.poll(() => errors.length, { timeout: 30_000 }).toBeGreaterThan(0);
  watch.update({ device: { name: 'Cisco SX80' } });
  await startAgent();

  const answer = await watch.end('hang-up');
  expect(answer?.delivery.state).toBe('queued');
  await expect.poll(() => graph.accepted.length, { timeout: 60_000 }).toBe(1);
  const [accepted] = graph.accepted;
  expect(accepted?.body).toEqual(answer?.report);
  expect(answer?.report).toMatchObject({ quality: { ...ids, deviceName: 'Cisco SX80' } });
  const [audio] = answer?.report?.quality.mediaQualityList ?? [];
  expect(audio?.inboundPackets).toBe(gateway.told.received);
  expect(audio?.averageInboundPacketLossRateInPercentage).toBeCloseTo(
    (100 * gateway.told.lost) / (gateway.told.received + gateway.told.lost),
    1,
  );
  expect(graph.duplicates).toEqual([]);
}, 180_000);
