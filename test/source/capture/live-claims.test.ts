import { describe, expect, test } from 'vitest';
import type { LegControl } from '../../../src/model/leg.ts';
import { BEGIN, type Ends, INBOUND, OUTBOUND, rtp, send } from '../../meter/wire.ts';
import { liveRig } from './live-rig.ts';

const sdp = (address: string, ...lines: readonly string[]): string =>
  ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', ...lines, ''].join('\r\n');

type Rig = ReturnType<typeof liveRig>;

/** Two seconds and more of a stream, from a second on. */
function stream(rig: Rig, ends: Ends, ssrc: number, from = 0, to = from + 2, payloadType = 0): void {
  for (let n = Math.round(from * 50); n < to * 50; n += 1)
    send(rig.meter, n / 50 + 0.001, ends, rtp({ ssrc, sequence: n, timestamp: 160 * n, payloadType }));
}

const local = { address: '10.0.0.1', port: 6004 };
const remote = { address: '10.1.0.1', port: 5004 };
const channel = { media: 'audio', channelIndex: 1 } as const;
const path = (from: readonly [string, number], to: readonly [string, number]): Ends => ({ from, to });

/** What a leg that is told so has of two streams, one each way. */
function claimed(control: LegControl, inbound: Ends, outbound: Ends): Record<string, readonly number[]> {
  const rig = liveRig();
  rig.follow('a', 0, control);
  stream(rig, inbound, 1);
  stream(rig, outbound, 2);
  rig.release('a', 60);
  return rig.counts('a');
}

const BOTH = { 'inbound 1': [100, 0, 100], 'outbound 2': [100, 0, 0] };

describe('a stream is a leg’s', () => {
  const nat: Ends = path(['192.0.2.9', 40_000], ['10.0.0.1', 6004]);
  const natBack: Ends = path(['10.0.0.1', 6004], ['192.0.2.9', 40_000]);
  const hidden: Ends = path(['10.1.0.1', 5004], ['172.16.0.5', 6004]);
  const hiddenBack: Ends = path(['172.16.0.5', 6004], ['10.1.0.1', 5004]);

  test.each<[string, LegControl, Ends, Ends]>([
    ['by both sockets', { channels: [{ ...channel, local, remote }] }, INBOUND, OUTBOUND],
    ['by its local socket, the device behind a NAT', { channels: [{ ...channel, local, remote }] }, nat, natBack],
    [
      'by its remote socket, the gateway’s told one being public',
      { channels: [{ ...channel, local: { address: '203.0.113.1', port: 9000 }, remote }] },
      hidden,
      hiddenBack,
    ],
    [
      'by SSRCs of control and the device’s address',
      { deviceAddress: '10.1.0.1', channels: [{ ...channel, ssrcs: [1, 2] }] },
      hidden,
      hiddenBack,
    ],
    [
      'by a=ssrc alone',
      {
        sdp: {
          local: sdp('203.0.113.1', 'm=audio 9 RTP/AVP 0', 'a=ssrc:2 cname:g'),
          remote: sdp('203.0.113.2', 'm=audio 9 RTP/AVP 0', 'a=ssrc:1 cname:d'),
        },
      },
      hidden,
      hiddenBack,
    ],
    [
      'by its port and the device’s address',
      { deviceAddress: '10.1.0.1', channels: [{ ...channel, local: { address: '203.0.113.1', port: 6004 } }] },
      hidden,
      hiddenBack,
    ],
    ['by its port alone', { channels: [{ ...channel, local: { address: '203.0.113.1', port: 6004 } }] }, nat, natBack],
    ['by the device’s address alone', { deviceAddress: '10.1.0.1' }, hidden, hiddenBack],
    [
      'by its description',
      {
        sdp: {
          local: sdp('10.0.0.1', 'm=audio 6004 RTP/AVP 0'),
          remote: sdp('10.1.0.1', 'm=audio 5004 RTP/AVP 0'),
        },
      },
      INBOUND,
      OUTBOUND,
    ],
  ])('%s', (_, control, inbound, outbound) => {
    expect(claimed(control, inbound, outbound)).toEqual(BOTH);
  });

  test('whose claim is the surest, and never two legs’', () => {
    const rig = liveRig();
    rig.follow('by address', 0, { deviceAddress: '10.1.0.1' });
    rig.follow('by socket', 0, { channels: [{ ...channel, local }] });
    rig.follow('by port', 0, { channels: [{ ...channel, local: { address: '203.0.113.1', port: 6004 } }] });
    stream(rig, INBOUND, 1);
    for (const id of ['by address', 'by socket', 'by port']) rig.release(id, 60);
    expect([rig.counts('by address'), rig.counts('by socket'), rig.counts('by port')]).toEqual([
      {},
      { 'inbound 1': [100, 0, 100] },
      {},
    ]);
  });

  test('not by a port or an address that two legs have', () => {
    const rig = liveRig();
    for (const id of ['a', 'b']) {
      rig.follow(id, 0, {
        deviceAddress: '10.1.0.1',
        channels: [{ ...channel, local: { address: `203.0.113.${id}`, port: 6004 } }],
      });
    }
    stream(rig, path(['10.1.0.9', 5004], ['10.0.0.1', 6004]), 1);
    for (const id of ['a', 'b']) rig.release(id, 60);
    expect([rig.counts('a'), rig.counts('b')]).toEqual([{}, {}]);
  });

  test('also when its SSRC changes: the one goes on from the other', () => {
    const rig = liveRig();
    rig.follow('a', 0, { channels: [{ ...channel, local }] });
    stream(rig, INBOUND, 1, 0, 2);
    stream(rig, INBOUND, 7, 2, 4);
    rig.release('a', 4);
    const [first, second] = rig.measured('a').streams;
    expect(rig.counts('a')).toEqual({ 'inbound 1': [100, 0, 100], 'inbound 7': [100, 0, 100] });
    expect([first?.continues, second?.continues]).toEqual([undefined, first?.streamId]);
  });

  test('and streams beside each other do not go on from each other', () => {
    const rig = liveRig();
    rig.follow('a', 0, { channels: [{ ...channel, local }] });
    for (let n = 0; n < 600; n += 1) {
      send(rig.meter, n / 50, INBOUND, rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }));
      if (n > 200) send(rig.meter, n / 50 + 0.001, INBOUND, rtp({ ssrc: 7, sequence: n, timestamp: 160 * n }));
    }
    rig.release('a', 12);
    expect(rig.measured('a').streams.map(({ continues }) => continues)).toEqual([undefined, undefined]);
  });
});

