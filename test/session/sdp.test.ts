import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OtherlegError } from '../../src/model/error.ts';
import { parseSdp, type SdpMedia } from '../../src/session/sdp.ts';
import { computedMillis } from '../meter/cost.ts';
import { BROWSER, GATEWAY, ROOM, sdp, session } from './descriptions.ts';

const only = (text: string): SdpMedia => {
  const [media, ...more] = parseSdp(text);
  if (media === undefined || more.length > 0) throw new Error(`${more.length + 1} media descriptions`);
  return media;
};

const VIDEO = ['m=video 5004 RTP/AVP 97', 'a=rtpmap:97 H264/90000'];

describe('a room device', () => {
  const media = parseSdp(ROOM);

  test('has one channel per m-line that carries media', () => {
    expect(media.map(({ mLine, media: kind }) => [mLine, kind])).toEqual([
      [0, 'audio'],
      [1, 'video'],
      [2, undefined],
      [3, 'screenSharing'],
      [4, undefined],
    ]);
  });

  test('says where it wants its sound, and in which formats', () => {
    expect(media[0]).toEqual({
      mLine: 0,
      media: 'audio',
      rejected: false,
      direction: 'sendrecv',
      endpoint: { address: '192.0.2.10', port: 16_384 },
      rtcpMux: false,
      ssrcs: [],
      repairSsrcs: [],
      payloadTypes: [
        { payloadType: 107, codec: 'MP4A-LATM', clockRate: 90_000 },
        { payloadType: 9, codec: 'G722', clockRate: 8000 },
        { payloadType: 0, codec: 'PCMU', clockRate: 8000 },
        { payloadType: 101, codec: 'telephone-event', clockRate: 8000 },
      ],
    });
  });

  test('gives video its static and its mapped formats, and its label', () => {
    expect(media[1]).toMatchObject({
      label: '11',
      payloadTypes: [
        { payloadType: 97, codec: 'H264', clockRate: 90_000 },
        { payloadType: 31, codec: 'H261', clockRate: 90_000 },
      ],
    });
  });
});

describe('a gateway’s answer', () => {
  const media = parseSdp(GATEWAY);

  test('rejects by port 0, receives only, has RTCP elsewhere', () => {
    expect(media.map(({ rejected }) => rejected)).toEqual([false, false, false, false, true]);
    expect(media[3]).toMatchObject({ direction: 'recvonly' });
    expect(media[1]?.rtcp).toEqual({ address: '198.51.100.2', port: 40_103 });
  });
});

describe('a browser', () => {
  const media = parseSdp(BROWSER);

  test('bundles, multiplexes and encrypts', () => {
    expect(media.map(({ mid, bundle, rtcpMux, security }) => [mid, bundle, rtcpMux, security])).toEqual([
      ['0', '0', true, 'dtls'],
      ['1', '0', true, 'dtls'],
      ['2', '0', false, 'dtls'],
    ]);
  });

  test('is not on hold although its address is a placeholder', () => {
    expect(media.map(({ direction }) => direction)).toEqual(['sendrecv', 'sendonly', 'sendrecv']);
    expect(media[0]).not.toHaveProperty('endpoint');
    expect(media[0]).not.toHaveProperty('rtcp');
  });

  test('has media SSRCs apart from those that repair them', () => {
    expect(media[0]).toMatchObject({ ssrcs: [1001], repairSsrcs: [] });
    expect(media[1]).toMatchObject({ ssrcs: [2001, 2002], repairSsrcs: [3001, 3002, 3003] });
  });

  test('says which payload type RTX repairs', () => {
    expect(media[1]?.payloadTypes[1]).toEqual({
      payloadType: 97,
      codec: 'rtx',
      clockRate: 90_000,
      associatedPayloadType: 96,
    });
  });

  test('has no channel for data', () => {
    expect(media[2]?.media).toBeUndefined();
  });
});

