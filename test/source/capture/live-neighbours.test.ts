import { describe, expect, test } from 'vitest';
import type { LegControl } from '../../../src/model/leg.ts';
import { type Ends, rtp, send } from '../../meter/wire.ts';
import { liveRig } from './live-rig.ts';

const DEVICE = '10.1.0.1';
const GATEWAY = '10.0.0.1';

type Rig = ReturnType<typeof liveRig>;

/** 50 packets a second of a stream from the device to a port of the gateway. */
function sent(rig: Rig, port: number, ssrc: number, from: number, to: number): void {
  const ends: Ends = { from: [DEVICE, port - 1000], to: [GATEWAY, port] };
  for (let n = Math.round(from * 50); n < to * 50; n += 1)
    send(rig.meter, n / 50 + 0.001, ends, rtp({ ssrc, sequence: n, timestamp: 160 * n }));
}

const at = (port: number): LegControl => ({
  deviceAddress: DEVICE,
  channels: [
    {
      media: 'audio',
      channelIndex: 1,
      local: { address: GATEWAY, port },
      remote: { address: DEVICE, port: port - 1000 },
    },
  ],
});
const described = (port: number): LegControl => ({
  deviceAddress: DEVICE,
  sdp: {
    local: `v=0\r\no=- 1 1 IN IP4 ${GATEWAY}\r\ns=-\r\nc=IN IP4 ${GATEWAY}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`,
  },
});

describe('two legs of one device', () => {
  test.each<[string, LegControl, number]>([
    ['by its channels', at(6100), 100],
    ['by a description', described(6100), 100],
    ['by its SSRC', { deviceAddress: DEVICE, channels: [{ media: 'audio', channelIndex: 1, ssrcs: [2] }] }, 100],
    // Before the first one's end nobody can tell whose media of the same address these are.
    ['by its address alone', { deviceAddress: DEVICE }, 50],
  ])('what runs on after the end of one is not the other’s, which is known %s', (_, second, count) => {
    const rig = liveRig();
    rig.follow('a', 0, at(6004));
    rig.follow('b', 0, second);
    sent(rig, 6004, 1, 0, 5);
    sent(rig, 6100, 2, 5, 6);
    rig.release('a', 6);
    sent(rig, 6004, 1, 6, 12);
    sent(rig, 6004, 9, 12, 15);
    sent(rig, 6100, 2, 15, 16);
    rig.release('b', 20);
    expect(rig.counts('a')).toEqual({ 'inbound 1': [250, 0, 250] });
    const own = Object.entries(rig.counts('b'));
    expect(own.map(([name, [packets]]) => [name, packets])).toEqual([['inbound 2', count]]);
  });

  test('the next one may have what runs on, though it is known by its address alone', () => {
    const rig = liveRig();
    rig.follow('a', 0, at(6004));
    sent(rig, 6004, 1, 0, 5);
    rig.release('a', 5);
    sent(rig, 6004, 1, 5, 6);
    rig.follow('b', 6, { deviceAddress: DEVICE });
    sent(rig, 6004, 1, 6, 10);
    rig.release('b', 10);
    expect(rig.counts('b')).toEqual({ 'inbound 1': [200, 0, 200] });
  });
});

test.each<[string, LegControl]>([
  ['sockets', at(6004)],
  ['a description', described(6004)],
])('media of a device to another port are none of a leg’s that is known by %s', (_, control) => {
  const rig = liveRig();
  rig.follow('a', 0, control);
  for (let second = 0; second < 4; second += 1) {
    sent(rig, 6004, 1, second, second + 1);
    sent(rig, 7000, 2, second, second + 1);
  }
  rig.take({ kind: 'look', ask: 1 });
  rig.release('a', 4);
  expect(rig.counts('a')).toEqual({ 'inbound 1': [200, 0, 200] });
  expect(rig.said.findLast((one) => one.kind === 'sight')?.sight.unclaimed).toBe(1);
});

test('packets that no leg had within five minutes are counted once, and those of a leg that was told of in time are not', () => {
  const rig = liveRig();
  const seen = (): number | undefined => {
    rig.take({ kind: 'look', ask: 1 });
    return rig.said.findLast((one) => one.kind === 'sight')?.sight.unassignedPackets;
  };
  sent(rig, 6004, 1, 0, 4);
  sent(rig, 7000, 2, 0, 4);
  rig.follow('a', 0, at(6004));
  rig.advance(200);
  expect(seen()).toBe(0);
  for (let second = 320; second < 330; second += 1) rig.advance(second);
  expect(seen()).toBe(200);
});

test('a description that names no port yet leaves a leg what its device sends', () => {
  const rig = liveRig();
  rig.follow('a', 0, described(9));
  sent(rig, 6004, 1, 0, 2);
  rig.release('a', 2);
  expect(rig.counts('a')).toEqual({ 'inbound 1': [100, 0, 100] });
});
