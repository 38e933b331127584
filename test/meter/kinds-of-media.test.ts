import { describe, expect, test } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import type { Format, FormatHint, Signalling } from '../../src/meter/options.ts';
import { SipSignalling } from '../../src/session/sip-signalling.ts';
import { ascii } from '../packet/wire.ts';
import { type Ends, INBOUND, type Rtp, send, talk } from './wire.ts';

const told = (formats: Readonly<Record<number, Format>>): Signalling => ({
  message: () => undefined,
  formatOf: ({ payloadType }: FormatHint) => formats[payloadType],
});

const VIDEO: Readonly<Record<number, Format>> = {
  0: { codec: 'PCMU', clockRate: 8000, media: 'audio' },
  13: { codec: 'CN', clockRate: 8000, media: 'audio' },
  101: { codec: 'telephone-event', clockRate: 8000, media: 'audio' },
  96: { codec: 'H264', clockRate: 90_000, media: 'video' },
  97: { codec: 'rtx', clockRate: 90_000, media: 'video' },
  98: { codec: 'ulpfec', clockRate: 90_000, media: 'video' },
  99: { codec: 'flexfec-03', clockRate: 90_000 },
};

function measure(more: (index: number) => Partial<Rtp> | undefined, formats = VIDEO) {
  const meter = new Meter({ signalling: told(formats) });
  talk(meter, INBOUND, 1, 0, 20, more);
  const [stream, ...others] = meter.finish().streams;
  expect(others).toEqual([]);
  if (stream === undefined) throw new Error('no stream');
  return stream;
}

describe('what is no media figures in the loss and in nothing else', () => {
  test.each([
    ['comfort noise', 13, 0],
    ['events', 101, 0],
    ['FEC among the media', 98, 96],
  ])('%s', (_name, odd, usual) => {
    // Every tenth packet is none, with a time of its own; of those every fifth is lost.
    const stream = measure((index) => {
      if (index % 10 !== 5) return { payloadType: usual, timestamp: index * (usual === 0 ? 160 : 1800) };
      return index % 50 === 5 && index > 100 ? undefined : { payloadType: odd, timestamp: index * 77_777 };
    });
    expect(stream).toMatchObject({
      packets: 982,
      expected: 1000,
      lost: 18,
      mediaPackets: 900,
      frames: 900,
      octets: 900 * 160,
    });
    expect(stream.maximumJitter).toBeCloseTo(0, 6);
    expect(stream.codec).toBe(usual === 0 ? 'PCMU' : 'H264');
  });

  test.each([97, 99])('repair on an SSRC of its own (%d) is a stream that says so', (payloadType) => {
    expect(measure(() => ({ payloadType }))).toMatchObject({ packets: 1000, repair: true });
    expect(measure(() => ({ payloadType: 96 }))).not.toHaveProperty('repair');
  });
});

describe('clock rates', () => {
  test('G.722 counts 8000 a second', () => {
    for (const signalling of [undefined, told({ 9: { codec: 'G722', clockRate: 8000, media: 'audio' } })]) {
      const meter = new Meter(signalling === undefined ? {} : { signalling });
      talk(meter, INBOUND, 1, 0, 20, () => ({ payloadType: 9 }));
      const [stream] = meter.finish().streams;
      expect(stream).toMatchObject({ codec: 'G722', clockRate: 8000 });
      expect(stream?.maximumJitter).toBeCloseTo(0, 6);
    }
  });

  test.each([
    ['another payload type has another clock', 96],
    ['and back', 0],
  ])('%s: jitter begins anew without a step', (_name, last) => {
    let timestamp = 0;
    const stream = measure(
      (index) => {
        const isFast = index >= 300 && (last === 96 || index < 600);
        timestamp += isFast ? 960 : 160;
        return { payloadType: isFast ? 96 : 0, timestamp };
      },
      {
        0: { codec: 'PCMU', clockRate: 8000, media: 'audio' },
        96: { codec: 'opus', clockRate: 48_000, media: 'audio' },
      },
    );
    expect(stream.maximumJitter).toBeCloseTo(0, 6);
    expect(stream).toMatchObject({ payloadTypes: [0, 96], lost: 0, restarts: 0, mediaPackets: 1000 });
  });

  test('a re-INVITE gives the same payload type another clock', () => {
    const at: Ends = { from: ['10.1.0.1', 5060], to: ['10.0.0.1', 5060] };
    const back: Ends = { from: at.to, to: at.from };
    const sdp = (address: string, port: number, map: string, version: number): string =>
      ['v=0', `o=- 1 ${version} IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/AVP 96`]
        .concat([`a=rtpmap:96 ${map}`, ''])
        .join('\r\n');
    const message = (line: string, sequence: number, body: string): Uint8Array =>
      ascii(
        [
          line,
          `Via: SIP/2.0/UDP 10.1.0.1:5060;branch=z9hG4bK${sequence}`,
          'From: <sip:room@10.1.0.1>;tag=a',
          `To: <sip:bot@10.0.0.1>${sequence === 1 && line.startsWith('INVITE') ? '' : ';tag=b'}`,
          'Call-ID: 1@10.1.0.1',
          `CSeq: ${sequence} INVITE`,
          'Content-Type: application/sdp',
          `Content-Length: ${body.length}`,
          '',
          body,
        ].join('\r\n'),
      );
    const meter = new Meter({ signalling: new SipSignalling() });
    const agree = (second: number, sequence: number, map: string): void => {
      const invite = message('INVITE sip:bot@10.0.0.1 SIP/2.0', sequence, sdp('10.1.0.1', 5004, map, sequence));
      send(meter, second, at, invite);
      send(meter, second + 0.001, back, message('SIP/2.0 200 OK', sequence, sdp('10.0.0.1', 6004, map, sequence)));
    };
    agree(-0.5, 1, 'L16/16000');
    talk(meter, INBOUND, 1, 0, 10, (index) => ({ payloadType: 96, timestamp: 320 * index }));
    agree(10, 2, 'opus/48000/2');
    talk(meter, INBOUND, 1, 10, 20, (index) => ({ payloadType: 96, timestamp: 160_000 + 960 * (index - 500) }));
    const [stream] = meter.finish().streams;
    expect(stream).toMatchObject({ codec: 'opus', clockRate: 48_000, clockRateOrigin: 'sdp', lost: 0, packets: 1000 });
    expect(stream?.maximumJitter).toBeCloseTo(0, 6);
  });
});

describe('an SSRC that goes on over a new 5-tuple', () => {
  const moved: Ends = { from: ['10.1.0.1', 7777], to: INBOUND.to };
  const changed = (from: number, to: number, jump: number) => {
    const meter = new Meter();
    talk(meter, INBOUND, 7, 0, from);
    talk(meter, moved, 7, to, to + 10, (index) => ({ sequence: index + jump }));
    return meter.finish().streams.map(({ continues }) => continues?.lost);
  };

  test.each([
    ['at once', 10, 10, 0, 0],
    ['after 4 s', 10, 14, 0, 200],
    ['across the wrap of the sequence', 10, 10, 65_536, 0],
  ])('%s is the same', (_name, from, to, jump, lost) => {
    expect(changed(from, to, jump)).toEqual([undefined, lost]);
  });

  test.each([
    ['after more than 5 s', 10, 16, 0],
    ['more than 3,000 numbers ahead', 10, 10, 3500],
    ['numbers that were there', 10, 10, -100],
  ])('%s it is another', (_name, from, to, jump) => {
    expect(changed(from, to, jump)).toEqual([undefined, undefined]);
  });
});