describe('roles', () => {
  test.each<[string, string | undefined, readonly string[]]>([
    ['video without a word', 'video', VIDEO],
    ['content main', 'video', [...VIDEO, 'a=content:main']],
    ['content alt', 'video', [...VIDEO, 'a=content:alt']],
    ['content speaker', 'video', [...VIDEO, 'a=content:speaker']],
    ['content sl', 'video', [...VIDEO, 'a=content:sl']],
    ['content slides', 'screenSharing', [...VIDEO, 'a=content:slides']],
    ['content Slides among others', 'screenSharing', [...VIDEO, 'a=content:alt, Slides']],
    ['content that only begins like slides', 'video', [...VIDEO, 'a=content:slideshow']],
    ['sound of a presentation', 'audio', ['m=audio 5004 RTP/AVP 0', 'a=content:slides']],
    ['T.140 text', undefined, ['m=text 5004 RTP/AVP 98', 'a=rtpmap:98 t140/1000']],
    ['T.140 as audio', undefined, ['m=audio 5004 RTP/AVP 98', 'a=rtpmap:98 t140c/8000']],
    ['camera control as video', undefined, ['m=video 5004 RTP/AVP 98', 'a=rtpmap:98 H224/4800']],
    ['fax', undefined, ['m=image 5004 udptl t38']],
    [
      'FEC on an m-line of its own',
      undefined,
      ['m=video 5004 RTP/AVP 98', 'a=rtpmap:98 1d-interleaved-parityfec/90000'],
    ],
    ['tones only', undefined, ['m=audio 5004 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000']],
    ['a format that nobody explains', 'video', ['m=video 5004 RTP/AVP 99']],
    ['audio that is not RTP', undefined, ['m=audio 5004 udp 0']],
    ['RTP over TCP', 'audio', ['m=audio 5004 TCP/RTP/AVP 0']],
    ['upper case', 'audio', ['m=AUDIO 5004 rtp/avp 0']],
  ])('%s: %s', (_, want, lines) => {
    expect(only(session(...lines)).media).toBe(want);
  });

  test('a video whose floor BFCP controls is a presentation, unless it says what it is', () => {
    const media = parseSdp(
      session(
        ...VIDEO,
        'a=label:1',
        ...VIDEO,
        'a=label:2',
        ...VIDEO,
        'a=label:3',
        'a=content:alt',
        'm=application 5070 TCP/BFCP *',
        'a=floorid:1 m-stream:2 3',
      ),
    );
    expect(media.map(({ media: kind }) => kind)).toEqual(['video', 'screenSharing', 'video', undefined]);
  });
});

describe('attributes', () => {
  test.each<[string, Partial<SdpMedia>, string]>([
    ['direction of the session', { direction: 'inactive' }, sdp('v=0', 'a=inactive', ...VIDEO)],
    [
      'direction of the medium before that of the session',
      { direction: 'sendonly' },
      sdp('v=0', 'a=inactive', ...VIDEO, 'a=sendonly'),
    ],
    ['hold of old: c=0.0.0.0', { direction: 'sendonly' }, session(...VIDEO, 'c=IN IP4 0.0.0.0')],
    ['hold of old both ways', { direction: 'inactive' }, session(...VIDEO, 'c=IN IP4 0.0.0.0', 'a=recvonly')],
    [
      'connection of the medium',
      { endpoint: { address: '2001:db8::1', port: 5004 } },
      session(...VIDEO, 'c=IN IP6 2001:db8::1'),
    ],
    [
      'multicast with its TTL',
      { endpoint: { address: '233.252.0.1', port: 5004 } },
      session(...VIDEO, 'c=IN IP4 233.252.0.1/127'),
    ],
    ['RTCP port without address', { rtcp: { address: '192.0.2.10', port: 5999 } }, session(...VIDEO, 'a=rtcp:5999')],
    [
      'port with a count',
      { endpoint: { address: '192.0.2.10', port: 5004 }, rejected: false },
      session('m=video 5004/2 RTP/AVP 34'),
    ],
    ['bundle-only at port 0', { rejected: false }, session('m=video 0 RTP/AVP 34', 'a=bundle-only')],
    ['port 0', { rejected: true }, session('m=video 0 RTP/AVP 34')],
    ['keys in the SDP', { security: 'sdes' }, session(...VIDEO, 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0')],
    ['a profile that encrypts', { security: 'unknown' }, session('m=audio 5004 RTP/SAVP 0')],
    ['a mid that looks like a number', { mid: '0' }, session(...VIDEO, 'a=mid:0')],
    ['a mid with leading zeros', { mid: '007' }, session(...VIDEO, 'a=mid:007')],
  ])('%s', (_, want, text) => {
    expect(only(text)).toMatchObject(want);
  });

  test('a host name is no address', () => {
    expect(only(session(...VIDEO, 'c=IN IP4 room.example.com'))).not.toHaveProperty('endpoint');
  });

  test('a clear medium has no security', () => {
    expect(only(session(...VIDEO))).not.toHaveProperty('security');
  });

  test('line ends may be CRLF, LF or CR, with blank lines before', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      expect(parseSdp(`${end}${ROOM.replaceAll('\r\n', end)}`)).toEqual(parseSdp(ROOM));
    }
  });

  test('numbers that are none are passed over', () => {
    const media = only(
      session(
        'm=video 5004 RTP/AVP 97 97 300 x 98',
        'a=rtpmap:97 H264/0',
        'a=rtpmap:98 VP8',
        'a=rtpmap: x/90000',
        'a=ssrc:99999999999 cname:x',
        'a=ssrc: cname:x',
      ),
    );
    expect(media).toMatchObject({ payloadTypes: [], ssrcs: [], media: 'video' });
  });
});

