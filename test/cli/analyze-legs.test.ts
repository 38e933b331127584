import { describe, expect, it } from 'vitest';
import { dispatch } from '../../src/cli/main.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { flow, merged, pcapOf, type Sent, sip, written } from './capture-files.ts';
import { recordingIo } from './recording-io.ts';

const ROOM = '10.1.0.5';
const GATEWAY = '10.0.0.1';
const START = 1_700_000_000;

const sdp = (address: string, port: number, more = '', version = 1): string =>
  `v=0\r\no=- 1 ${version} IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n${more}`;

const towards = [
  [ROOM, 5060],
  [GATEWAY, 5060],
] as const;
const back = [
  [GATEWAY, 5060],
  [ROOM, 5060],
] as const;

const invite = (at: number, callId = 'call-1@room') =>
  sip(START + at, towards, 'INVITE sip:meeting@example.com SIP/2.0', { callId, sdp: sdp(ROOM, 2000) });
const ok = (at: number, callId = 'call-1@room') =>
  sip(START + at, back, 'SIP/2.0 200 OK', { callId, tag: 'g', sdp: sdp(GATEWAY, 3000) });
const bye = (at: number, callId = 'call-1@room') =>
  sip(START + at, towards, 'BYE sip:meeting@example.com SIP/2.0', { callId, tag: 'g', sequence: '9 BYE' });

/** The room's sound; each packet 10 ms off the full second, so that none comes with a message. */
const sound = (from: number, count: number, lost: readonly number[] = []) =>
  flow({ from: [ROOM, 2000], to: [GATEWAY, 3000], ssrc: 0xaaaa, start: START + from + 0.01, count, lost });

/** What of it came between two times, and what is missing of it. */
const between = (sent: readonly Sent[], from: number, to: number): number =>
  sent.filter(({ at, from: [address] }) => address === ROOM && at >= START + from && at < START + to).length;

type Item = Record<string, unknown>;
type Answer = {
  readonly streams: readonly Item[];
  readonly legs: readonly { readonly report: { readonly quality: { readonly mediaQualityList: readonly Item[] } } }[];
};

async function analyze(sent: readonly Sent[]) {
  const { 'x.pcap': path = '' } = written({ 'x.pcap': pcapOf(sent) });
  const { io, out } = recordingIo();
  expect(await dispatch(['analyze', '--json', path], io, verbs)).toBe(0);
  const { streams, legs }: Answer = JSON.parse(out());
  return { streams, items: legs.map(({ report }) => report.quality.mediaQualityList[0] ?? {}) };
}

describe('the figures of a leg in a capture', () => {
  it.each([
    ['on the grid of slots', 5, 15],
    ['within slots', 3.3, 13.7],
    ['in one slot', 6.1, 8.9],
    ['in one second', 6.2, 6.7],
    ['and begin with the first packet', 0, 12.5],
  ])('are those of its packets: %s', async (_, answer, end) => {
    const media = sound(0, 1000);
    const { streams, items } = await analyze(merged([invite(-0.5), ok(answer), bye(end)], media));
    expect(streams[0]).toMatchObject({ packets: 1000, lost: 0 });
    expect(items).toMatchObject([
      { inboundPackets: between(media, answer, end), averageInboundPacketLossRateInPercentage: 0 },
    ]);
  });

  it('have no loss of early media, nor of what came after the end, and the stream has all of it', async () => {
    const lost = [...Array(1000).keys()].filter((n) => (n % 4 === 0 && (n < 300 || n > 850)) || n === 400);
    const media = sound(0, 1000, lost);
    const { streams, items } = await analyze(merged([invite(-0.5), ok(7.3), bye(16.6)], media));
    // The second half of the second of the end is lost in part too: its window is no part of the leg.
    expect(streams[0]).toMatchObject({ packets: media.length, lost: lost.length - 1 });
    expect(items).toMatchObject([
      {
        inboundPackets: between(media, 7.3, 16.6),
        averageInboundPacketLossRateInPercentage: Number((100 / 465).toPrecision(4)),
        maximumInboundPacketLossRateInPercentage: 0.4,
      },
    ]);
  });

  it('tell the stream as a whole as if there were no signalling', async () => {
    const lost = [...Array(1000).keys()].filter((n) => n % 7 === 3 && n > 200 && n < 700);
    const media = sound(0, 1000, lost);
    const without = await analyze(media);
    const { streams } = await analyze(merged([invite(-0.5), ok(6.43), bye(11.21)], media));
    const told = { clockRateOrigin: 'sdp' };
    expect(streams).toEqual(without.streams.map((stream) => ({ ...stream, ...told })));
  });

  it('are those of each call where the next one sends the same SSRC from the same port at once', async () => {
    const media = sound(0, 1000);
    const second = 'call-2@room';
    const { items } = await analyze(
      merged([invite(-0.5), ok(2.2), bye(8.4), invite(9, second), ok(9.6, second), bye(17.1, second)], media),
    );
    expect(items.map((item) => item['inboundPackets'])).toEqual([between(media, 2.2, 8.4), between(media, 9.6, 17.1)]);
  });

  it('begin with the capture where the call was up already, and end with its BYE', async () => {
    const media = sound(0, 1000);
    const again = [
      sip(START + 4, towards, 'INVITE sip:meeting@example.com SIP/2.0', { tag: 'g', sdp: sdp(ROOM, 2000) }),
      sip(START + 4.1, back, 'SIP/2.0 200 OK', { tag: 'g', sdp: sdp(GATEWAY, 3000) }),
      bye(12.4),
    ];
    const { items } = await analyze(merged(again, media));
    expect(items).toMatchObject([{ inboundPackets: between(media, 0, 12.4) }]);
  });

  it('are whole where the packets stand before their SIP in the file', async () => {
    const media = sound(0, 500);
    const { items } = await analyze([...media, invite(-0.5), ok(-0.2), bye(9.995)]);
    expect(items).toMatchObject([{ inboundPackets: 500, averageInboundPacketLossRateInPercentage: 0 }]);
  });
});

