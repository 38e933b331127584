import { describe, expect, test } from 'vitest';
import { type AgreedMedia, agreedMedia } from '../../src/session/agreed-media.ts';
import { parseSdp } from '../../src/session/sdp.ts';
import { BROWSER, GATEWAY, ROOM, session } from './descriptions.ts';

const agree = (local: string | undefined, remote: string | undefined): readonly AgreedMedia[] =>
  agreedMedia({
    ...(local === undefined ? {} : { local: parseSdp(local) }),
    ...(remote === undefined ? {} : { remote: parseSdp(remote) }),
  });

const audio = (...lines: readonly string[]): string => session('m=audio 5004 RTP/AVP 0', ...lines);

describe('a room’s call after the answer', () => {
  const [sound, camera, slides, ...more] = agree(GATEWAY, ROOM);

  test('has sound, camera and presentation', () => {
    expect([sound, camera, slides].map((medium) => [medium?.media, medium?.mLine])).toEqual([
      ['audio', 0],
      ['video', 1],
      ['screenSharing', 3],
    ]);
    expect(more).toEqual([]);
  });

  test('takes the formats that both know, by the numbers of the side that receives them', () => {
    expect(sound?.payloadTypes.inbound).toEqual([
      { payloadType: 9, codec: 'G722', clockRate: 8000 },
      { payloadType: 101, codec: 'telephone-event', clockRate: 8000 },
    ]);
    expect(camera?.payloadTypes.outbound).toEqual([{ payloadType: 97, codec: 'H264', clockRate: 90_000 }]);
  });

  test('knows both ends, and where RTCP goes', () => {
    expect(camera).toMatchObject({
      local: { address: '198.51.100.1', port: 40_002 },
      remote: { address: '192.0.2.10', port: 16_386 },
      rtcp: { local: { address: '198.51.100.2', port: 40_103 }, remote: { address: '192.0.2.10', port: 16_387 } },
      enabled: true,
    });
  });

  test('receives the presentation only, though the answer does not say that it is one', () => {
    expect(slides).toMatchObject({ direction: 'recvonly', enabled: true });
  });
});

test('formats may have different numbers each way', () => {
  const local = session('m=video 1000 RTP/AVP 97', 'a=rtpmap:97 h264/90000');
  const remote = session('m=video 2000 RTP/AVP 120 98', 'a=rtpmap:120 H264/90000', 'a=rtpmap:98 VP8/90000');
  expect(agree(local, remote)[0]?.payloadTypes).toEqual({
    inbound: [{ payloadType: 97, codec: 'h264', clockRate: 90_000 }],
    outbound: [{ payloadType: 120, codec: 'H264', clockRate: 90_000 }],
  });
});

describe('directions, in the gateway’s view', () => {
  test.each([
    ['sendrecv', 'sendrecv', 'sendrecv', true],
    ['sendonly', 'recvonly', 'sendonly', true],
    ['recvonly', 'sendonly', 'recvonly', true],
    ['sendrecv', 'sendonly', 'recvonly', true],
    ['sendrecv', 'recvonly', 'sendonly', true],
    ['sendonly', 'sendrecv', 'sendonly', true],
    ['sendonly', 'sendonly', 'inactive', false],
    ['recvonly', 'recvonly', 'inactive', false],
    ['sendrecv', 'inactive', 'inactive', false],
  ])('gateway %s, device %s: %s', (local, remote, direction, enabled) => {
    expect(agree(audio(`a=${local}`), audio(`a=${remote}`))[0]).toMatchObject({ direction, enabled });
  });

  test.each([
    ['the gateway’s alone is its own', 'sendonly', undefined, 'sendonly'],
    ['the device’s alone is turned round', undefined, 'sendonly', 'recvonly'],
  ])('%s', (_, local, remote, direction) => {
    const [medium] = agree(local && audio(`a=${local}`), remote && audio(`a=${remote}`));
    expect(medium).toMatchObject({ direction, enabled: true });
  });
});

describe('what is not enabled', () => {
  test('a medium that either side rejects', () => {
    const rejected = session('m=audio 0 RTP/AVP 0');
    expect(agree(rejected, audio())[0]?.enabled).toBe(false);
    expect(agree(audio(), rejected)[0]?.enabled).toBe(false);
  });

  test('a medium that the other side has not answered yet', () => {
    const more = session('m=audio 5004 RTP/AVP 0', 'm=video 5006 RTP/AVP 34');
    expect(agree(audio(), more).map(({ media, enabled }) => [media, enabled])).toEqual([
      ['audio', true],
      ['video', false],
    ]);
  });
});

test('RTCP goes with the media only where both say so', () => {
  const [muxed] = agree(audio('a=rtcp-mux'), audio('a=rtcp-mux'));
  expect(muxed?.rtcp.remote).toEqual({ address: '192.0.2.10', port: 5004 });
  const [apart] = agree(audio('a=rtcp-mux'), audio());
  expect(apart?.rtcp.remote).toEqual({ address: '192.0.2.10', port: 5005 });
});

test('SSRCs of both sides, repair apart, with mid and security', () => {
  const ours = session('m=audio 9 UDP/TLS/RTP/SAVPF 111', 'a=mid:0', 'a=rtpmap:111 opus/48000/2', 'a=ssrc:7 cname:g');
  const [sound, video] = agree(ours, BROWSER);
  expect(sound).toMatchObject({ mid: '0', ssrcs: [7, 1001], repairSsrcs: [], security: 'unknown' });
  expect(video).toMatchObject({ mid: '1', ssrcs: [2001, 2002], repairSsrcs: [3001, 3002, 3003], enabled: false });
});

test('no description, no media', () => {
  expect(agreedMedia({})).toEqual([]);
  expect(agree(session(), session())).toEqual([]);
});
