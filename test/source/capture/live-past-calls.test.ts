import { describe, expect, test } from 'vitest';
import { readSip } from '../../../src/packet/sip.ts';
import { LiveCalls } from '../../../src/source/capture/live-calls.ts';
import { BEGIN, type Ends, send } from '../../meter/wire.ts';
import { ascii } from '../../packet/wire.ts';
import { liveRig } from './live-rig.ts';

const GATEWAY = '10.0.0.1';
const KEY = 'c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0';

const sdp = (address: string, port: number): string =>
  [
    'v=0',
    `o=- 1 1 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    `m=audio ${port} RTP/SAVP 0`,
    `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
    ...Array.from({ length: 30 }, (_, index) => `a=fmtp:${index} profile-level-id=428014;max-br=3100;max-mbps=245000`),
    '',
  ].join('\r\n');

type Told = { readonly id: string; readonly from: string; readonly to: string };

function text(line: string, method: string, sequence: number, { id, ...tags }: Told, body = ''): Uint8Array {
  return ascii(
    [
      line,
      'Via: SIP/2.0/UDP 10.1.0.5;branch=z9hG4bK1',
      `Call-ID: ${id}`,
      `CSeq: ${sequence} ${method}`,
      `From: <sip:a@example.com>;tag=${tags.from}`,
      `To: <sip:b@example.com>${tags.to === '' ? '' : `;tag=${tags.to}`}`,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n'),
  );
}

const INVITE = 'INVITE sip:b@example.com SIP/2.0';

/** Calls as a watcher of the wire takes them; times in seconds after the begin. */
function watched() {
  const over: string[] = [];
  const calls = new LiveCalls({}, ({ callId }) => over.push(callId));
  const say = (at: number, from: string, to: string, octets: Uint8Array): void => {
    const path = { source: { address: from, port: 5060 }, destination: { address: to, port: 5060 }, at: BEGIN + at };
    for (const message of readSip(octets, 0, octets.length)) calls.message(message, path);
  };
  const answer = (at: number, id: string, [caller, callee]: readonly [string, string], port = 5004): void => {
    say(at, caller, callee, text(INVITE, 'INVITE', 1, { id, from: 'f', to: '' }, sdp(caller, port)));
    const told = { id, from: 'f', to: 't' };
    say(at, callee, caller, text('SIP/2.0 200 OK', 'INVITE', 1, told, sdp(callee, port + 1000)));
    say(at, caller, callee, text('ACK sip:b@example.com SIP/2.0', 'ACK', 1, told));
  };
  const bye = (at: number, id: string, [caller, callee]: readonly [string, string]): void =>
    say(at, caller, callee, text('BYE sip:b@example.com SIP/2.0', 'BYE', 2, { id, from: 'f', to: 't' }));
  const invite = (at: number, id: string, [caller, callee]: readonly [string, string]): void => {
    const told = { id, from: 'f', to: 't' };
    say(at, caller, callee, text(INVITE, 'INVITE', 3, told, sdp(caller, 7000)));
    say(at, callee, caller, text('SIP/2.0 200 OK', 'INVITE', 3, told, sdp(callee, 8000)));
  };
  return { calls, over, answer, bye, invite, news: (at: number) => calls.news(BEGIN + at) };
}

const ROOM: readonly [string, string] = ['10.1.0.5', GATEWAY];
const pcmu = {
  source: { address: '10.1.0.5', port: 5004 },
  destination: { address: GATEWAY, port: 6004 },
  ssrc: 1,
  payloadType: 0,
  at: BEGIN,
};

describe('a call that is over', () => {
  test('is told with its descriptions, and then they are forgotten, keys too', () => {
    const { calls, answer, bye, news } = watched();
    answer(0, 'one', ROOM);
    expect(news(1)).toHaveLength(1);
    expect(calls.keysOf('one')).toMatchObject([{ key: KEY }, { key: KEY }]);
    expect(calls.formatOf(pcmu)).toMatchObject({ encrypted: true });
    bye(10, 'one', ROOM);
    const [told, ...more] = news(10.5);
    expect(more).toEqual([]);
    expect(told).toMatchObject({ callId: 'one', endedAt: BEGIN + 10 });
    expect(told?.sdp.remote).toContain('m=audio 5004');
    expect(calls.keysOf('one')).toEqual([]);
    expect(news(16)).toEqual([]);
    expect(calls.formatOf(pcmu)).toBeUndefined();
    // What is repeated of it later changes nothing.
    bye(20, 'one', ROOM);
    expect(news(21)).toEqual([]);
  });

  test('is forgotten a minute later, and what comes of it then is nothing new', () => {
    const { over, answer, bye, invite, news } = watched();
    answer(0, 'one', ROOM);
    news(1);
    bye(10, 'one', ROOM);
    news(10.5);
    news(71);
    news(72);
    bye(80, 'one', ROOM);
    invite(81, 'one', ROOM);
    expect(news(82)).toEqual([]);
    expect(over).toEqual(['one']);
    answer(90, 'two', ROOM);
    expect(news(91)).toMatchObject([{ callId: 'two', deviceAddress: '10.1.0.5' }]);
  });

  test('still tells who is the gateway', () => {
    const { answer, bye, news } = watched();
    answer(0, 'in', ROOM);
    bye(10, 'in', ROOM);
    news(11);
    news(75);
    answer(100, 'out', [GATEWAY, '10.1.0.6']);
    expect(news(101)).toMatchObject([{ callId: 'out', deviceAddress: '10.1.0.6' }]);
  });

  test('costs nothing when another one begins', () => {
    const { answer, bye, news } = watched();
    for (let index = 0; index < 3000; index += 1) {
      answer(index, `call ${index}`, ROOM, 1024 + 2 * (index % 10_000));
      bye(index + 0.5, `call ${index}`, ROOM);
      if (index % 100 === 99) news(index + 0.9);
    }
    const before = process.cpuUsage();
    for (let index = 0; index < 5; index += 1) {
      answer(3000 + index, `late ${index}`, ROOM);
      expect(news(3000.5 + index)).toHaveLength(1);
    }
    // Of the processor, in milliseconds: by the clock the others on the machine would count, too.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000 / 5).toBeLessThan(25);
  });

  test('does not keep those that are up from being told once only', () => {
    const { answer, bye, news } = watched();
    const up = Array.from({ length: 200 }, (_, index) => `up ${index}`);
    for (const [index, id] of up.entries()) answer(index / 100, id, [`10.1.1.${index}`, GATEWAY], 1024 + 2 * index);
    expect(news(3)).toHaveLength(200);
    bye(4, 'up 7', ['10.1.1.7', GATEWAY]);
    expect(news(5)).toMatchObject([{ callId: 'up 7', endedAt: BEGIN + 4 }]);
    for (const at of [6, 12, 70, 71, 72]) expect(news(at)).toEqual([]);
  });
});

test('devices that are configured later are told from the gateway, and others are none', () => {
  const rig = liveRig({ discover: true, isDevice: () => false });
  const paths: readonly Ends[] = [
    { from: ['10.1.0.5', 5060], to: [GATEWAY, 5060] },
    { from: [GATEWAY, 5060], to: ['10.1.0.5', 5060] },
  ];
  const [there, back] = paths;
  if (there === undefined || back === undefined) throw new Error('no paths');
  send(rig.meter, 1, there, text(INVITE, 'INVITE', 1, { id: 'one', from: 'f', to: '' }, sdp('10.1.0.5', 5004)));
  const told = { id: 'one', from: 'f', to: 't' };
  send(rig.meter, 2, back, text('SIP/2.0 200 OK', 'INVITE', 1, told, sdp(GATEWAY, 6004)));
  const found = () => rig.said.flatMap((one) => (one.kind === 'call' ? [one.call.deviceAddress] : []));
  rig.advance(4);
  expect(found()).toEqual([]);
  rig.take({ kind: 'networks', networks: ['10.9.0.0/16'] });
  rig.advance(6);
  expect(found()).toEqual([]);
  rig.take({ kind: 'networks', networks: ['10.9.0.0/16', '10.1.0.0/24'] });
  rig.advance(8);
  expect(found()).toEqual(['10.1.0.5']);
});