describe('a description that comes late', () => {
  test('brings what was measured since the leg began', () => {
    const rig = liveRig();
    rig.follow('a', 10);
    stream(rig, INBOUND, 1, 0, 30);
    expect(rig.counts('a')).toEqual({});
    rig.follow('a', 10, { sdp: { local: sdp('10.0.0.1', 'm=audio 6004 RTP/AVP 0') } });
    stream(rig, INBOUND, 1, 30, 40);
    rig.release('a', 40);
    expect(rig.counts('a')).toEqual({ 'inbound 1': [1500, 0, 1500] });
  });

  test('brings streams that are over already', () => {
    const rig = liveRig();
    rig.follow('a', 0);
    stream(rig, INBOUND, 1, 5, 10);
    rig.advance(200);
    rig.follow('a', 0, { channels: [{ ...channel, local }] });
    rig.release('a', 200);
    expect(rig.counts('a')).toEqual({ 'inbound 1': [250, 0, 250] });
  });

  test('tells the clock of what runs', () => {
    const rig = liveRig();
    rig.follow('a', 0, { channels: [{ ...channel, local }] });
    stream(rig, INBOUND, 1, 0, 1, 111);
    const description = sdp('10.0.0.1', 'm=audio 6004 RTP/AVP 111', 'a=rtpmap:111 opus/48000/2');
    rig.follow('a', 0, { sdp: { local: description } });
    stream(rig, INBOUND, 1, 1, 3, 111);
    rig.release('a', 3);
    expect(rig.measured('a').streams).toMatchObject([
      { codec: 'opus', clockRate: 48_000, clockRateOrigin: 'sdp', kind: 'audio', payloadTypes: [111] },
    ]);
  });
});

