import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/client/control-client.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import { GraphStandIn } from '../../src/demo/graph-stand-in.ts';
import { FakeEngine } from '../source/capture/fake-engine.ts';
import { sampleOf, samplesOf } from './exposition.ts';
import { audio, identity, slimStats, until } from './slim-gateway.ts';

let folder = '';
let graph: GraphStandIn;
let engine: FakeEngine;
let daemon: Daemon;
let client: ControlClient;
let url = '';
let refuse = true;

beforeEach(async () => {
  refuse = true;
  folder = mkdtempSync(join(tmpdir(), 'otherleg-scrape-'));
  graph = await GraphStandIn.open({ fault: () => (refuse ? { status: 503 } : undefined) });
  const path = join(folder, 'config.yaml');
  const lines = [
    'control: { listen: "http://127.0.0.1:0" }',
    `store: { url: "sqlite:${join(folder, 'otherleg.db')}" }`,
    `graph: { baseUrl: "${graph.url}", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }`,
    'delivery: { firstRetry: 100ms }',
    'sources: { capture: { enabled: true, interface: eth1 } }',
  ];
  writeFileSync(path, lines.join('\n'));
  engine = new FakeEngine();
  daemon = new Daemon(loadConfig(path, {}), { log: pino({ level: 'silent' }), captureEngine: engine.build });
  [url = ''] = await daemon.start();
  client = new ControlClient(url, { attempts: 1 });
});

afterEach(async () => {
  await daemon.close();
  await graph.close();
  rmSync(folder, { recursive: true, force: true });
});

async function scrape(): Promise<string> {
  const answer = await fetch(`${url}/metrics`);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^text\/plain; version=0\.0\.4/),
  ]);
  return answer.text();
}

async function call(): Promise<string> {
  const mediaLegId = randomUUID();
  const now = Date.now() / 1000;
  const startedAt = new Date((now - 10) * 1000).toISOString();
  await client.putLeg(mediaLegId, { ...identity, ...audio, startedAt });
  await client.postStats(mediaLegId, slimStats(now, now - 10, 10));
  return mediaLegId;
}

describe('/metrics of an agent', () => {
  it('counts a call from begin to report, and keeps nothing of it', async () => {
    const mediaLegId = await call();
    expect(sampleOf(await scrape(), 'otherleg_calls_active')).toBe(1);
    await client.end(mediaLegId);
    const waiting = await until(async () => {
      const text = await scrape();
      return (sampleOf(text, 'otherleg_outbox_attempts_total', { code: '503' }) ?? 0) > 0 ? text : undefined;
    });
    expect(sampleOf(waiting, 'otherleg_calls_active')).toBe(0);
    expect(sampleOf(waiting, 'otherleg_calls_ended_total', { reason: 'ended' })).toBe(1);
    expect(sampleOf(waiting, 'otherleg_inbound_packets_total', { media: 'audio' })).toBe(450);
    expect(sampleOf(waiting, 'otherleg_inbound_packets_lost_total', { media: 'audio', origin: 'measured' })).toBe(50);
    expect(sampleOf(waiting, 'otherleg_outbound_packets_lost_total', { media: 'audio', origin: 'reported' })).toBe(50);
    expect(sampleOf(waiting, 'otherleg_round_trip_seconds_count', { media: 'audio' })).toBeGreaterThan(0);
    expect(sampleOf(waiting, 'otherleg_outbox_records')).toBe(1);
    expect(sampleOf(waiting, 'otherleg_outbox_oldest_timestamp_seconds')).toBeCloseTo(Date.now() / 1000, -1);
    expect(sampleOf(waiting, 'otherleg_graph_requests_total', { operation: 'report', code: '503' })).toBeGreaterThan(0);
    expect(sampleOf(waiting, 'otherleg_graph_throttled_total')).toBeGreaterThan(0);

    refuse = false;
    const delivered = await until(async () => {
      const text = await scrape();
      return sampleOf(text, 'otherleg_reports_accepted_total') === 1 ? text : undefined;
    });
    expect(sampleOf(delivered, 'otherleg_outbox_records')).toBe(0);
    expect(sampleOf(delivered, 'otherleg_outbox_oldest_timestamp_seconds')).toBeUndefined();
    expect(delivered).not.toContain(mediaLegId);
    expect(delivered).not.toContain(identity.callChainId);
  });

  it('has as many series after a second call as after the first', async () => {
    refuse = false;
    const seriesAfter = async (calls: number): Promise<readonly string[]> => {
      await client.end(await call());
      const text = await until(async () => {
        const now = await scrape();
        return sampleOf(now, 'otherleg_reports_accepted_total') === calls ? now : undefined;
      });
      const ours = samplesOf(text).filter(({ name }) => name.startsWith('otherleg_'));
      return ours.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`);
    };
    const first = await seriesAfter(1);
    expect(await seriesAfter(2)).toEqual(first);
    expect(first.length).toBeLessThan(250);
  });

  it('tells of the capture, or without its thread says nothing of it', async () => {
    const { sight } = engine;
    engine.sight = { ...sight, packets: 10, rtpPackets: 7, rtcpPackets: 2, media: { ...sight.media, dropped: 3 } };
    const text = await scrape();
    expect(sampleOf(text, 'otherleg_source_datagrams_total', { kind: 'other' })).toBe(1);
    expect(sampleOf(text, 'otherleg_source_dropped_total', { reason: 'kernel' })).toBe(3);
    engine.answers = false;
    expect(sampleOf(await scrape(), 'otherleg_source_datagrams_total', { kind: 'rtp' })).toBeUndefined();
  });

  it('counts configurations that were read again', async () => {
    const before = sampleOf(await scrape(), 'otherleg_config_loaded_timestamp_seconds') ?? 0;
    daemon.reload(loadConfig(join(folder, 'config.yaml'), {}));
    daemon.reloadFailed();
    const text = await scrape();
    expect(sampleOf(text, 'otherleg_config_reloads_total')).toBe(2);
    expect(sampleOf(text, 'otherleg_config_reload_failures_total')).toBe(1);
    expect(sampleOf(text, 'otherleg_config_loaded_timestamp_seconds')).toBeGreaterThanOrEqual(before);
  });
});
