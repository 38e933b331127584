import { describe, expect, test } from 'vitest';
import { withinLife } from '../../../src/leg/life.ts';
import { readSip } from '../../../src/packet/sip.ts';
import { LiveCalls } from '../../../src/source/capture/live-calls.ts';
import type { FoundCall } from '../../../src/source/capture/messages.ts';
import { BEGIN, type Ends, rtp, send } from '../../meter/wire.ts';
import { ascii } from '../../packet/wire.ts';
import { liveRig } from './live-rig.ts';

const ROOM = ['10.1.0.5', 5060] as const;
const GATEWAY = ['10.0.0.1', 5060] as const;

const sdp = (address: string, port: number, ...more: readonly string[]): string =>
  [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/SAVP 0`,
    ...more,
    '',
  ].join('\r\n');
const crypto = (key: string): string => `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}`;

type Sip = {
  readonly line: string;
  readonly method: string;
  readonly tag?: string;
  readonly sequence?: number;
  readonly body?: string;
  readonly answers?: boolean;
};

function message({ line, method, tag, sequence = 1, body = '', answers = false }: Sip): Uint8Array {
  return ascii(
    [
      line,
      'Via: SIP/2.0/UDP 10.1.0.5;branch=z9hG4bK1',
      'Call-ID: one',
      `CSeq: ${sequence} ${method}`,
      'From: <sip:room@example.com>;tag=r',
      `To: <sip:meeting@example.com>${tag === undefined ? '' : `;tag=${tag}`}`,
      answers ? 'Server: gateway/1' : 'User-Agent: Cisco/RoomOS',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  );
}

const TO_GATEWAY: Ends = { from: ROOM, to: GATEWAY };
const TO_ROOM: Ends = { from: GATEWAY, to: ROOM };
const INVITE = 'INVITE sip:meeting@example.com SIP/2.0';

function rigWithCall(options: Parameters<typeof liveRig>[0] = {}) {
  const rig = liveRig({ discover: true, ...options });
  const calls = (): readonly FoundCall[] => rig.said.flatMap((one) => (one.kind === 'call' ? [one.call] : []));
  const key = 'A'.repeat(40);
  send(rig.meter, 1, TO_GATEWAY, message({ line: INVITE, method: 'INVITE', body: sdp('10.1.0.5', 5004, crypto(key)) }));
  rig.advance(2);
  expect(calls()).toEqual([]);
  const answer = { line: 'SIP/2.0 200 OK', method: 'INVITE', tag: 'g', answers: true };
  send(rig.meter, 3, TO_ROOM, message({ ...answer, body: sdp('10.0.0.1', 6004, crypto(key)) }));
  rig.advance(4.5);
  return { rig, calls, key };
}

describe('a call on the wire', () => {
  test('has its device where the gateway is not, whoever called', () => {
    const gateway = () => (address: string) => address === '10.1.0.5';
    const device = { deviceAddress: '10.0.0.1', deviceUri: 'sip:meeting@example.com', deviceName: 'gateway/1' };
    expect(rigWithCall({ gateway }).calls()).toMatchObject([device]);
  });

  test('is told when it is answered, with its parties and without its keys', () => {
    const { calls, key } = rigWithCall({ isDevice: (address) => address === '10.1.0.5' });
    expect(calls()).toMatchObject([
      {
        callId: 'one',
        answeredAt: BEGIN + 3,
        at: BEGIN + 3,
        deviceAddress: '10.1.0.5',
        deviceUri: 'sip:room@example.com',
        deviceName: 'Cisco/RoomOS',
      },
    ]);
    const { local, remote } = calls()[0]?.sdp ?? {};
    expect([local?.includes('m=audio 6004'), remote?.includes('m=audio 5004')]).toEqual([true, true]);
    expect(JSON.stringify(calls())).not.toContain(key);
    expect(calls()[0]).not.toHaveProperty('endedAt');
  });

  test('without a configured device the room is told by how it calls itself', () => {
    expect(rigWithCall().calls()).toMatchObject([{ deviceAddress: '10.1.0.5' }]);
  });

  test('that no device takes part in is none of ours', () => {
    expect(rigWithCall({ isDevice: () => false }).calls()).toEqual([]);
  });

  test('is told again when it changes and when it ends, and not when nothing does', () => {
    const { rig, calls } = rigWithCall();
    const again = { method: 'INVITE', tag: 'g', sequence: 2 };
    send(rig.meter, 10, TO_GATEWAY, message({ line: INVITE, ...again, body: sdp('10.1.0.5', 5008) }));
    send(
      rig.meter,
      10.1,
      TO_ROOM,
      message({ line: 'SIP/2.0 200 OK', ...again, answers: true, body: sdp('10.0.0.1', 6008) }),
    );
    rig.advance(12);
    send(
      rig.meter,
      13,
      TO_GATEWAY,
      message({ line: 'OPTIONS sip:x SIP/2.0', method: 'OPTIONS', tag: 'g', sequence: 3 }),
    );
    rig.advance(15);
    send(
      rig.meter,
      20,
      TO_GATEWAY,
      message({ line: 'BYE sip:meeting@example.com SIP/2.0', method: 'BYE', tag: 'g', sequence: 4 }),
    );
    rig.advance(22);
    expect(calls().map(({ at, endedAt }) => [at - BEGIN, endedAt === undefined ? undefined : endedAt - BEGIN])).toEqual(
      [
        [3, undefined],
        [expect.closeTo(10.1, 4), undefined],
        [expect.closeTo(10.1, 4), 20],
      ],
    );
    expect(new Set(calls().map(({ mediaLegId }) => mediaLegId)).size).toBe(1);
  });

  test('of which nothing but the end is seen is told by its Call-ID', () => {
    const rig = liveRig({ discover: true });
    const bye = { line: 'BYE sip:room@example.com SIP/2.0', method: 'BYE', tag: 'g', sequence: 4 };
    send(rig.meter, 20, TO_GATEWAY, message(bye));
    rig.advance(22);
    rig.advance(24);
    const calls = rig.said.flatMap((one) => (one.kind === 'call' ? [one.call] : []));
    expect(calls).toMatchObject([{ callId: 'one', joined: true, endedAt: BEGIN + 20, sdp: {} }]);
  });

  test('is joined where a change is the first that is seen of it', () => {
    const rig = liveRig({ discover: true });
    const again = { method: 'INVITE', tag: 'g', sequence: 2 };
    send(rig.meter, 10, TO_GATEWAY, message({ line: INVITE, ...again, body: sdp('10.1.0.5', 5008) }));
    rig.advance(12);
    const calls = () => rig.said.flatMap((one) => (one.kind === 'call' ? [one.call] : []));
    expect(calls()).toEqual([]);
    const taken = { line: 'SIP/2.0 200 OK', ...again, answers: true, body: sdp('10.0.0.1', 6008) };
    send(rig.meter, 12.1, TO_ROOM, message(taken));
    rig.advance(14);
    expect(calls()).toMatchObject([{ joined: true, answeredAt: BEGIN + 10 }]);
  });

  test('that one end alone shows is none until media go where it says', () => {
    const rig = liveRig({ discover: true });
    send(rig.meter, 1, TO_GATEWAY, message({ line: INVITE, method: 'INVITE', body: sdp('10.1.0.5', 5004) }));
    send(rig.meter, 1.1, TO_GATEWAY, message({ line: 'ACK sip:x SIP/2.0', method: 'ACK', tag: 'g' }));
    rig.advance(4);
    const calls = () => rig.said.flatMap((one) => (one.kind === 'call' ? [one.call] : []));
    expect(calls()).toEqual([]);
    for (let n = 0; n < 100; n += 1)
      send(
        rig.meter,
        5 + n / 50,
        { from: ['10.1.0.5', 5004], to: ['10.0.0.1', 6004] },
        rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }),
      );
    rig.advance(9);
    expect(calls()).toMatchObject([{ callId: 'one', answeredAt: BEGIN + 1.1 }]);
  });

  test('keeps its device when other calls make another guess likely', () => {
    const calls = new LiveCalls({}, () => undefined);
    const gateway = { address: '10.0.0.1', port: 5060 };
    const dial = (callId: string, room: string, at: number): void => {
      const callee = { address: room, port: 5060 };
      const [there, back] = [
        { source: gateway, destination: callee, at },
        { source: callee, destination: gateway, at },
      ];
      const ask = { line: INVITE, method: 'INVITE', body: sdp(gateway.address, 4000) };
      const answer = { line: 'SIP/2.0 200 OK', method: 'INVITE', tag: 'g', answers: true, body: sdp(room, 5000) };
      for (const [sip, way] of [
        [ask, there],
        [answer, back],
      ] as const) {
        const text = Buffer.from(message(sip)).toString().replace('Call-ID: one', `Call-ID: ${callId}`);
        const octets = Buffer.from(text.replace(/^(Server|User-Agent): .*\r\n/gm, ''));
        for (const one of readSip(octets, 0, octets.length)) calls.message(one, way);
      }
    };
    dial('a', '10.1.0.7', BEGIN);
    const [first] = calls.news();
    dial('b', '10.1.0.8', BEGIN + 60);
    const later = calls.news();
    expect(later.map(({ callId, deviceAddress }) => [callId, deviceAddress])).toEqual([['b', '10.1.0.8']]);
    expect(first?.callId).toBe('a');
  });

  test('that becomes a leg has its media from the answer on: early media is not counted', () => {
    const rig = liveRig({ discover: true, lag: 0.2 });
    const media = (from: number, to: number): void => {
      for (let n = from * 50; n < to * 50; n += 1)
        send(
          rig.meter,
          n / 50 + 0.001,
          { from: ['10.1.0.5', 5004], to: ['10.0.0.1', 6004] },
          rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }),
        );
    };
    send(rig.meter, 0.5, TO_GATEWAY, message({ line: INVITE, method: 'INVITE', body: sdp('10.1.0.5', 5004) }));
    media(1, 3);
    send(
      rig.meter,
      3,
      TO_ROOM,
      message({ line: 'SIP/2.0 200 OK', method: 'INVITE', tag: 'g', answers: true, body: sdp('10.0.0.1', 6004) }),
    );
    media(3, 5);
    const call = rig.said.flatMap((one) => (one.kind === 'call' ? [one.call] : []))[0];
    expect(call?.answeredAt).toBe(BEGIN + 3);
    rig.follow(call?.mediaLegId ?? '', 3, { sdp: call?.sdp ?? {} });
    media(5, 12);
    rig.release(call?.mediaLegId ?? '', 12);
    const { intervals, streams } = rig.measured(call?.mediaLegId ?? '');
    expect(streams).toMatchObject([{ direction: 'inbound', codec: 'PCMU', kind: 'audio' }]);
    // Told two seconds late, the slot of the answer is shared by time: whoever adds up takes two of its four seconds.
    expect(
      intervals.map(({ startedAt, packets, coveredSeconds }) => [startedAt - BEGIN, packets, coveredSeconds]),
    ).toEqual([
      [0, 200, expect.closeTo(4, 2)],
      [5, 250, 5],
      [10, 100, expect.closeTo(2, 1)],
    ]);
  });
});

describe('the BYE of a call', () => {
  const MEDIA: Ends = { from: ['10.1.0.5', 5004], to: ['10.0.0.1', 6004] };
  const BACK: Ends = { from: MEDIA.to, to: MEDIA.from };
  const bye = (tag = 'g') => message({ line: 'BYE sip:x SIP/2.0', method: 'BYE', tag, sequence: 4 });

  /** A call that is answered at 3 and is a leg from then on, with media both ways from 3 on. */
  function rigWithLeg(name: 'its own id' | 'an alias' = 'its own id', until = 21.31) {
    const rig = liveRig({ discover: true, lag: 0.2 });
    const media = (from: number, to: number, ssrc = 1): void => {
      for (let n = Math.ceil(from * 50); n < to * 50; n += 1) {
        send(rig.meter, n / 50 + 0.001, MEDIA, rtp({ ssrc, sequence: n, timestamp: 160 * n }));
        send(rig.meter, n / 50 + 0.002, BACK, rtp({ ssrc: ssrc + 10, sequence: n, timestamp: 160 * n }));
      }
    };
    send(rig.meter, 0.5, TO_GATEWAY, message({ line: INVITE, method: 'INVITE', body: sdp('10.1.0.5', 5004) }));
    const answer = { line: 'SIP/2.0 200 OK', method: 'INVITE', tag: 'g', answers: true };
    send(rig.meter, 3, TO_ROOM, message({ ...answer, body: sdp('10.0.0.1', 6004) }));
    media(3, 6);
    const call = rig.said.flatMap((one) => (one.kind === 'call' ? [one.call] : []))[0];
    const leg = name === 'an alias' ? 'of the gateway' : (call?.mediaLegId ?? '');
    rig.follow(leg, 3, { aliases: ['one'], sdp: call?.sdp ?? {} });
    media(6, until);
    return { rig, media, leg };
  }

  /** Packets in and out that count for a leg whose life is from 3 to `to`: slots that reach beyond it are shared by time. */
  function counted({ rig, leg }: ReturnType<typeof rigWithLeg>, to: number) {
    const { intervals, streams } = rig.measured(leg);
    const life = { from: BEGIN + 3, to: BEGIN + to };
    const channel = {
      media: 'audio',
      channelIndex: 1,
      told: 'sdp',
      spells: [{ ...life, direction: 'sendrecv' }],
    } as const;
    const within = withinLife({ mediaLegId: leg, streams, intervals, presence: [] }, [channel], life).intervals;
    const of = (direction: string): number =>
      within
        .filter(({ streamId }) => streams.find((one) => one.streamId === streamId)?.direction === direction)
        .reduce((sum, { packets = 0 }) => sum + packets, 0);
    return [of('inbound'), of('outbound')];
  }

  /** The first slot is shared by time. */
  const upTo = (n: number): readonly unknown[] => [expect.closeTo(n, 5), expect.closeTo(n, 5)];

  test.each(['its own id', 'an alias'] as const)('ends its leg to the packet, whoever says so when: %s', (name) => {
    const one = rigWithLeg(name);
    send(one.rig.meter, 21.31, TO_GATEWAY, bye());
    one.media(21.32, 26.9);
    one.rig.release(one.leg, 21.31);
    one.media(26.9, 30);
    one.rig.advance(60);
    expect(counted(one, 21.31)).toEqual(upTo(916));
    const last = one.rig.measured(one.leg).intervals.filter(({ startedAt }) => startedAt >= BEGIN + 20);
    expect(last.map(({ startedAt, packets, coveredSeconds }) => [startedAt - BEGIN, packets, coveredSeconds])).toEqual([
      [20, 66, expect.closeTo(1.31, 3)],
      [20, 66, expect.closeTo(1.31, 3)],
    ]);
  });

  test.each([
    ['before', 21.2],
    ['after', 21.45],
  ])('counts by its stamp, though a capture of its own brings it %s what goes with it', (_, came) => {
    const one = rigWithLeg('its own id', came);
    send(one.rig.meter.signalling, 21.31, TO_GATEWAY, bye());
    one.media(came, 26.9);
    one.rig.release(one.leg, 21.31);
    expect(counted(one, 21.31)).toEqual(upTo(916));
  });

  test('of a leg that ends later takes nothing from it', () => {
    const one = rigWithLeg();
    send(one.rig.meter, 21.31, TO_GATEWAY, bye());
    one.media(21.32, 24);
    one.media(24, 28.05, 2);
    one.rig.release(one.leg, 27.95);
    expect(counted(one, 27.95)).toEqual(upTo(1248));
  });

  test('of a leg that nobody ends takes nothing from it', () => {
    const one = rigWithLeg();
    send(one.rig.meter, 21.31, TO_GATEWAY, bye());
    one.media(21.32, 50);
    expect(counted(one, 60)).toEqual(upTo(850));
    one.media(50, 60.01);
    one.rig.advance(70);
    const { intervals, streams } = one.rig.measured(one.leg);
    expect(new Set(streams.map(({ continues }) => continues))).toContain(streams[0]?.streamId);
    expect(intervals.filter(({ startedAt, coveredSeconds }) => startedAt > BEGIN + 3 && coveredSeconds < 5)).toEqual([
      expect.objectContaining({ startedAt: BEGIN + 20, packets: 66 }),
      expect.objectContaining({ startedAt: BEGIN + 20, packets: 66 }),
    ]);
    one.rig.release(one.leg, 70);
    expect(counted(one, 70)).toEqual(upTo(2851));
  });

  test('leaves the next call on the same ports what is its own', () => {
    const one = rigWithLeg();
    send(one.rig.meter, 21.31, TO_GATEWAY, bye());
    one.media(21.32, 23);
    one.rig.follow('next', 22.9, {
      channels: [
        {
          media: 'audio',
          channelIndex: 1,
          local: { address: '10.0.0.1', port: 6004 },
          remote: { address: '10.1.0.5', port: 5004 },
        },
      ],
    });
    one.media(23, 25);
    one.rig.release(one.leg, 21.31);
    one.media(25, 28);
    one.rig.release('next', 28);
    expect(counted(one, 21.31)).toEqual(upTo(916));
    expect(one.rig.counts('next')).toEqual({ 'inbound 1': [255, 0, 255], 'outbound 11': [255, 0, 0] });
  });

  test('of another dialog concerns no leg of this one', () => {
    const one = rigWithLeg();
    send(one.rig.meter, 21.31, TO_GATEWAY, bye('x'));
    one.media(21.32, 26);
    one.rig.release(one.leg, 26);
    expect(one.rig.measured(one.leg).streams).toHaveLength(2);
    expect(counted(one, 26)).toEqual(upTo(1150));
  });
});

test('no SIP is looked for where nobody asks for calls', () => {
  const { calls } = (() => {
    const rig = liveRig({ discover: false });
    send(rig.meter, 1, TO_GATEWAY, message({ line: INVITE, method: 'INVITE', body: sdp('10.1.0.5', 5004) }));
    send(
      rig.meter,
      3,
      TO_ROOM,
      message({ line: 'SIP/2.0 200 OK', method: 'INVITE', tag: 'g', answers: true, body: sdp('10.0.0.1', 6004) }),
    );
    rig.advance(5);
    return { calls: rig.said.filter(({ kind }) => kind === 'call') };
  })();
  expect(calls).toEqual([]);
});