describe('a description that changes', () => {
  test('moves the leg to other ports; what runs on the old ones stays its own', () => {
    const rig = liveRig();
    const at = (port: number) => ({ sdp: { local: sdp('10.0.0.1', `m=audio ${port} RTP/AVP 0`) } });
    rig.follow('a', 0, at(6004));
    stream(rig, INBOUND, 1, 0, 4);
    rig.follow('a', 0, at(7004));
    stream(rig, path(['10.1.0.1', 5004], ['10.0.0.1', 7004]), 2, 4, 8);
    stream(rig, INBOUND, 1, 4, 5);
    rig.release('a', 8);
    expect(rig.counts('a')).toEqual({ 'inbound 1': [250, 0, 250], 'inbound 2': [200, 0, 200] });
  });

  test('lines without a channel and repair streams are in no figure', () => {
    const rig = liveRig();
    rig.follow('a', 0, {
      sdp: {
        local: sdp(
          '10.0.0.1',
          'm=audio 6004 RTP/AVP 0',
          'm=application 6100 RTP/AVP 107',
          'a=rtpmap:107 H224/4800',
          'm=video 6006 RTP/AVP 96 97',
          'a=rtpmap:96 H264/90000',
          'a=rtpmap:97 rtx/90000',
          'a=fmtp:97 apt=96',
        ),
      },
    });
    stream(rig, INBOUND, 1);
    stream(rig, path(['10.1.0.1', 5100], ['10.0.0.1', 6100]), 2, 0, 2, 107);
    stream(rig, path(['10.1.0.1', 5006], ['10.0.0.1', 6006]), 3, 0, 2, 96);
    stream(rig, path(['10.1.0.1', 5006], ['10.0.0.1', 6006]), 4, 0, 2, 97);
    rig.release('a', 2);
    expect(Object.keys(rig.counts('a')).toSorted()).toEqual(['inbound 1', 'inbound 3']);
  });
});

test('streams that share a socket are told apart by what their line says of them', () => {
  const rig = liveRig();
  const lines = [
    'a=group:BUNDLE 0 1',
    'm=audio 6004 UDP/TLS/RTP/SAVPF 111',
    'a=mid:0',
    'a=rtcp-mux',
    'a=rtpmap:111 opus/48000/2',
    'm=video 6004 UDP/TLS/RTP/SAVPF 96',
    'a=mid:1',
    'a=rtcp-mux',
    'a=rtpmap:96 VP8/90000',
    'a=content:slides',
  ];
  rig.follow('a', 0, { sdp: { local: sdp('10.0.0.1', ...lines) } });
  stream(rig, INBOUND, 1, 0, 2, 111);
  stream(rig, INBOUND, 2, 0, 2, 96);
  stream(rig, OUTBOUND, 3, 0, 2, 96);
  rig.release('a', 2);
  const told = rig.measured('a').streams.toSorted((a, b) => (a.ssrc ?? 0) - (b.ssrc ?? 0));
  expect(told.map(({ codec, kind, contentType, direction }) => [codec, kind, contentType, direction])).toEqual([
    ['opus', 'audio', undefined, 'inbound'],
    ['VP8', 'video', 'screenshare', 'inbound'],
    ['VP8', 'video', 'screenshare', 'outbound'],
  ]);
});

test('streams of nobody are few, and forgotten', () => {
  const rig = liveRig({ maximumStreams: 50 });
  for (let index = 0; index < 400; index += 1)
    for (const n of [1, 2])
      send(
        rig.meter,
        index / 3 + n / 1000,
        path([`10.9.${index >> 8}.${index & 255}`, 1], ['10.0.0.1', 9]),
        rtp({ ssrc: index, sequence: n, timestamp: 0 }),
      );
  rig.advance(134);
  rig.take({ kind: 'look', ask: 1 });
  const sight = rig.said.findLast((one) => one.kind === 'sight')?.sight;
  expect(sight?.unclaimed).toBeLessThanOrEqual(50);
  expect(sight?.rtpPackets).toBe(800);
  expect(sight?.lastPacketAt).toBe(BEGIN + 133.002);
});