describe('what cannot be read', () => {
  test.each<[string, string, string]>([
    ['nothing', '', 'line 1 is not v=0'],
    ['something else', 'RTSP/1.0 200 OK', 'line 1 is not v=0'],
    ['another version', 'v=1\r\n', 'line 1 is not v=0'],
    ['line ends escaped twice', 'v=0\\r\\nm=audio 1 RTP/AVP 0', 'line 1 is not v=0'],
    ['an m-line without protocol', sdp('v=0', 's=-', 'm=audio 5004'), 'line 3 is no media description'],
    ['a port that is a word', sdp('v=0', 'm=audio five RTP/AVP 0'), 'line 2 is no media description'],
    ['a port beyond 65535', sdp('v=0', 'm=audio 70000 RTP/AVP 0'), 'line 2 is no media description'],
    ['an empty m-line', sdp('v=0', 'm='), 'line 2 is no media description'],
    ['a line of 20,000 characters', sdp('v=0', `a=${'x'.repeat(20_000)}`), 'line 2 is longer than'],
    ['300,000 characters', `v=0\r\n${'a=x\r\n'.repeat(60_000)}`, 'longer than 262144'],
    [
      '300 media descriptions',
      sdp('v=0', ...Array.from({ length: 300 }, () => 'm=audio 1 RTP/AVP 0')),
      'line 258 is media description 257',
    ],
  ])('%s: SDP_INVALID that says %3$s', (_, text, want) => {
    const error = thrown(text);
    expect(error).toBeInstanceOf(OtherlegError);
    expect(error).toMatchObject({ code: 'SDP_INVALID', hint: expect.stringContaining('v=0') });
    expect(String(error)).toContain(want);
  });

  test('says no more than a piece of the line, and nothing of a key', () => {
    const error = String(
      thrown(sdp('v=0', 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0', `m=${'y'.repeat(1000)}`)),
    );
    expect(error.length).toBeLessThan(200);
    expect(error).not.toContain('c2VjcmV0');
  });
});

function thrown(text: string): unknown {
  try {
    parseSdp(text);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('whatever comes', () => {
  const isHarmless = (text: string): void => {
    const error = thrown(text);
    if (error !== undefined) expect(error).toMatchObject({ code: 'SDP_INVALID' });
  };

  test('nothing else than SDP_INVALID is thrown for damaged descriptions', () => {
    const piece = fc.oneof(
      fc.constantFrom(...ROOM.split('\r\n'), ...BROWSER.split('\r\n')),
      fc.constantFrom(
        'm=',
        'a=',
        'c=',
        'a=ssrc:',
        'a=ssrc-group:',
        'a=fmtp:',
        'a=group:BUNDLE',
        'a=rtcp:',
        'a=floorid:1 mstrm:',
        'a=__proto__:1',
      ),
      fc.string({ maxLength: 40 }).map((text) => `a=${text}`),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), (lines) => isHarmless(sdp('v=0', ...lines))));
  });

  test('long lines that make regular expressions run back cost no time', () => {
    const began = computedMillis();
    for (const line of [
      'm=audio 1 RTP/AVP ',
      'a=imageattr:1 send [',
      'a=simulcast:send ',
      'a=candidate:1 1 udp ',
      'a=rtpmap:1 ',
      'a=floorid:',
    ]) {
      isHarmless(
        sdp(
          'v=0',
          ...Array.from({ length: 8 }, () => `${line}${'  '.repeat(4000)}`),
          ...Array.from({ length: 8 }, () => line + '[ '.repeat(4000)),
        ),
      );
    }
    expect(computedMillis() - began).toBeLessThan(2000);
  });

  const corpus = new URL('../../../shared/captures/hostile/payload-sdp/', import.meta.url);
  test.skipIf(!existsSync(corpus))('hostile descriptions of other projects (../shared/captures)', () => {
    const files = readdirSync(corpus);
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) isHarmless(readFileSync(new URL(file, corpus), 'latin1'));
  });
});
