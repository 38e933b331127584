import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlClient } from '../../src/client/control-client.ts';
import type { ControlError } from '../../src/client/control-error.ts';
import { loadConfig } from '../../src/config/load.ts';
import { Daemon } from '../../src/daemon/daemon.ts';
import type { FoundCall } from '../../src/source/capture/messages.ts';
import { FakeEngine, nothingSeen } from '../source/capture/fake-engine.ts';
import { until } from './slim-gateway.ts';

const mediaLegId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const found = '11111111-2222-5333-8444-555555555555';
const callId = 'a84b4c76e66710@pc33.example.com';

let folder = '';
let engine: FakeEngine;
let daemon: Daemon;
let client: ControlClient;
/** How far the agent's clock is ahead of this one's. Seconds. */
let ahead = 0;

async function run(more: readonly string[]): Promise<void> {
  const path = join(folder, 'config.yaml');
  const lines = [
    'control: { listen: "http://127.0.0.1:0" }',
    `store: { url: "sqlite:${join(folder, 'otherleg.db')}" }`,
    'graph: { baseUrl: "http://127.0.0.1:1", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }',
    'devices: [ { name: Cisco SX80, match: { addresses: ["10.1.0.0/16", "10.2.0.7"] } } ]',
    'sampling: { interval: 1s }',
    ...more,
  ];
  writeFileSync(path, lines.join('\n'));
  engine = new FakeEngine();
  daemon = new Daemon(loadConfig(path, {}), {
    log: pino({ level: 'silent' }),
    clock: { now: () => Date.now() / 1000 + ahead },
    captureEngine: engine.build,
  });
  const [url = ''] = await daemon.start();
  client = new ControlClient(url, { attempts: 1 });
}

beforeEach(() => {
  ahead = 0;
  folder = mkdtempSync(join(tmpdir(), 'otherleg-capture-'));
});

afterEach(async () => {
  await daemon.close();
  rmSync(folder, { recursive: true, force: true });
});

const on = ['sources: { capture: { enabled: true, interface: eth1 } }'];
const failure = (promise: Promise<unknown>): Promise<ControlError> =>
  promise.then(
    () => expect.fail('it was taken'),
    (error: ControlError) => error,
  );

/** An empty receiver report (RFC 3550, 6.4.2). */
const report = Buffer.from([0x80, 0xc9, 0, 1, 0, 0, 0, 1]);
const pushed = (octets: Uint8Array) => ({
  at: new Date().toISOString(),
  direction: 'inbound' as const,
  base64: Buffer.from(octets).toString('base64'),
});

