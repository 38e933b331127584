import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ControlClient } from '../../src/client/control-client.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { audio, identity, slimStats, until } from './slim-gateway.ts';

const DAY = 86_400;
const mediaLegId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const TENANT = '00000000-0000-0000-0000-000000000001';

let folder: string;
let graph: GraphStandIn;
let daemon: Daemon;
let client: ControlClient;
/** By how much the clock of the host was set. Seconds. */
let set = 0;

const now = (): number => Date.now() / 1000;

async function start(): Promise<void> {
  const path = join(folder, 'config.yaml');
  const lines = [
    'control: { listen: "http://127.0.0.1:0" }',
    `store: { url: "sqlite:${join(folder, 'otherleg.db')}" }`,
    `graph: { baseUrl: "${graph.url}", auth: { kind: none, tenantId: ${TENANT} } }`,
    'sampling: { interval: 1s }',
  ];
  writeFileSync(path, lines.join('\n'));
  const clock = { now: () => now() + set };
  daemon = new Daemon(loadConfig(path, {}), { log: pino({ level: 'silent' }), clock });
  const [url = ''] = await daemon.start();
  client = new ControlClient(url, { attempts: 1 });
}

beforeEach(async () => {
  set = 0;
  folder = mkdtempSync(join(tmpdir(), 'otherleg-clock-'));
  graph = await GraphStandIn.open({});
  await start();
});

afterEach(async () => {
  await daemon.close();
  await graph.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A gateway on the same host tells what it counted since `begin` (true time). */
async function push(begin: number, at = now()): Promise<number> {
  const report = slimStats(at, begin, 50);
  const moved = report.stats.map((one) => ({ ...one, timestamp: one.timestamp + set * 1000 }));
  await client.postStats(mediaLegId, { timestamp: report.timestamp + set * 1000, stats: moved });
  return Math.round((at - begin) * 50) - Math.floor(Math.round((at - begin) * 50) / 50);
}

it.each([
  ['forward', DAY],
  ['back', -DAY],
])('a leg lives through a clock that is set %s by a day, and through a restart after it', async (_, jump) => {
  const begin = now() - 120;
  await client.putLeg(mediaLegId, { ...identity, ...audio, startedAt: new Date(begin * 1000).toISOString() });
  // The first comes within two sampling intervals of the begin, or it would be no more than the base.
  for (let at = 2; at < 120; at += 5) await push(begin, begin + at);
  set = jump;
  await sleep(1200);
  await push(begin);
  await sleep(1000);
  await push(begin);
  await daemon.close();
  await start();
  const packets = await push(begin);
  const lasted = now() - begin;
  await client.end(mediaLegId, { endedAt: new Date((now() + set) * 1000).toISOString() });
  const { body } = await until(() => graph.accepted[0]);
  const { quality } = body as { quality: { mediaQualityList: readonly Record<string, unknown>[] } };
  const [told] = quality.mediaQualityList;
  expect(told?.['inboundPackets']).toBe(packets);
  const seconds = /^PT(?:(\d+)M)?([\d.]+)S$/.exec(String(told?.['mediaDuration'])) ?? [];
  expect(Math.abs(Number(seconds[1] ?? 0) * 60 + Number(seconds[2]) - lasted)).toBeLessThan(2);
  expect(told?.['averageInboundPacketLossRateInPercentage']).toBeCloseTo(2, 0);
  const leg = await client.leg(mediaLegId);
  const length = (Date.parse(leg.endedAt ?? '') - Date.parse(leg.startedAt)) / 1000;
  expect(length).toBeGreaterThanOrEqual(lasted - 1);
  expect(length).toBeLessThan(lasted + 3);
});
