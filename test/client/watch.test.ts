import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ControlClient } from '../../src/client/control-client.ts';
import {
  type LegWatch,
  type WatchablePeerConnection,
  type WatchOptions,
  watchPeerConnection,
} from '../../src/client/watch.ts';
import { FakeAgent, problem } from './fake-agent.ts';

const mediaLegId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const startedAt = '2026-11-21T10:00:00.000Z';
const sdp =
  'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=ice-pwd:x\r\n';

/** A connection whose counters grow with every look at it. */
class Connection implements WatchablePeerConnection {
  looks = 0;
  localDescription: { sdp: string } | null = null;
  remoteDescription: { sdp: string } | null = null;
  failure: Error | undefined;

  async getStats(): Promise<unknown[]> {
    if (this.failure !== undefined) throw this.failure;
    this.looks += 1;
    return [{ id: 'in', type: 'inbound-rtp', timestamp: this.looks, packetsReceived: this.looks * 50 }];
  }
}

let agent: FakeAgent;
let connection: Connection;
let watch: LegWatch | undefined;
let errors: Error[];

beforeEach(async () => {
  agent = await new FakeAgent().up();
  connection = new Connection();
  errors = [];
});
afterEach(async () => {
  watch?.stop();
  await agent.down();
});

function watching(options: Partial<WatchOptions> = {}): LegWatch {
  const client = new ControlClient(agent.url, { attempts: 1 });
  const own = errors; // a request that hangs fails when its test is over
  watch = watchPeerConnection(
    connection,
    { mediaLegId, startedAt, callChainId: 'c' },
    { agent: client, intervalSeconds: 0.02, onError: (error) => own.push(error), ...options },
  );
  return watch;
}

/** On a busy machine a second, which polling waits otherwise, is little. */
const eventually = <T>(ask: () => T) => expect.poll(ask, { timeout: 10_000 });

const puts = () => agent.bodies('PUT', mediaLegId);
const samples = () => agent.bodies('POST', '/stats').map(({ timestamp }) => timestamp);
const ends = () => agent.bodies('POST', '/end');

describe('a leg that is watched', () => {
  test('is begun, sampled at once and again, and ended after a last sample', async () => {
    const leg = watching();
    await eventually(() => samples().length).toBeGreaterThan(2);
    expect(await leg.end('hang-up')).toEqual({ mediaLegId, delivery: { state: 'queued' } });
    expect(puts()).toEqual([{ startedAt, callChainId: 'c' }]);
    expect(samples()).toEqual(Array.from({ length: connection.looks }, (_, index) => index + 1));
    expect(ends()).toEqual([{ endedAt: expect.stringMatching(/^\d{4}-.*Z$/), reason: 'hang-up' }]);
    expect(agent.seen.at(0)?.method).toBe('PUT');
    expect(agent.seen.at(-1)?.path).toMatch(/end$/);
    expect(errors).toEqual([]);
  });

  test('begins now where its begin is not told, and ends without a reason where none is given', async () => {
    const before = Date.now();
    watch = watchPeerConnection(connection, { mediaLegId }, { agent: agent.url });
    await watch.end();
    const [{ startedAt: begin } = {}] = puts();
    expect(Date.parse(String(begin))).toBeGreaterThanOrEqual(before);
    expect(Object.keys(ends()[0] ?? {})).toEqual(['endedAt']);
  });

  test('is sampled no more after its end, which is the same however often it is asked for', async () => {
    const leg = watching();
    const [first, second] = await Promise.all([leg.end(), leg.end('again')]);
    expect(second).toBe(first);
    const { looks } = connection;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(connection.looks).toBe(looks);
    expect(ends()).toHaveLength(1);
  });

  test('is left alone after stop, without an end', async () => {
    const leg = watching();
    await eventually(() => samples().length).toBeGreaterThan(0);
    leg.stop();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const { looks } = connection;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(connection.looks).toBe(looks);
    expect(ends()).toEqual([]);
  });
});

