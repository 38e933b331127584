import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NamedStream } from '../../src/demo/messages.ts';
import { Relay } from '../../src/demo/relay.ts';
import type { RelayPath } from '../../src/demo/relay-path.ts';
import { truthOf } from '../../src/demo/truth.ts';

const DEVICE = 10;
const GATEWAY = 20;
const audio = { media: 'audio', channelIndex: 1, clockRate: 48_000 } as const;
const streams: readonly NamedStream[] = [
  { ...audio, direction: 'inbound', ssrc: DEVICE },
  { ...audio, direction: 'outbound', ssrc: GATEWAY },
];

let relay: Relay;
beforeEach(async () => {
  relay = await Relay.open({ loss: 0, delaySeconds: 0, jitterSeconds: 0, seed: 1 }, () => 0);
});
afterEach(() => relay.close());

/** A packet each second from 0 on that leaves 40 ms later, but for those in `lost`. */
function play(path: RelayPath, ssrc: number, packets: number, lost: readonly number[]): void {
  const stream = path.stream(ssrc);
  stream.jitter.clockRate = audio.clockRate;
  for (let at = 0; at < packets; at += 1) {
    if (lost.includes(at)) stream.dropped();
    else stream.forwarded(stream.accepted(), at, at + 0.04, at * audio.clockRate);
  }
}

function report(
  path: RelayPath,
  kind: 'senderReports' | 'receiverReports',
  ssrc: number,
  at: number,
  delay: number,
): void {
  const passages = path[kind].get(ssrc) ?? [];
  path[kind].set(ssrc, [...passages, { receivedAt: at, forwardedAt: at + delay }]);
}

describe('inbound', () => {
  test('counts what had left the relay by the last sample', () => {
    play(relay.inbound, DEVICE, 20, [3, 15]);
    const [channel] = truthOf(relay, streams, 10.5).channels;
    expect(channel?.inbound).toMatchObject({ packets: 11, lost: 1, lossPercent: 100 / 11 });
    expect(channel?.inbound.jitter.averageSeconds).toBeCloseTo(0, 9);
    expect(channel?.inbound.delay).toMatchObject({ samples: 18 });
    expect(channel?.inbound.delay.averageSeconds).toBeCloseTo(0.04, 9);
  });

  test('has no loss where there were no packets', () => {
    const [channel] = truthOf(relay, streams, 10).channels;
    expect(channel?.inbound).toEqual({ packets: 0, lost: 0, jitter: { samples: 0 }, delay: { samples: 0 } });
  });
});

describe('outbound', () => {
  test('is told until the last report that had come back', () => {
    play(relay.outbound, GATEWAY, 20, [3, 12]);
    report(relay.inbound, 'receiverReports', DEVICE, 5.5, 0.04);
    report(relay.inbound, 'receiverReports', DEVICE, 10.5, 0.04);
    report(relay.inbound, 'receiverReports', DEVICE, 15.5, 0.04);
    const [channel] = truthOf(relay, streams, 14).channels;
    expect(channel?.outbound).toMatchObject({ packets: 14, lost: 2 });
    expect(channel?.outbound.untilLastReport).toEqual({ packets: 11, lost: 1, lossPercent: 100 / 11 });
  });

  test('a report that was still on its way does not count', () => {
    play(relay.outbound, GATEWAY, 20, []);
    report(relay.inbound, 'receiverReports', DEVICE, 10, 0.04);
    const [channel] = truthOf(relay, streams, 10.02).channels;
    expect(channel?.outbound.untilLastReport).toEqual({ packets: 0, lost: 0 });
  });

  test('its round trip is the way of the sender report and of the report that answered it', () => {
    report(relay.outbound, 'senderReports', GATEWAY, 1, 0.03);
    report(relay.outbound, 'senderReports', GATEWAY, 6, 0.05);
    report(relay.inbound, 'receiverReports', DEVICE, 0.5, 0.9); // before any sender report: it tells no round trip
    report(relay.inbound, 'receiverReports', DEVICE, 5, 0.04); // answers the first
    report(relay.inbound, 'receiverReports', DEVICE, 6.04, 0.06); // the second has not arrived yet
    report(relay.inbound, 'receiverReports', DEVICE, 10, 0.02); // answers the second
    const [channel] = truthOf(relay, streams, 20).channels;
    const expected = [0.07, 0.09, 0.07];
    expect(channel?.roundTrip.samples).toBe(3);
    expect(channel?.roundTrip.averageSeconds).toBeCloseTo(expected.reduce((a, b) => a + b) / 3, 9);
    expect(channel?.roundTrip.maximumSeconds).toBeCloseTo(0.09, 9);
  });
});

test('the round trip of the leg is the mean loop of RTCP', () => {
  for (const delay of [0.04, 0.05]) relay.outbound.rtcp.add(delay);
  relay.inbound.rtcp.add(0.041);
  expect(truthOf(relay, streams, 1)).toMatchObject({ roundTrip: { averageSeconds: 0.086, samples: 1 } });
});

test('without RTCP there is no round trip', () => {
  expect(truthOf(relay, streams, 1).roundTrip).toEqual({ samples: 0 });
});

test('a stream that only one side described makes no channel', () => {
  expect(truthOf(relay, streams.slice(0, 1), 1).channels).toEqual([]);
  expect(truthOf(relay, streams.slice(1), 1).channels).toEqual([]);
});