describe('a hold in a capture', () => {
  const turn = (at: number, sequence: number, direction: string, answer: string) => [
    sip(START + at - 0.1, towards, 'INVITE sip:meeting@example.com SIP/2.0', {
      tag: 'g',
      sequence: `${sequence} INVITE`,
      sdp: sdp(ROOM, 2000, `a=${direction}\r\n`, sequence),
    }),
    sip(START + at, back, 'SIP/2.0 200 OK', {
      tag: 'g',
      sequence: `${sequence} INVITE`,
      sdp: sdp(GATEWAY, 3000, `a=${answer}\r\n`, sequence),
    }),
  ];
  const numbers = [...Array(1500).keys()];

  it.each([
    ['sendonly', 'recvonly'],
    ['inactive', 'inactive'],
  ])('%s has no loss: what is dropped then is dropped by intent', async (direction, answer) => {
    // On hold from 8.3 to 15.7 s: nothing comes, and the numbers run on. One packet is lost before it, and one after it.
    const held = numbers.filter((n) => n / 50 + 0.01 >= 8.3 && n / 50 + 0.01 < 15.7);
    const media = sound(0, 1500, [100, 1000, ...held]);
    const { streams, items } = await analyze(
      merged(
        [invite(-0.5), ok(-0.2), ...turn(8.3, 2, direction, answer), ...turn(15.7, 3, 'sendrecv', 'sendrecv'), bye(29)],
        media,
      ),
    );
    expect(streams[0]).toMatchObject({ lost: held.length + 2 });
    expect(items).toMatchObject([
      {
        inboundPackets: between(media, 0, 29),
        averageInboundPacketLossRateInPercentage: Number((200 / (1450 - held.length)).toPrecision(4)),
        maximumInboundPacketLossRateInPercentage: 0.4,
      },
    ]);
  });

  it('has no loss of what comes in it, either', async () => {
    const lost = numbers.filter((n) => n % 5 === 2 && n / 50 > 8.4 && n / 50 < 15.6);
    const media = sound(0, 1500, lost);
    const { items } = await analyze(
      merged(
        [
          invite(-0.5),
          ok(-0.2),
          ...turn(8.3, 2, 'sendonly', 'recvonly'),
          ...turn(15.7, 3, 'sendrecv', 'sendrecv'),
          bye(29),
        ],
        media,
      ),
    );
    expect(items).toMatchObject([
      {
        inboundPackets: between(media, 0, 29),
        averageInboundPacketLossRateInPercentage: 0,
        maximumInboundPacketLossRateInPercentage: 0,
      },
    ]);
  });
});

describe('a screen share in a capture', () => {
  const slides = 'm=video 3004 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=content:slides\r\n';
  const offer = sip(START - 0.5, towards, 'INVITE sip:meeting@example.com SIP/2.0', {
    sdp: sdp(ROOM, 2000, slides.replace('3004', '2004')),
  });
  const answer = sip(START, back, 'SIP/2.0 200 OK', { tag: 'g', sdp: sdp(GATEWAY, 3000, slides) });
  const share = (from: number, to: number, first: number) =>
    flow({
      from: [GATEWAY, 3004],
      to: [ROOM, 2004],
      ssrc: 0xcccc,
      start: START + from,
      count: Math.round((to - from) * 50) + 1,
      payloadType: 97,
      clock: 90_000,
    }).map((sent, index) => {
      sent.payload.set([(first + index) >> 8, (first + index) & 255], 2);
      return sent;
    });

  it.each([
    [10.4, 'PT20S'],
    [14.9, 'PT20S'],
    [19.9, 'PT20S'],
    [9.5, 'PT29.5S'],
  ])('with a pause of %d s lasts %s', async (pause, duration) => {
    const [begin, end] = [3.3, 13.3];
    const whole = merged(
      [offer, answer, bye(58)],
      sound(0, 2900),
      share(begin, end, 1000),
      share(end + pause, end + pause + 10, 1501),
    );
    const { 'share.pcap': path = '' } = written({ 'share.pcap': pcapOf(whole) });
    const { io, out } = recordingIo();
    await dispatch(['analyze', '--json', path], io, verbs);
    const { legs }: Answer = JSON.parse(out());
    const item = legs[0]?.report.quality.mediaQualityList.find((one) => String(one['@odata.type']).includes('Screen'));
    expect(item).toMatchObject({ mediaDuration: duration, outboundPackets: 1002 });
  });
});