describe('descriptions', () => {
  test('go with the begin, without credentials, and roles make channels of them', async () => {
    connection.localDescription = { sdp };
    connection.remoteDescription = { sdp };
    const leg = watching({ channels: { 1: 'screenSharing' } });
    await leg.end();
    const clean = sdp.replace('a=ice-pwd:x\r\n', '');
    expect(puts()).toEqual([
      {
        startedAt,
        callChainId: 'c',
        sdp: { local: clean, remote: clean },
        channels: [
          { media: 'audio', channelIndex: 1, mid: '0', direction: 'sendrecv' },
          { media: 'screenSharing', channelIndex: 1, mid: '1', direction: 'sendrecv' },
        ],
      },
    ]);
  });

  test('that change are told once, with the time', async () => {
    connection.localDescription = { sdp };
    const leg = watching();
    await eventually(() => samples().length).toBeGreaterThan(1);
    connection.localDescription = { sdp: sdp.replace('m=video 9', 'm=video 0') };
    await eventually(() => puts().length).toBe(2);
    await leg.end();
    expect(puts()).toHaveLength(2);
    expect(puts()[0]).not.toHaveProperty('channels');
    expect(puts()[0]).not.toHaveProperty('at');
    expect(puts()[1]).toEqual({
      at: expect.stringMatching(/Z$/),
      sdp: { local: expect.stringContaining('m=video 0') },
    });
  });

  test('are not needed', async () => {
    const bare: WatchablePeerConnection = { getStats: async () => [] };
    watch = watchPeerConnection(bare, { mediaLegId }, { agent: agent.url, channels: {} });
    expect(await watch.end()).toBeDefined();
    expect(puts()[0]).not.toHaveProperty('sdp');
  });
});

describe('update', () => {
  test('tells only what changed, at once', async () => {
    const leg = watching({ intervalSeconds: 60 });
    await eventually(() => samples().length).toBe(1);
    leg.update({ callChainId: 'd' });
    await eventually(() => puts().length).toBe(2);
    expect(puts()[1]).toEqual({ callChainId: 'd', at: expect.any(String) });
  });

  test('keeps the time that the gateway gives', async () => {
    const leg = watching({ intervalSeconds: 60 });
    await eventually(() => samples().length).toBe(1);
    leg.update({ channels: [], at: startedAt });
    await eventually(() => puts()[1]).toEqual({ channels: [], at: startedAt });
  });

  test('reaches the agent after the end too, without a sample', async () => {
    const leg = watching({ intervalSeconds: 60 });
    await leg.end();
    const before = samples().length;
    leg.update({ callChainId: 'late' });
    await eventually(() => puts().length).toBe(2);
    expect(puts()[1]).toMatchObject({ callChainId: 'late' });
    expect(samples()).toHaveLength(before);
  });
});

describe('update at a bad moment', () => {
  test('follows a turn that is under way', async () => {
    const leg = watching({ intervalSeconds: 60 });
    leg.update({ callChainId: 'd' });
    await eventually(() => puts().at(-1)).toMatchObject({ callChainId: 'd' });
  });

  test('after the end, while the agent is down, is made up for', async () => {
    const leg = watching();
    await leg.end();
    await agent.down();
    leg.update({ callChainId: 'late' });
    await eventually(() => errors.length).toBeGreaterThan(1);
    await agent.up();
    await eventually(() => puts().at(-1)).toMatchObject({ callChainId: 'late' });
    const told = puts().length;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(puts()).toHaveLength(told);
  });
});

