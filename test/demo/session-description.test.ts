import { describe, expect, test } from 'vitest';
import { describedStreams, hostAddress, withOnlyCandidate } from '../../src/demo/session-description.ts';

const lines = [
  'v=0',
  'a=group:BUNDLE 0 1',
  'm=audio 34808 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 192.0.2.2',
  'a=candidate:1 1 udp 2122265343 fd00::2 50152 typ host generation 0',
  'a=candidate:2 1 udp 2122194687 192.0.2.2 34808 typ host generation 0',
  'a=candidate:3 1 udp 2122063615 127.0.0.1 55824 typ host generation 0',
  'a=candidate:4 1 tcp 1518214911 127.0.0.1 45151 typ host tcptype passive generation 0',
  'a=mid:0',
  'a=ssrc:1258301470 cname:x',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:1',
  'a=ssrc-group:FID 934191720 533203971',
  'a=ssrc:934191720 cname:x',
  'a=ssrc:533203971 cname:x',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:2',
  'a=recvonly',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=mid:3',
  '',
];
const sdp = lines.join('\r\n');

describe('the address of a peer', () => {
  test('is that on loopback', () => expect(hostAddress(sdp)).toEqual({ address: '127.0.0.1', port: 55_824 }));

  test('is the first IPv4 one where there is none on loopback', () => {
    expect(hostAddress(sdp.replaceAll('127.0.0.1', '198.51.100.7'))).toEqual({ address: '192.0.2.2', port: 34_808 });
  });

  test('is never a TCP one', () => {
    const tcp = lines.filter((line) => !line.includes(' udp ')).join('\r\n');
    expect(() => hostAddress(tcp)).toThrow('no IPv4 address');
  });
});

test('the other peer learns one candidate in each description and no other', () => {
  const rewritten = withOnlyCandidate(sdp, { address: '127.0.0.1', port: 7000 }).split('\r\n');
  const candidates = rewritten.filter((line) => line.startsWith('a=candidate:'));
  expect(candidates).toEqual(new Array(4).fill(expect.stringMatching(/ udp \d+ 127\.0\.0\.1 7000 typ host/)));
  expect(rewritten.filter((line) => !line.startsWith('a=candidate:'))).toEqual(
    lines.filter((line) => !line.startsWith('a=candidate:')),
  );
});

test('the streams are those that carry media, never their retransmissions', () => {
  expect(describedStreams(sdp)).toEqual([
    { mid: '0', kind: 'audio', ssrc: 1_258_301_470 },
    { mid: '1', kind: 'video', ssrc: 934_191_720 },
  ]);
});
