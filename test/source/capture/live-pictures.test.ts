import { describe, expect, it } from 'vitest';
import type { LegControl } from '../../../src/model/leg.ts';
import { DEVICE, GATEWAY, INBOUND, rtp, send } from '../../meter/wire.ts';
import { h264Unit } from '../../packet/picture-payloads.ts';
import { liveRig } from './live-rig.ts';

const MEDIA = { media: 'video', channelIndex: 1, local: end(GATEWAY), remote: end(DEVICE) } as const;
const TYPES = [{ payloadType: 97, codec: 'H264', clockRate: 90_000 }];
const KEY = {
  direction: 'inbound',
  suite: 'AES_CM_128_HMAC_SHA1_80',
  key: Buffer.alloc(30, 1).toString('base64'),
} as const;

function end([address, port]: readonly [string, number]) {
  return { address, port };
}

const sdp = ([address, port]: readonly [string, number], profile: string, ...more: readonly string[]): string =>
  [
    ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0'],
    ...[`m=video ${port} ${profile} 97`, 'a=rtpmap:97 H264/90000', 'a=content:main', ...more, ''],
  ].join('\r\n');

const described = (profile: string, ...more: readonly string[]): LegControl => ({
  sdp: { local: sdp(GATEWAY, profile, ...more), remote: sdp(DEVICE, profile, ...more) },
});

/** Heights of the slots of a leg, whose device sends pictures of 720 lines. */
function heights(control: LegControl, keys: readonly (typeof KEY)[] = []): readonly (number | undefined)[] {
  const { meter, follow, release, advance, measured } = liveRig();
  follow('leg', 0, control, { keys: keys.map((key) => ({ ...key, channel: 'video/1' })) });
  const parameters = Uint8Array.from(h264Unit({ rows: 45 }));
  for (let sequence = 0; sequence < 100; sequence += 1) {
    const payload = sequence % 20 === 0 ? parameters : Uint8Array.of(0x41, 1, 2, 3);
    const packet = rtp({ ssrc: 7, sequence, timestamp: 9000 * sequence, payloadType: 97, payload });
    send(meter, sequence / 10, INBOUND, packet);
  }
  release('leg', 10);
  advance(20);
  return measured('leg').intervals.map(({ height }) => height);
}

describe('the height of pictures of a live leg', () => {
  it('is known where its description says that they are in the clear', () => {
    expect(heights(described('RTP/AVP'))).toEqual([720, 720]);
  });

  it('is that of the description beside channels without formats', () => {
    expect(heights({ ...described('RTP/AVP'), channels: [MEDIA] })).toEqual([720, 720]);
  });

  it.each<[string, LegControl]>([
    ['SRTP', described('RTP/SAVP')],
    ['DTLS', described('UDP/TLS/RTP/SAVPF', 'a=fingerprint:sha-256 00:11', 'a=setup:actpass')],
    ['a key in a plain profile', described('RTP/AVP', `a=crypto:1 ${KEY.suite} inline:${KEY.key}`)],
    ['channels alone: they do not say how the media are protected', { channels: [{ ...MEDIA, payloadTypes: TYPES }] }],
  ])('is not with %s', (_, control) => {
    expect(heights(control)).toEqual([undefined, undefined]);
  });

  it('is not with the key of a channel', () => {
    expect(heights({ channels: [{ ...MEDIA, payloadTypes: TYPES }] }, [KEY])).toEqual([undefined, undefined]);
  });
});
