import { describe, expect, it } from 'vitest';
import { type LegStream, legOfCall, mediaSpells, streamsBySocket } from '../../src/session/captured-leg.ts';
import { callOf, type Line, SOCKETS, sdpOf, type Who } from './sip-messages.ts';

const stream = (
  streamId: string,
  from: readonly [Who, number],
  to: readonly [Who, number],
  more: Partial<LegStream> = {},
): LegStream => ({
  streamId,
  source: { address: SOCKETS[from[0]].address, port: from[1] },
  destination: { address: SOCKETS[to[0]].address, port: to[1] },
  ssrc: 1,
  payloadTypes: [96],
  firstAt: 3,
  lastAt: 60,
  active: [{ from: 3, to: 60 }],
  ...more,
});

const AUDIO = { room: 2000, gateway: 3000 } as const;
const invite: Line = {
  at: 1,
  by: 'room',
  line: 'INVITE',
  sdp: sdpOf('room', 2000, { video: 2002 }),
  agent: 'Cisco/CE',
};
const ok: Line = { at: 3, by: 'gateway', line: '200 INVITE', sdp: sdpOf('gateway', 3000, { video: 3002 }), tag: 'g' };
const bye: Line = { at: 60, by: 'room', line: 'BYE', sequence: 2, tag: 'g' };
const CAPTURE = { from: 0, to: 100 };

const inbound = stream('in', ['room', AUDIO.room], ['gateway', AUDIO.gateway]);
const outbound = stream('out', ['gateway', AUDIO.gateway], ['room', AUDIO.room]);

