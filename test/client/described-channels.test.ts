import { describe, expect, test } from 'vitest';
import { describedChannels, withoutSecrets } from '../../src/client/described-channels.ts';
import type { ChannelId } from '../../src/model/channel.ts';

const section = (mid: string, kind: string, direction = 'sendrecv', port = 9, more: readonly string[] = []): string =>
  [`m=${kind} ${port} UDP/TLS/RTP/SAVPF 96`, 'c=IN IP4 0.0.0.0', `a=mid:${mid}`, `a=${direction}`, ...more].join(
    '\r\n',
  );

const sdp = (...sections: readonly string[]): string => ['v=0', 's=-', 't=0 0', ...sections, ''].join('\r\n');

const of = (local: string, remote?: string, roles = {}, known = new Map<string, ChannelId>()) =>
  describedChannels(remote === undefined ? { local } : { local, remote }, roles, known);

test('audio and video count apart, and the role of a mid decides before its kind', () => {
  const whole = sdp(section('0', 'audio'), section('1', 'video'), section('2', 'video'), section('3', 'video'));
  expect(of(whole, whole, { 2: 'screenSharing' })).toEqual([
    { media: 'audio', channelIndex: 1, mid: '0', direction: 'sendrecv' },
    { media: 'video', channelIndex: 1, mid: '1', direction: 'sendrecv' },
    { media: 'screenSharing', channelIndex: 1, mid: '2', direction: 'sendrecv' },
    { media: 'video', channelIndex: 2, mid: '3', direction: 'sendrecv' },
  ]);
});

test('data channels and descriptions without mid make no channel', () => {
  const local = sdp(
    section('0', 'audio'),
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:1',
    'm=video 9 x 96',
  );
  expect(of(local).map(({ mid }) => mid)).toEqual(['0']);
});

test('no description, no channels', () => expect(describedChannels({}, {}, new Map())).toEqual([]));

describe('the direction is what both sides agree on', () => {
  const cases = [
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendrecv', 'recvonly', 'sendonly'],
    ['sendrecv', 'sendonly', 'recvonly'],
    ['sendonly', 'recvonly', 'sendonly'],
    ['recvonly', 'sendrecv', 'recvonly'],
    ['sendonly', 'sendonly', 'inactive'],
    ['sendrecv', 'inactive', 'inactive'],
    ['inactive', 'sendrecv', 'inactive'],
  ] as const;
  test.each(cases)('%s and %s is %s', (local, remote, wanted) => {
    const [channel] = of(sdp(section('0', 'audio', local)), sdp(section('0', 'audio', remote)));
    expect(channel?.direction).toBe(wanted);
  });

  test('before there is an answer the offer stands', () => {
    expect(of(sdp(section('0', 'audio', 'sendonly')))[0]?.direction).toBe('sendonly');
  });

  test('no attribute means both ways', () => {
    const bare = sdp(section('0', 'audio').replace('\r\na=sendrecv', ''));
    expect(of(bare, bare)[0]?.direction).toBe('sendrecv');
  });
});

describe('port zero', () => {
  test('rejects, whoever says it', () => {
    const right = sdp(section('0', 'audio'), section('1', 'video'));
    const rejecting = sdp(section('0', 'audio'), section('1', 'video', 'inactive', 0));
    expect(of(right, rejecting).map(({ mid }) => mid)).toEqual(['0']);
    expect(of(rejecting, right).map(({ mid }) => mid)).toEqual(['0']);
  });

  test('does not while the description waits to be bundled', () => {
    const bundled = sdp(section('0', 'audio'), section('1', 'video', 'sendrecv', 0, ['a=bundle-only']));
    expect(of(bundled).map(({ mid }) => mid)).toEqual(['0', '1']);
  });
});

test('an index stays with its mid, and is not given again', () => {
  const known = new Map<string, ChannelId>();
  const one = section('1', 'video');
  const gone = section('1', 'video', 'inactive', 0);
  of(sdp(one), sdp(one), {}, known);
  expect(of(sdp(gone, section('2', 'video')), undefined, {}, known)).toMatchObject([{ mid: '2', channelIndex: 2 }]);
  expect(of(sdp(one, section('2', 'video')), undefined, {}, known)).toMatchObject([
    { mid: '1', channelIndex: 1 },
    { mid: '2', channelIndex: 2 },
  ]);
});

test('keys, credentials and candidates do not leave the gateway', () => {
  const secrets = [
    'a=ice-ufrag:1LWK',
    'a=ice-pwd:VN3T9F8n',
    'a=fingerprint:sha-256 2B:CF',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:secret',
    'a=candidate:1 1 udp 1 192.0.2.2 34808 typ host',
  ];
  const plain = sdp(section('0', 'audio', 'sendrecv', 9, ['a=ssrc:7 cname:x', 'a=rtpmap:96 opus/48000/2']));
  expect(
    withoutSecrets(
      sdp(section('0', 'audio', 'sendrecv', 9, [...secrets, 'a=ssrc:7 cname:x', 'a=rtpmap:96 opus/48000/2'])),
    ),
  ).toBe(plain);
});
