import { expect, it } from 'vitest';
import { SetClock } from '../../../src/daemon/set-clock.ts';
import { LiveLegs } from '../../../src/leg/legs.ts';
import { qualityReport } from '../../../src/report/quality-report.ts';
import { CaptureSource, type Engine } from '../../../src/source/capture/capture-source.ts';
import { LiveMeter } from '../../../src/source/capture/live-meter.ts';
import type { FromMeter } from '../../../src/source/capture/messages.ts';
import { sqliteStore } from '../../../src/store/sqlite-store.ts';
import type { Store } from '../../../src/store/store.ts';
import { BEGIN, DEVICE, GATEWAY, INBOUND, OUTBOUND, rtp, send } from '../../meter/wire.ts';

const DAY = 86_400;
const id = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const socket = ([address, port]: readonly [string, number]) => ({ address, port });
const told = {
  callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
  participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6',
  channels: [{ media: 'audio', channelIndex: 1, local: socket(GATEWAY), remote: socket(DEVICE) }],
} as const;

/** True time, and by how much the host's clock was set. Seconds after the begin. */
type Host = { time: number; set: number };

/** The real meter in place of the capture's thread. */
function engineOf(say: (message: FromMeter) => void): { meter: LiveMeter; engine: Engine } {
  const meter = new LiveMeter({ slotSeconds: 5, discover: false, lag: 0, say });
  const engine: Engine = {
    start: () => undefined,
    follow: (leg) => meter.take({ kind: 'follow', leg }),
    release: async (mediaLegId, endedAt) => meter.take({ kind: 'release', mediaLegId, endedAt, ask: 1 }),
    rtcp: () => undefined,
    look: () => Promise.reject(new Error('nobody looks')),
    devices: () => undefined,
    stop: async () => undefined,
  };
  return { meter, engine };
}

/** An agent on a host whose clock a test sets. */
async function agentOn(host: Host, store: Store) {
  const wall = { now: () => BEGIN + host.time + host.set };
  const clock = new SetClock(wall, {
    log: { warn: () => undefined },
    onSet: (seconds) => legs.clockSet(seconds),
    steady: () => host.time,
  });
  let meter: LiveMeter | undefined;
  const legs: LiveLegs = new LiveLegs({
    store,
    clock,
    sources: (sinkOf) => [
      new CaptureSource(sinkOf('capture'), {
        engine: (on) => {
          const built = engineOf((message) => on(structuredClone(message)));
          meter = built.meter;
          return built.engine;
        },
        keysOf: () => [],
        clock,
        found: () => undefined,
      }),
    ],
    context: () => ({ owner: 'here', devices: [], defaultTenantId: '00000000-0000-0000-0000-000000000001' }),
    reportOf: (leg, channels) =>
      JSON.stringify(qualityReport(leg, channels, { addresses: 'full', pacedJitter: 'send' })),
    draftOf: () => undefined,
    slotSeconds: 5,
    idleSeconds: 7200,
    uncontrolledIdleSeconds: 300,
    onQueued: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
  await legs.recover();
  /** Both send 50 packets/s until then; of the device's one of 50 is lost. The thread advances, and slots are ticked. */
  const talk = async (to: number): Promise<void> => {
    for (let n = Math.round(host.time * 50); n < Math.round(to * 50); n += 1) {
      host.time = n / 50;
      const at = host.time + host.set + 0.003;
      const packet = { sequence: n, timestamp: 160 * n };
      if (meter === undefined) return;
      if (n % 50 !== 25) send(meter, at, INBOUND, rtp({ ssrc: 1, ...packet }));
      send(meter, at + 0.001, OUTBOUND, rtp({ ssrc: 2, ...packet }));
      if (n % 5 === 0) meter.advance((BEGIN + at) * 1e6);
      if (n % 250 === 0) await legs.tick();
    }
    host.time = to;
  };
  /** The clock is set, and the thread finds out at its next look, at most 0.1 s later. */
  const set = (seconds: number): void => {
    const before = BEGIN + host.time + host.set;
    host.set += seconds;
    for (const at of [before, before + seconds])
      meter?.take({ kind: 'taint', from: at - 0.05, to: at + 0.05, taint: 'clock-step' });
  };
  return { legs, talk, set };
}

type Report = { readonly quality: { readonly mediaQualityList: readonly Record<string, unknown>[] } };

it.each([
  ['forward by a day', DAY],
  ['back by a day', -DAY],
  ['forward by a day and a bit', DAY + 1.7],
  ['back by a day and a bit', -DAY - 1.7],
  ['forward by 90 seconds', 90],
  ['back by 90 seconds', -90],
])('a leg whose packets are captured has all of them after the clock was set %s', async (_, jump) => {
  const host: Host = { time: 0, set: 0 };
  const store = sqliteStore({ path: ':memory:', owner: 'here', now: () => BEGIN + host.time + host.set });
  await store.open();
  const { legs, talk, set } = await agentOn(host, store);
  await legs.put(id, { ...told, startedAt: BEGIN });
  await talk(122.3);
  set(jump);
  await talk(240);
  const { body = '{}' } = await legs.end(id, {});
  const { leg, series } = await legs.view(id);
  const [audio] = (JSON.parse(body) as Report).quality.mediaQualityList;
  expect(audio).toMatchObject({ mediaDuration: expect.stringMatching(/^PT2(39|40)(\.\d+)?S$/) });
  expect(Number(audio?.['inboundPackets'])).toBe(240 * 49);
  expect(Number(audio?.['outboundPackets'])).toBe(240 * 50);
  // The second in which it was set tells no loss either way.
  expect(audio?.['averageInboundPacketLossRateInPercentage']).toBeCloseTo(2, 1);
  const slots = series.intervals.map(({ startedAt }) => startedAt - BEGIN);
  expect(Math.min(...slots)).toBe(0);
  expect(Math.max(...slots)).toBeGreaterThanOrEqual(235);
  expect(Math.max(...slots)).toBeLessThanOrEqual(250);
  expect((leg.endedAt ?? 0) - BEGIN).toBeGreaterThanOrEqual(240);
  expect((leg.endedAt ?? 0) - BEGIN).toBeLessThanOrEqual(250);
  expect(series.intervals.some(({ taint }) => taint === 'clock-step')).toBe(true);
});

it.each([
  ['forward by a day', DAY],
  ['back by a day', -DAY],
])('an agent that is killed after the clock was set %s goes on with what is stored', async (_, jump) => {
  const host: Host = { time: 0, set: 0 };
  const store = sqliteStore({ path: ':memory:', owner: 'here', now: () => BEGIN + host.time + host.set });
  await store.open();
  const first = await agentOn(host, store);
  await first.legs.put(id, { ...told, startedAt: BEGIN });
  await first.talk(60);
  first.set(jump);
  await first.talk(120);
  await first.legs.write();
  const next = await agentOn(host, store);
  await next.talk(180);
  const { body = '{}' } = await next.legs.end(id, {});
  const [audio] = (JSON.parse(body) as Report).quality.mediaQualityList;
  expect(audio).toMatchObject({ mediaDuration: expect.stringMatching(/^PT1(79|80)(\.\d+)?S$/) });
  // What the killed one had of the open slot, at most 5 s, is lost with it.
  expect(Number(audio?.['inboundPackets'])).toBeGreaterThanOrEqual(174 * 49);
  expect(Number(audio?.['inboundPackets'])).toBeLessThanOrEqual(180 * 49);
});
