import { expect, test } from 'vitest';
import type { Measured, Sink, Source } from '../../../src/leg/leg.ts';
import { LiveLegs } from '../../../src/leg/legs.ts';
import type { LegControl } from '../../../src/model/leg.ts';
import { LiveMeter } from '../../../src/source/capture/live-meter.ts';
import { sqliteStore } from '../../../src/store/sqlite-store.ts';
import { BEGIN, control, DEVICE, GATEWAY, INBOUND, OUTBOUND, report, rtp, send } from '../../meter/wire.ts';

const socket = ([address, port]: readonly [string, number]) => ({ address, port });
const id = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';

/** Live legs with a store in memory, measured from packets by a live meter; `now` in seconds after the begin. */
async function measuredByPackets() {
  let now = 0;
  const store = sqliteStore({ path: ':memory:', owner: 'here', now: () => BEGIN + now });
  await store.open();
  let sink: Sink = { measured: () => undefined };
  const meter = new LiveMeter({
    slotSeconds: 5,
    discover: false,
    lag: 0,
    say: (message) => {
      if (message.kind === 'measured') sink.measured(message satisfies Measured);
    },
  });
  const source: Source = {
    kind: 'capture',
    follow: (leg) => meter.take({ kind: 'follow', leg }),
    release: async (mediaLegId, endedAt) => meter.take({ kind: 'release', mediaLegId, endedAt, ask: 1 }),
  };
  const legs = new LiveLegs({
    store,
    clock: { now: () => BEGIN + now },
    sources: (sinkOf) => {
      sink = sinkOf('capture');
      return [source];
    },
    context: () => ({ owner: 'here', devices: [], defaultTenantId: '00000000-0000-0000-0000-000000000001' }),
    reportOf: () => undefined,
    draftOf: () => undefined,
    slotSeconds: 5,
    idleSeconds: 7200,
    uncontrolledIdleSeconds: 300,
    onQueued: () => undefined,
    log: { info: () => undefined, warn: () => undefined },
  });
  const second = async (at: number): Promise<void> => {
    now = at;
    meter.advance((BEGIN + at) * 1e6);
    if (at % 5 === 0) await legs.tick();
  };
  return { legs, meter, second };
}

const AUDIO: LegControl = {
  channels: [{ media: 'audio', channelIndex: 1, local: socket(GATEWAY), remote: socket(DEVICE) }],
};

test.each([
  ['the device’s alone', false],
  ['both', true],
])('media stops at minute 3 of 30 (%s): silent for 27 minutes, and no loss', async (_, both) => {
  const { legs, meter, second } = await measuredByPackets();
  await legs.put(id, { ...AUDIO, startedAt: BEGIN } as never);
  for (let at = 0; at < 1800; at += 1) {
    for (let n = at * 50; n < (at + 1) * 50; n += 1) {
      if (at < 180) send(meter, n / 50 + 0.003, INBOUND, rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }));
      if (at < 180 || !both) send(meter, n / 50 + 0.004, OUTBOUND, rtp({ ssrc: 2, sequence: n, timestamp: 160 * n }));
    }
    if (at % 5 === 2) {
      const highest = 50 * (both ? Math.min(at, 180) : at) - 1;
      send(meter, at + 0.99, control(INBOUND), report(1, [{ ssrc: 2, highest, jitter: 8 }]));
    }
    await second(at + 1);
  }
  await legs.end(id, { endedAt: BEGIN + 1800 });
  const { channels, series } = await legs.view(id);
  const figures = channels[0]?.figures;
  expect(figures?.inboundPackets).toMatchObject({ value: 9000 });
  expect(figures?.outboundPackets).toMatchObject({ value: both ? 9000 : 90_000 });
  expect(figures?.averageInboundPacketLossRateInPercentage).toMatchObject({ value: 0 });
  const silent = series.presence.reduce((sum, row) => sum + row.silentSeconds.inbound, 0);
  expect(silent).toBe(1620);
  const silentOut = series.presence.reduce((sum, row) => sum + row.silentSeconds.outbound, 0);
  expect(silentOut).toBe(both ? 1620 : 0);
});