describe('legOfCall', () => {
  it('has the channels, the device and the time that signalling tells', () => {
    const leg = legOfCall(callOf(invite, ok, bye), 'caller', streamsBySocket([inbound, outbound]), CAPTURE);
    expect(leg).toMatchObject({
      callId: 'call-1',
      device: { address: SOCKETS.room.address, uri: 'sip:room@example.com', name: 'Cisco/CE' },
      startedAt: 3,
      endedAt: 60,
    });
    expect(leg?.channels.map(({ media, channelIndex, spells }) => [media, channelIndex, spells])).toEqual([
      ['audio', 1, [{ from: 3, to: 60, direction: 'sendrecv' }]],
      ['video', 1, [{ from: 3, to: 60, direction: 'sendrecv' }]],
    ]);
    expect([...(leg?.places ?? [])]).toEqual([
      ['in', { direction: 'inbound', channel: { media: 'audio', channelIndex: 1 } }],
      ['out', { direction: 'outbound', channel: { media: 'audio', channelIndex: 1 } }],
    ]);
  });

  it('turns round where the callee is the device', () => {
    const leg = legOfCall(callOf(invite, ok, bye), 'callee', streamsBySocket([inbound]), CAPTURE);
    expect(leg?.places.get('in')?.direction).toBe('outbound');
  });

  it('has the same name whenever the same call is captured', () => {
    const one = legOfCall(callOf(invite, ok, bye), 'caller', streamsBySocket([inbound]), CAPTURE);
    const again = legOfCall(callOf(invite, ok), 'caller', streamsBySocket([outbound]), { from: 0, to: 9 });
    const other = legOfCall(
      callOf({ ...invite, callId: 'b' }, { ...ok, callId: 'b' }),
      'caller',
      streamsBySocket([inbound]),
      CAPTURE,
    );
    expect(again?.mediaLegId).toBe(one?.mediaLegId);
    expect(other?.mediaLegId).not.toBe(one?.mediaLegId);
  });

  it.each([
    ['nobody answered', [invite], [inbound]],
    ['it has no media in the capture', [invite, ok], [stream('x', ['room', 1], ['gateway', 2])]],
    [
      'its media came before or after it',
      [invite, ok, bye],
      [
        { ...inbound, firstAt: 61 },
        { ...outbound, lastAt: 2 },
      ],
    ],
  ] as const)('is none where %s', (_, lines, streams) => {
    expect(legOfCall(callOf(...lines), 'caller', streamsBySocket(streams), CAPTURE)).toBeUndefined();
  });

  it('lasts to the end of the capture where no BYE is in it, and from its begin where no INVITE is', () => {
    expect(legOfCall(callOf(invite, ok), 'caller', streamsBySocket([inbound]), CAPTURE)?.endedAt).toBe(100);
    const again: Line = { ...invite, at: 20, tag: 'g' };
    expect(legOfCall(callOf(again), 'caller', streamsBySocket([inbound]), CAPTURE)).toMatchObject({
      startedAt: 0,
      endedAt: 100,
    });
  });

  it('pauses on hold', () => {
    const hold = (at: number, direction: string, sequence: number): readonly Line[] => [
      { at, by: 'room', line: 'INVITE', sequence, tag: 'g', sdp: sdpOf('room', 2000, { direction }) },
      {
        at: at + 0.5,
        by: 'gateway',
        line: '200 INVITE',
        sequence,
        tag: 'g',
        sdp: sdpOf('gateway', 3000, { direction }),
      },
    ];
    const leg = legOfCall(
      callOf(invite, ok, ...hold(10, 'inactive', 2), ...hold(20, 'sendrecv', 3), bye),
      'caller',
      streamsBySocket([inbound]),
      CAPTURE,
    );
    expect(leg?.channels.find(({ media }) => media === 'audio')?.spells).toEqual([
      { from: 3, to: 10.5, direction: 'sendrecv' },
      { from: 20.5, to: 60, direction: 'sendrecv' },
    ]);
    // The later descriptions have no video any more.
    expect(leg?.channels.find(({ media }) => media === 'video')?.spells).toEqual([
      { from: 3, to: 10.5, direction: 'sendrecv' },
    ]);
  });

  it('times a screen share by its packets, and gives camera control no channel', () => {
    const more = (port: number) =>
      [
        `m=video ${port} RTP/AVP 98`,
        'a=rtpmap:98 H264/90000',
        'a=content:slides',
        `m=application ${port + 2} RTP/AVP 100`,
        'a=rtpmap:100 H224/4800',
        '',
      ].join('\r\n');
    const call = callOf(
      { ...invite, sdp: sdpOf('room', 2000) + more(2004) },
      { ...ok, sdp: sdpOf('gateway', 3000) + more(3004) },
      bye,
    );
    const share = stream('share', ['gateway', 3004], ['room', 2004], {
      payloadTypes: [98],
      firstAt: 10.2,
      lastAt: 39.8,
      active: [
        { from: 10, to: 20 },
        { from: 31, to: 40 },
      ],
    });
    const camera = stream('camera', ['gateway', 3006], ['room', 2006], { payloadTypes: [100] });
    const leg = legOfCall(call, 'caller', streamsBySocket([share, camera]), CAPTURE);
    expect(leg?.channels.map(({ media, spells }) => [media, spells.map(({ from, to }) => [from, to])])).toEqual([
      ['audio', [[3, 60]]],
      [
        'screenSharing',
        [
          [10.2, 20],
          [31, 39.8],
        ],
      ],
    ]);
    expect(leg?.places.get('share')?.channel).toEqual({ media: 'screenSharing', channelIndex: 1 });
    expect(leg?.places.has('camera')).toBe(false);
  });

  it('tells m-lines apart that share a socket, by SSRC or payload type, and repair from media', () => {
    const bundle = (who: Who, port: number, ssrc: number) =>
      [
        'v=0',
        `o=- 1 1 IN IP4 ${SOCKETS[who].address}`,
        's=-',
        `c=IN IP4 ${SOCKETS[who].address}`,
        't=0 0',
        'a=group:BUNDLE 0 1 2',
        `m=audio ${port} RTP/AVP 111`,
        'a=mid:0',
        'a=rtpmap:111 opus/48000/2',
        `m=video ${port} RTP/AVP 96 97`,
        'a=mid:1',
        'a=rtpmap:96 VP8/90000',
        'a=rtpmap:97 rtx/90000',
        'a=fmtp:97 apt=96',
        `a=ssrc-group:FID ${ssrc} ${ssrc + 1}`,
        `a=ssrc:${ssrc} cname:x`,
        `a=ssrc:${ssrc + 1} cname:x`,
        `m=video ${port} RTP/AVP 96`,
        'a=mid:2',
        'a=content:slides',
        'a=rtpmap:96 VP8/90000',
        `a=ssrc:${ssrc + 2} cname:x`,
        '',
      ].join('\r\n');
    const call = callOf(
      { ...invite, sdp: bundle('room', 2000, 500) },
      { ...ok, sdp: bundle('gateway', 3000, 600) },
      bye,
    );
    const on = (ssrc: number, type: number) =>
      stream(`${ssrc}`, ['room', 2000], ['gateway', 3000], { ssrc, payloadTypes: [type] });
    const leg = legOfCall(
      call,
      'caller',
      streamsBySocket([on(7, 111), on(500, 96), on(501, 97), on(502, 96)]),
      CAPTURE,
    );
    expect([...(leg?.places ?? [])].map(([id, { channel }]) => [id, channel?.media])).toEqual([
      ['7', 'audio'],
      ['500', 'video'],
      ['501', undefined],
      ['502', 'screenSharing'],
    ]);
  });

  it('finds media on the ICE candidates that were not named as the address', () => {
    const candidate = `a=candidate:1 1 UDP 2130706431 ${SOCKETS.room.address} 7078 typ host\r\n`;
    const call = callOf({ ...invite, sdp: sdpOf('room', 9).replace('10.1.0.5', '198.51.100.7') + candidate }, ok, bye);
    const leg = legOfCall(call, 'caller', streamsBySocket([stream('ice', ['gateway', 4444], ['room', 7078])]), CAPTURE);
    expect(leg?.places.get('ice')).toEqual({ direction: 'outbound', channel: { media: 'audio', channelIndex: 1 } });
  });
});

describe('mediaSpells', () => {
  const spellsOf = (...active: readonly (readonly [number, number])[]) =>
    mediaSpells([{ firstAt: 0, lastAt: 100, active: active.map(([from, to]) => ({ from, to })) }], 0, 100).map(
      ({ from, to }) => [from, to],
    );

  it.each([
    [
      [
        [0, 10],
        [19, 30],
      ],
      [[0, 30]],
    ],
    [
      [
        [0, 10],
        [20, 30],
      ],
      [
        [0, 10],
        [20, 30],
      ],
    ],
    [
      [
        [0, 10],
        [5, 8],
        [11, 12],
      ],
      [[0, 12]],
    ],
    [[], [[0, 100]]],
  ] as const)('of %j are %j', (active, spells) => {
    expect(spellsOf(...active)).toEqual(spells);
  });
});
