import { describe, expect, it, test } from 'vitest';
import type { Measured, Sink, Source } from '../../../src/leg/leg.ts';
import { LiveLegs } from '../../../src/leg/legs.ts';
import type { MediaDirection } from '../../../src/model/channel.ts';
import type { LegControl } from '../../../src/model/leg.ts';
import { plotSpans } from '../../../src/report/plot-spans.ts';
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

describe('a room that holds from minute 1 to 2 of 3 and sends nothing, though its numbers run on', () => {
  const described = (address: string, port: number, direction: MediaDirection, connection = address): string =>
    [
      ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${connection}`, 't=0 0'],
      ...[`m=audio ${port} RTP/AVP 0`, `a=${direction}`, ''],
    ].join('\r\n');
  const sdp = (room: MediaDirection, gateway: MediaDirection, connection?: string) => ({
    sdp: { local: described(...GATEWAY, gateway), remote: described(...DEVICE, room, connection) },
  });
  const byControl = (direction: MediaDirection): LegControl => ({
    channels: [{ media: 'audio', channelIndex: 1, direction, local: socket(GATEWAY), remote: socket(DEVICE) }],
  });

  /** Both ways but for the hold, in which the gateway goes on or not. */
  async function call(hold: LegControl, up: LegControl, gatewayGoesOn = false) {
    const { legs, meter, second } = await measuredByPackets();
    await legs.put(id, { ...up, startedAt: BEGIN } as never);
    for (let at = 0; at < 180; at += 1) {
      const isHeld = at >= 60 && at < 120;
      if (at === 60) await legs.put(id, { ...hold, at: BEGIN + 60 } as never);
      if (at === 120) await legs.put(id, { ...up, at: BEGIN + 120 } as never);
      for (let n = at * 50; n < (at + 1) * 50; n += 1) {
        if (!isHeld) send(meter, n / 50 + 0.003, INBOUND, rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }));
        if (!isHeld || gatewayGoesOn)
          send(meter, n / 50 + 0.004, OUTBOUND, rtp({ ssrc: 2, sequence: n, timestamp: 160 * n }));
      }
      if (at % 5 === 2) send(meter, at + 0.99, control(INBOUND), report(1, []));
      await second(at + 1);
    }
    await legs.end(id, { endedAt: BEGIN + 180 });
    const { leg, channels, series } = await legs.view(id);
    const silent = { inbound: 0, outbound: 0 };
    for (const { silentSeconds } of series.presence) {
      silent.inbound += silentSeconds.inbound;
      silent.outbound += silentSeconds.outbound;
    }
    const input = { leg, id: { media: 'audio', channelIndex: 1 }, streams: series.streams, until: 0 } as const;
    const spans = plotSpans({ ...input, ...series, direction: 'inbound', slots: [] });
    return { severity: leg.severity, silent, spans, ...channels[0] };
  }

  const both = sdp('sendrecv', 'sendrecv');
  const heldSpan = {
    kind: 'held',
    from: new Date((BEGIN + 60) * 1000).toISOString(),
    to: new Date((BEGIN + 120) * 1000).toISOString(),
  };

  it.each([
    ['sendonly, answered by recvonly', sdp('sendonly', 'recvonly'), 180],
    ['sendonly, answered by inactive', sdp('sendonly', 'inactive'), 120],
    ['sendonly, not answered yet', sdp('sendonly', 'sendrecv'), 180],
    ['inactive', sdp('inactive', 'inactive'), 120],
    ['an unspecified address', sdp('sendrecv', 'recvonly', '0.0.0.0'), 180],
  ])('is on hold by %s: no silence, no loss, no fault', async (_, hold, seconds) => {
    const { severity, silent, spans, figures, mediaDuration } = await call(hold, both);
    expect(silent).toEqual({ inbound: 0, outbound: 0 });
    expect(spans).toContainEqual(heldSpan);
    expect(spans.map(({ kind }) => kind)).not.toContain('silent');
    expect(figures?.inboundPackets).toMatchObject({ value: 6000 });
    expect(figures?.averageInboundPacketLossRateInPercentage).toMatchObject({ value: 0 });
    expect(mediaDuration).toBe(seconds);
    expect(severity ?? 0).toBeLessThan(1);
  });

  it('is silent where nobody told of a hold, and where the gateway says by itself that it waits for media', async () => {
    expect((await call(both, both)).silent).toEqual({ inbound: 60, outbound: 60 });
    const { severity, silent } = await call(byControl('recvonly'), byControl('sendrecv'));
    expect(silent).toEqual({ inbound: 60, outbound: 0 });
    expect(severity).toBeGreaterThan(1);
  });

  it('may be sent music to', async () => {
    const { silent, figures } = await call(sdp('recvonly', 'sendonly'), both, true);
    expect(silent).toEqual({ inbound: 0, outbound: 0 });
    expect(figures?.outboundPackets).toMatchObject({ value: 9000 });
  });
});
