import { describe, expect, it, vi } from 'vitest';
import type { Measured } from '../../../src/leg/leg.ts';
import type { Interval, Stream } from '../../../src/model/interval.ts';
import type { Leg, LegKey } from '../../../src/model/leg.ts';
import { CaptureSource, type Found } from '../../../src/source/capture/capture-source.ts';
import { FakeEngine, nothingSeen } from './fake-engine.ts';

const mediaLegId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const begin = 1_800_000_000;

const leg: Leg = {
  mediaLegId,
  revision: 1,
  owner: 'here',
  state: 'live',
  control: { aliases: ['call@pbx'], deviceAddress: '10.1.0.9' },
  device: { name: 'Cisco SX80', description: 'Boardroom' },
  channels: [{ media: 'audio', channelIndex: 1, told: 'control', spells: [] }],
  earlierIdentifiers: [],
  startedAt: begin,
  delivery: { state: 'none' },
};

const stream: Stream = { streamId: 's', mediaLegId, source: 'capture', direction: 'inbound', ssrc: 7 };
const interval: Interval = { streamId: 's', startedAt: begin, seconds: 5, coveredSeconds: 5, packets: 250 };
const key: LegKey = { direction: 'inbound', suite: 'AES_CM_128_HMAC_SHA1_80', key: 'c2VjcmV0', channel: 'audio/1' };

function rig() {
  const engine = new FakeEngine();
  const measured: Measured[] = [];
  const found: Found[] = [];
  const source = new CaptureSource(
    { measured: (batch) => measured.push(batch) },
    {
      engine: engine.build,
      keysOf: (id) => (id === mediaLegId ? [key] : []),
      clock: { now: () => begin + 100 },
      found: (message) => found.push(message),
    },
  );
  return { engine, measured, found, source };
}

const series = { mediaLegId, streams: [], intervals: [], presence: [] };

describe('CaptureSource', () => {
  it('tells the engine of a leg what it needs, keys too', () => {
    const { engine, source } = rig();
    source.follow(leg);
    expect(engine.followed).toEqual([
      { mediaLegId, startedAt: begin, control: leg.control, channels: leg.channels, keys: [key] },
    ]);
  });

  it('puts what was measured into the sink, and nothing else', () => {
    const { engine, measured, source } = rig();
    source.follow(leg);
    engine.say({ kind: 'measured', mediaLegId, streams: [stream], intervals: [interval] });
    engine.say({ kind: 'released', ask: 1 });
    expect(measured).toEqual([{ mediaLegId, streams: [stream], intervals: [interval] }]);
  });

  it('hands on calls and goodbyes', () => {
    const { engine, found } = rig();
    const call = { mediaLegId, callId: 'c', answeredAt: 1, at: 1, deviceAddress: '10.1.0.9', sdp: {} };
    engine.say({ kind: 'call', call });
    engine.say({ kind: 'bye', mediaLegId, at: 2 });
    expect(found).toEqual([
      { kind: 'call', call },
      { kind: 'bye', mediaLegId, at: 2 },
    ]);
  });

  it.each([
    ['now, where an agent was down', { series }, begin + 100],
    ['where another leg was measured until', { series, at: begin + 40 }, begin + 40],
  ])('lets a leg that comes back begin %s', (_, resume, want) => {
    const { engine, source } = rig();
    source.follow(leg, resume);
    source.follow(leg);
    expect(engine.followed.map(({ startedAt }) => startedAt)).toEqual([want, want]);
  });

  it('takes a corrected begin of a leg that it saw from its begin', () => {
    const { engine, source } = rig();
    source.follow(leg);
    source.follow({ ...leg, startedAt: begin + 3 });
    expect(engine.followed.map(({ startedAt }) => startedAt)).toEqual([begin, begin + 3]);
  });

  it('has told everything when a release resolves', async () => {
    const { engine, measured, source } = rig();
    source.follow(leg);
    engine.lastWords = async () => engine.say({ kind: 'measured', mediaLegId, streams: [], intervals: [interval] });
    await source.release(mediaLegId, begin + 60);
    expect(engine.released).toEqual([{ mediaLegId, endedAt: begin + 60 }]);
    expect(measured).toHaveLength(1);
  });

  it('waits half a second for the last words of a leg, not longer, and bears an engine that fails', async () => {
    vi.useFakeTimers();
    try {
      const { engine, source } = rig();
      source.follow(leg);
      engine.lastWords = () => new Promise(() => undefined);
      let isOver = false;
      const release = source.release(mediaLegId, begin).then(() => {
        isOver = true;
      });
      await vi.advanceTimersByTimeAsync(499);
      expect(isOver).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      await release;
      source.follow(leg);
      engine.lastWords = async () => Promise.reject(new Error('the thread is gone'));
      await expect(source.release(mediaLegId, begin)).resolves.toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it('releases no leg that it does not follow', async () => {
    const { engine, source } = rig();
    await source.release(mediaLegId, begin);
    expect(engine.released).toEqual([]);
  });

  it('takes pushed RTCP of a leg that it follows only', async () => {
    const { engine, source } = rig();
    const compounds = [{ at: begin, direction: 'inbound', octets: new Uint8Array([0x80]) }] as const;
    expect(() => source.pushRtcp(mediaLegId, compounds)).toThrow(
      expect.objectContaining({ code: 'SOURCE_NOT_CONFIGURED' }),
    );
    source.follow(leg);
    source.pushRtcp(mediaLegId, compounds);
    expect(engine.pushed).toEqual([{ mediaLegId, compounds }]);
    await source.release(mediaLegId, begin);
    expect(() => source.pushRtcp(mediaLegId, compounds)).toThrow(/not measured by capture/);
  });

  it('answers what the engine sees, and undefined where it does not answer', async () => {
    const { engine, source } = rig();
    engine.sight = { ...engine.sight, legs: [nothingSeen(mediaLegId)] };
    expect((await source.look())?.legs).toEqual([nothingSeen(mediaLegId)]);
    engine.answers = false;
    expect(await source.look()).toBeUndefined();
  });

  it('starts and stops the engine', async () => {
    const { engine, source } = rig();
    expect(engine.runs).toBe(false);
    source.start();
    expect(engine.runs).toBe(true);
    source.devices(['10.1.0.0/16']);
    expect(engine.networks).toEqual([['10.1.0.0/16']]);
    await source.stop();
    expect(engine.runs).toBe(false);
  });
});