describe('an agent that captures', () => {
  it('tells the engine of legs, with keys that nobody else sees', async () => {
    await run(on);
    const crypto = [
      { direction: 'inbound', suite: 'AES_CM_128_HMAC_SHA1_80', key: Buffer.alloc(30, 7).toString('base64') },
    ] as const;
    const local = { address: '10.9.0.1', port: 40_000 };
    await client.putLeg(mediaLegId, { channels: [{ media: 'audio', channelIndex: 1, local, crypto }] });
    expect(engine.runs).toBe(true);
    expect(engine.followed).toMatchObject([{ mediaLegId, keys: [{ ...crypto[0], channel: 'audio/1' }] }]);
    expect(JSON.stringify(engine.followed[0]?.control)).not.toContain(crypto[0].key);
    expect(JSON.stringify(await client.leg(mediaLegId))).not.toContain(crypto[0].key);
  });

  it('ends a leg with what the engine told last', async () => {
    await run(on);
    await client.putLeg(mediaLegId, {});
    const startedAt = Math.floor(Date.now() / 1000) - 1;
    const stream = {
      streamId: 's',
      mediaLegId,
      source: 'capture',
      direction: 'inbound',
      kind: 'audio',
      ssrc: 7,
    } as const;
    engine.lastWords = async () =>
      engine.say({
        kind: 'measured',
        mediaLegId,
        streams: [stream],
        intervals: [{ streamId: 's', startedAt: startedAt + 1, seconds: 1, coveredSeconds: 1, packets: 50 }],
      });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { report: body } = await client.end(mediaLegId);
    expect(body?.quality.mediaQualityList).toMatchObject([{ channelIndex: 1 }]);
    expect(engine.released).toMatchObject([{ mediaLegId }]);
  });

  it('makes one leg of a call that it finds and that the bot tells of by its Call-ID', async () => {
    await run(on);
    const answeredAt = Date.now() / 1000 - 2;
    const call: FoundCall = {
      mediaLegId: found,
      callId,
      answeredAt,
      at: answeredAt,
      deviceAddress: '10.1.0.9',
      deviceName: 'TANDBERG/529',
      sdp: {},
    };
    engine.say({ kind: 'call', call });
    await until(async () => (await client.legs({ state: 'live' })).items.length === 1);
    const told = await client.putLeg({ alias: callId }, { callChainId: mediaLegId, participantId: mediaLegId });
    expect(told).toMatchObject({ mediaLegId: found, callChainId: mediaLegId, device: { name: 'Cisco SX80' } });
    expect(await client.leg({ alias: callId })).toMatchObject({ mediaLegId: found, state: 'live' });
    engine.say({ kind: 'call', call: { ...call, endedAt: answeredAt + 1 } });
    const { mediaLegId: ended } = await client.end({ alias: callId });
    expect(ended).toBe(found);
    expect((await client.legs({})).items).toHaveLength(1);
  });

  it('takes clear RTCP, all or nothing', async () => {
    await run(on);
    await client.putLeg(mediaLegId, {});
    await client.postRtcp(mediaLegId, [pushed(report), pushed(report)]);
    expect(engine.pushed).toMatchObject([{ mediaLegId, compounds: [{ octets: report }, { direction: 'inbound' }] }]);
    const noise = Buffer.concat([report, Buffer.from([0x13, 0x37, 0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8])]);
    expect(await failure(client.postRtcp(mediaLegId, [pushed(report), pushed(noise)]))).toMatchObject({
      code: 'RTCP_INVALID',
      status: 422,
      message: expect.stringContaining('/1/base64: is encrypted'),
    });
    expect(await failure(client.postRtcp(mediaLegId, [pushed(Buffer.alloc(8))]))).toMatchObject({
      code: 'RTCP_INVALID',
      message: expect.stringContaining('/0/base64: is no RTCP'),
    });
    expect(engine.pushed).toHaveLength(1);
    expect(await failure(client.postRtcp(found, [pushed(report)]))).toMatchObject({ code: 'LEG_UNKNOWN' });
    await client.end(mediaLegId);
    expect(await failure(client.postRtcp(mediaLegId, [pushed(report)]))).toMatchObject({ code: 'LEG_ENDED' });
  });

  it('tells what the engine sees and how it is', async () => {
    await run(on);
    engine.sight = { ...engine.sight, packets: 10, rtpPackets: 9, dropped: 2, legs: [nothingSeen(mediaLegId)] };
    // One of the two was lost on the way to the thread: it counts once.
    engine.sight = { ...engine.sight, media: { ...engine.sight.media, dropped: 1, lost: 1 } };
    const { items } = await client.sources();
    expect(items[0]).toMatchObject({
      kind: 'capture',
      state: 'running',
      capture: { tool: 'tcpdump', interface: 'eth1', filter: 'udp port 40000', packets: 10, dropped: 2 },
    });
    expect(items[0]?.capture?.legs).toEqual([nothingSeen(mediaLegId)]);
    expect(items.slice(1)).toMatchObject([
      { kind: 'getstats', state: 'running' },
      { kind: 'webrtc', state: 'running' },
      { kind: 'webex', state: 'off' },
    ]);
  });

  it('says which right is missing, is ready all the same, and measures by its other sources', async () => {
    await run(on);
    const trouble = { kind: 'no-right', reason: 'tcpdump on eth1: not permitted', remedy: 'give CAP_NET_RAW' } as const;
    engine.sight = { ...engine.sight, media: { ...engine.sight.media, state: 'waiting', trouble } };
    expect((await client.sources()).items[0]).toMatchObject({
      state: 'failed',
      reason: 'tcpdump on eth1: not permitted',
      remedy: 'give CAP_NET_RAW',
    });
    engine.answers = false;
    expect((await client.sources()).items[0]).toMatchObject({ state: 'failed', reason: /thread/ });
    expect((await client.health()).status).toBe('ok');
    await client.putLeg(mediaLegId, {});
    const stats = [{ id: 'a', type: 'inbound-rtp', timestamp: Date.now(), ssrc: 1, kind: 'audio', packetsReceived: 9 }];
    await expect(client.postStats(mediaLegId, { timestamp: Date.now(), stats })).resolves.toBeUndefined();
  });

  it('keeps a found leg alive while anything of it passes, and ends it when nothing does', async () => {
    await run([...on, 'legs: { uncontrolledIdleEnd: 10s }']);
    const answeredAt = Date.now() / 1000;
    const call = { mediaLegId: found, callId, answeredAt, at: answeredAt, deviceAddress: '10.1.0.9', sdp: {} };
    engine.say({ kind: 'call', call });
    await until(async () => (await client.legs({ state: 'live' })).items.length === 1);
    let looked = 0;
    const silent = nothingSeen(found);
    const sight = { ...engine.sight, legs: [{ ...silent, rtcpIn: 1 }] };
    engine.look = async () => {
      looked += 1;
      return sight;
    };
    for (const later of [9, 18]) {
      ahead = later;
      const before = looked;
      await until(() => looked > before + 1);
    }
    expect((await client.leg(found)).state).toBe('live');
    // Until now it was heard of at each look, and from here on no later than this.
    const lastAt = Date.now() / 1000 + ahead + 2;
    sight.legs = [{ ...silent, rtpIn: 1, lastAt }];
    ahead += 22;
    await until(async () => (await client.leg(found)).state === 'ended');
    const { endReason, endedAt } = await client.leg(found);
    expect(endReason).toBe('idle');
    expect(Date.parse(endedAt ?? '') / 1000).toBeCloseTo(lastAt, 1);
  });

  it('tells the networks of the devices again when they were read again', async () => {
    await run(on);
    const path = join(folder, 'config.yaml');
    const config = loadConfig(path, {});
    const [device] = config.devices;
    daemon.reload({ ...config, devices: device === undefined ? [] : [device, device] });
    expect(engine.networks).toEqual([['10.1.0.0/16', '10.2.0.7']]);
  });

  it('lets the engine go when it stops', async () => {
    await run(on);
    await daemon.drain();
    expect(engine.runs).toBe(false);
  });
});

describe('an agent that does not capture', () => {
  it('has no engine, and says so to who pushes RTCP', async () => {
    await run([]);
    await client.putLeg(mediaLegId, {});
    expect(engine.followed).toEqual([]);
    expect(await failure(client.postRtcp(mediaLegId, [pushed(report)]))).toMatchObject({
      code: 'SOURCE_NOT_CONFIGURED',
      hint: 'set sources.capture.enabled: true in the configuration',
    });
    expect((await client.sources()).items[0]).toEqual({ kind: 'capture', state: 'off' });
  });

  it('for a leg that names other sources, refuses its RTCP', async () => {
    await run(on);
    await client.putLeg(mediaLegId, { sources: ['getstats'] });
    expect(await failure(client.postRtcp(mediaLegId, [pushed(report)]))).toMatchObject({
      code: 'SOURCE_NOT_CONFIGURED',
      message: expect.stringContaining('not measured by capture'),
    });
  });
});