describe('an agent that is away', () => {
  test('is told everything that matters when it is back, with one sample for all that were missed', async () => {
    const leg = watching();
    await eventually(() => samples().length).toBeGreaterThan(0);
    await agent.down();
    const before = samples().length;
    leg.update({ callChainId: 'd' });
    leg.update({ tenantId: 't' });
    await eventually(() => errors.length).toBeGreaterThan(3);
    const { looks } = connection;
    await agent.up();
    await eventually(() => samples().length).toBeGreaterThan(before);
    expect(samples()[before]).toBeGreaterThanOrEqual(looks);
    expect(puts()).toHaveLength(2);
    expect(puts()[1]).toMatchObject({ callChainId: 'd', tenantId: 't' });
    // A connection that ends may be met by what is written to it.
    const away = /ECONNREFUSED|ECONNRESET|EPIPE|hang up/;
    expect(errors.map(({ message }) => message).filter((message) => !away.test(message))).toEqual([]);
  });

  test('from the begin on learns of the leg when it comes, as it began', async () => {
    await agent.down();
    watching();
    await eventually(() => errors.length).toBeGreaterThan(1);
    await agent.up();
    await eventually(() => samples().length).toBeGreaterThan(0);
    expect(puts()).toEqual([{ startedAt, callChainId: 'c' }]);
  });

  test('and has lost the leg is told all of it again, the clearing of a member too', async () => {
    const leg = watching();
    await eventually(() => samples().length).toBeGreaterThan(0);
    leg.update({ callChainId: null, tenantId: 't' });
    await eventually(() => puts().length).toBe(2);
    agent.legs.clear();
    await eventually(() => puts().length).toBe(3);
    expect(puts()[2]).toEqual({ startedAt, callChainId: null, tenantId: 't' });
    await eventually(() => errors.map((error) => 'code' in error && error.code)).toEqual(['LEG_UNKNOWN']);
  });

  test('while the leg ends gets the end when it is back', async () => {
    const leg = watching();
    await eventually(() => samples().length).toBeGreaterThan(0);
    await agent.down();
    const answer = leg.end('hang-up');
    await eventually(() => errors.length).toBeGreaterThan(0);
    await agent.up();
    expect(await answer).toMatchObject({ delivery: { state: 'queued' } });
    expect(samples().at(-1)).toBe(connection.looks);
  });

  test('and has lost the leg at its end learns it again and ends it', async () => {
    const leg = watching({ intervalSeconds: 60 });
    await eventually(() => samples().length).toBe(1);
    agent.legs.clear();
    expect(await leg.end()).toMatchObject({ mediaLegId });
    expect(puts()[1]).toEqual({ startedAt, callChainId: 'c' });
  });

  test('for too long lets the end go by, with nothing thrown', async () => {
    const leg = watching({ endSeconds: 0.1 });
    await agent.down();
    expect(await leg.end()).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
  });

  test('without answering is asked one thing at a time', async () => {
    agent.canned = () => 'hang';
    watching({ intervalSeconds: 0.005 });
    await eventually(() => agent.seen.length).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(agent.seen).toHaveLength(1);
  });
});

describe('what goes wrong stays inside', () => {
  test('a sample that is refused is told, and the next one is tried', async () => {
    agent.canned = ({ path }) => (path.endsWith('stats') ? problem(422, 'STATS_INVALID', 'no statistics') : undefined);
    const leg = watching();
    await eventually(() => errors.length).toBeGreaterThan(2);
    expect(errors[0]).toMatchObject({ code: 'STATS_INVALID' });
    expect(await leg.end()).toMatchObject({ delivery: { state: 'queued' } });
  });

  test('a begin that is refused is not repeated for ever by itself, and can be put right', async () => {
    agent.canned = ({ method }) => (method === 'PUT' ? problem(422, 'BODY_INVALID', 'no GUID') : undefined);
    const leg = watching();
    await eventually(() => errors.length).toBeGreaterThan(1);
    agent.canned = () => undefined;
    leg.update({ callChainId: 'right' });
    await eventually(() => agent.legs.get(mediaLegId)).toMatchObject({ startedAt, callChainId: 'right' });
  });

  test('an end that is refused is told and answers nothing', async () => {
    agent.canned = ({ path }) => (path.endsWith('end') ? problem(422, 'BODY_INVALID', 'no') : undefined);
    expect(await watching().end()).toBeUndefined();
    expect(errors.at(-1)).toMatchObject({ code: 'BODY_INVALID' });
  });

  test('a connection that has no statistics any more can still be ended', async () => {
    const leg = watching();
    await eventually(() => samples().length).toBeGreaterThan(0);
    connection.failure = new Error('InvalidStateError: the connection is closed');
    expect(await leg.end()).toMatchObject({ mediaLegId });
    expect(errors.some(({ message }) => message.includes('is closed'))).toBe(true);
  });

  test('statistics that never come are given up', async () => {
    const stuck: WatchablePeerConnection = { getStats: () => new Promise(() => {}) };
    watch = watchPeerConnection(stuck, { mediaLegId }, { agent: agent.url, onError: (error) => errors.push(error) });
    expect(await watch.end()).toMatchObject({ mediaLegId });
    expect(ends()).toHaveLength(1);
    expect(errors[0]?.message).toContain('did not answer within 2 s');
  });

  test('a listener that throws is no matter', async () => {
    await agent.down();
    const leg = watching({
      endSeconds: 0,
      onError: () => {
        throw new Error('faulty');
      },
    });
    expect(await leg.end()).toBeUndefined();
  });
});
