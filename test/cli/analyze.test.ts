import { spawnSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { dispatch } from '../../src/cli/main.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { flow, merged, pcapOf, rtp, sip, written } from './capture-files.ts';
import { recordingIo } from './recording-io.ts';

const ROOM = '10.1.0.5';
const GATEWAY = '10.0.0.1';
const START = 1_700_000_000;

const inbound = flow({
  from: [ROOM, 2000],
  to: [GATEWAY, 3000],
  ssrc: 0xaaaa,
  start: START,
  count: 500,
  lost: [100, 101, 102, 103, 104],
});
const outbound = flow({ from: [GATEWAY, 3000], to: [ROOM, 2000], ssrc: 0xbbbb, start: START + 0.005, count: 500 });
const both = merged(inbound, outbound);
const capture = pcapOf(both);

const files = written({
  'both.pcap': capture,
  // The name says nothing of what is in it.
  'packed.pcap': gzipSync(capture),
  'in.pcap': pcapOf(inbound),
  'out.pcap': pcapOf(outbound),
  'cut.pcap': capture.subarray(0, capture.length - 50),
  'cut.gz': gzipSync(capture, { level: 0 }).subarray(0, 100_000),
  'empty.pcap': '',
  'text.pcap': 'this is no capture, it is a letter\n'.repeat(10),
  'header.pcap': pcapOf([]),
  'stub.pcap': capture.subarray(0, 30),
  'silent.pcap': pcapOf([{ at: START, from: [ROOM, 1], to: [GATEWAY, 9], payload: Buffer.from('hello') }]),
  'dynamic.pcap': pcapOf(
    flow({ from: [ROOM, 2000], to: [GATEWAY, 3000], ssrc: 1, start: START, count: 60, payloadType: 96, clock: 48_000 }),
  ),
  'offer.sdp': `v=0\r\nc=IN IP4 ${GATEWAY}\r\nm=audio 3000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n`,
  'bad.sdp': 'v=0\r\nm=audio\r\n',
});

async function analyze(args: readonly string[], stdin?: Uint8Array) {
  const { io, out, err } = recordingIo();
  const code = await dispatch(
    ['analyze', ...args],
    stdin === undefined ? io : { ...io, stdin: Readable.from([stdin]) },
    verbs,
  );
  return { code, out: out(), err: err() };
}

async function document(args: readonly string[], stdin?: Uint8Array) {
  const { code, out, err } = await analyze([...args, '--json'], stdin);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

const file = (name: keyof typeof files): string => files[name] ?? '';

describe('otherleg analyze --json', () => {
  it('tells every stream in the shape of the contract', async () => {
    const { capture: whole, streams, legs } = await document([file('both.pcap')]);
    expect(whole).toEqual({
      packets: 995,
      rtpPackets: 995,
      rtcpPackets: 0,
      otherPackets: 0,
      malformed: 0,
      captureDropped: 0,
      durationSeconds: 9.985,
    });
    expect(legs).toEqual([]);
    expect(streams).toHaveLength(2);
    expect(streams[0]).toEqual({
      ssrc: 0xaaaa,
      source: { address: ROOM, port: 2000 },
      destination: { address: GATEWAY, port: 3000 },
      payloadTypes: [0],
      codec: 'PCMU',
      clockRate: 8000,
      clockRateOrigin: 'static',
      media: 'audio',
      packets: 495,
      expected: 500,
      lost: 5,
      duplicates: 0,
      reordered: 0,
      restarts: 0,
      lossPercent: 1,
      maximumLossPercent: 2,
      averageJitterSeconds: 0,
      maximumJitterSeconds: 0,
      rfc3550: { averageJitterSeconds: 0, maximumJitterSeconds: 0 },
      octets: 79_200,
      bitRate: 63_487,
      firstAt: '2023-11-14T22:13:20.000Z',
      lastAt: '2023-11-14T22:13:29.980Z',
    });
  });

  it.each([
    ['a compressed file', [file('packed.pcap')], undefined],
    ['several files', [file('out.pcap'), file('in.pcap')], undefined],
    ['the standard input', ['-'], capture],
    ['the compressed standard input', ['-'], gzipSync(capture)],
    ['the standard input beside a file', [file('out.pcap'), '-'], pcapOf(inbound)],
  ] as const)('says the same of %s', async (_, args, stdin) => {
    expect(await document(args, stdin)).toEqual(await document([file('both.pcap')]));
  });

  it.each([
    [['--clock', '96=48000'], { clockRate: 48_000, clockRateOrigin: 'option' }],
    [['--sdp', file('offer.sdp')], { clockRate: 48_000, clockRateOrigin: 'sdp', codec: 'opus', media: 'audio' }],
    [['--sdp', file('offer.sdp'), '--clock', '96=8000'], { clockRate: 48_000, clockRateOrigin: 'sdp' }],
  ] as const)('takes the clock rate from %j', async (args, wanted) => {
    const { streams } = await document([file('dynamic.pcap'), ...args]);
    expect(streams).toMatchObject([wanted]);
    expect(streams[0].rfc3550.maximumJitterSeconds).toBe(0);
  });

  it('has no streams where there are none', async () => {
    expect(await document([file('silent.pcap')])).toMatchObject({
      capture: { packets: 1, otherPackets: 1 },
      streams: [],
      legs: [],
    });
    expect(await document([file('header.pcap')])).toMatchObject({
      capture: { packets: 0, durationSeconds: 0 },
      streams: [],
    });
  });
});

describe('damage', () => {
  it.each(['cut.pcap', 'cut.gz'] as const)('%s: what was read before counts', async (name) => {
    const { code, out, err } = await analyze([file(name), '--json']);
    expect(code).toBe(0);
    expect(err).toMatch(new RegExp(`^otherleg: .*${name} is not whole: .+; what was read before counts\n$`));
    const { capture: whole, streams } = JSON.parse(out);
    expect(whole.truncated).toBe(true);
    expect(whole.packets).toBeGreaterThan(400);
    expect(streams).toHaveLength(2);
  });

  it.each([
    ['empty.pcap', /nothing can be read of .*empty\.pcap: it is empty\n/],
    ['text.pcap', /nothing can be read of .*text\.pcap: it is no pcap or pcapng file\n/],
    ['stub.pcap', /nothing can be read of .*stub\.pcap: .+\n/],
  ] as const)('%s: nothing can be read', async (name, reason) => {
    const { code, out, err } = await analyze([file(name), '--json']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(reason);
    expect(err).toContain('\nTry: capture with tcpdump');
    expect(err).not.toMatch(/ {4}at /);
  });

  it('of one file of several is told, and the others count', async () => {
    const { code, out, err } = await analyze([file('text.pcap'), file('both.pcap'), '--json']);
    expect(code).toBe(0);
    expect(err).toMatch(/text\.pcap is not whole: it is no pcap or pcapng file/);
    expect(JSON.parse(out).capture).toMatchObject({ packets: 995, truncated: true });
  });

  it.each([
    ['/no/such/file.pcap', 'there is no such file'],
    ['/tmp', 'it is a directory'],
  ])('%s cannot be read', async (path, reason) => {
    expect(await analyze([path])).toEqual({
      code: 1,
      out: '',
      err: expect.stringContaining(`otherleg: ${path} cannot be read: ${reason}\nTry: `),
    });
  });
});

describe('usage', () => {
  it.each([
    [[], 'no capture file is named'],
    [['-', '-'], '- is named more than once'],
    [['x', '--clock', '96'], '--clock 96 is no PT=RATE'],
    [['x', '--clock', '128=8000'], '--clock 128=8000 is no PT=RATE'],
    [['x', '--clock', '96=0'], '--clock 96=0 is no PT=RATE'],
    [['x', '--device', 'room'], '--device room is neither an IP address nor a CIDR range'],
    [['x', '--device', '10.0.0.0/33'], '--device 10.0.0.0/33 is neither'],
    [['x', '--sdp', 'a', '--sdp', 'b', '--sdp', 'c'], '--sdp is given at most twice'],
    [['x', '--sdp', '/no/such.sdp'], '--sdp /no/such.sdp cannot be read'],
    [['x', '--jsn'], 'unknown option --jsn; did you mean --json?'],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await analyze(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`otherleg: ${message}`);
    expect(err).toContain('\nTry: ');
  });

  it('says what is wrong with a session description', async () => {
    const { code, err } = await analyze([file('both.pcap'), '--sdp', file('bad.sdp')]);
    expect(code).toBe(1);
    expect(err).toMatch(/bad\.sdp: The SDP cannot be read: line 2 is no media description/);
  });
});

describe('for people', () => {
  it('has figures with units, and says what is absent and why', async () => {
    const { code, out, err } = await analyze([file('both.pcap')]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('995 packets in 10.0 s: 995 RTP, 0 RTCP, 0 other\n');
    expect(out).toMatch(
      /10\.1\.0\.5:2000 +10\.0\.0\.1:3000 +0x0000aaaa +PCMU\/8000 +audio +495 +5 +1\.00 % +2\.00 % +0\.00 ms +0\.00 ms +– +–\n/,
    );
    expect(out).toContain('No round trip or reported loss where no RTCP of the receiver can be read.');
  });

  it('shows a bar on a terminal', async () => {
    const { io, err } = recordingIo();
    const stderr = Object.assign(io.stderr, { isTTY: true });
    await dispatch(['analyze', file('both.pcap')], { ...io, stderr }, verbs);
    expect(err()).toContain('█ 100 % of 0 MB');
    expect(err().endsWith('\r\u001b[2K')).toBe(true);
  });
});

describe('legs', () => {
  const sdp = (address: string, port: number) =>
    `v=0\r\no=- 1 1 IN IP4 ${address}\r\ns=-\r\nc=IN IP4 ${address}\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  const towards = [
    [ROOM, 5060],
    [GATEWAY, 5060],
  ] as const;
  const back = [
    [GATEWAY, 5060],
    [ROOM, 5060],
  ] as const;
  type Leg = { readonly report: { readonly quality: { readonly mediaQualityList: readonly unknown[] } } };
  const callOnly = [
    sip(START - 2, towards, 'INVITE sip:meeting@example.com SIP/2.0', { sdp: sdp(ROOM, 2000), agent: 'TANDBERG/520' }),
    sip(START - 0.1, back, 'SIP/2.0 200 OK', { tag: 'g', sdp: sdp(GATEWAY, 3000), agent: 'gateway' }),
    sip(START, towards, 'ACK sip:meeting@example.com SIP/2.0', { tag: 'g', sequence: '1 ACK' }),
    sip(START + 9.9, towards, 'BYE sip:meeting@example.com SIP/2.0', { tag: 'g', sequence: '2 BYE' }),
  ];
  const call = written({ 'call.pcap': pcapOf(merged(both, callOnly)) });
  const path = call['call.pcap'] ?? '';

  it('of a SIP call are what would be reported, without the identifiers that nobody knows offline', async () => {
    const { legs } = await document([path]);
    expect(legs).toHaveLength(1);
    const [{ device, callId, report }] = legs;
    expect({ device, callId }).toEqual({ device: ROOM, callId: 'call-1@room' });
    const { mediaQualityList, mediaLegId, ...identity } = report.quality;
    expect(identity).toEqual({
      '@odata.type': '#microsoft.graph.teleconferenceDeviceQuality',
      deviceName: 'TANDBERG/520',
      deviceDescription: 'sip:boardroom@example.com',
    });
    expect(mediaLegId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(mediaQualityList).toEqual([
      {
        '@odata.type': '#microsoft.graph.teleconferenceDeviceAudioQuality',
        channelIndex: 1,
        mediaDuration: 'PT10S',
        localIPAddress: GATEWAY,
        localPort: 3000,
        remoteIPAddress: ROOM,
        remotePort: 2000,
        inboundPackets: 491,
        outboundPackets: 495,
        averageInboundPacketLossRateInPercentage: 1.0081,
        maximumInboundPacketLossRateInPercentage: 2,
        averageInboundJitter: 'PT0S',
        maximumInboundJitter: 'PT0S',
      },
    ]);
  });

  it('have each their own packets where the next call sends the same SSRC from the same port', async () => {
    const begin = START + 18;
    const callId = 'call-2@room';
    const again = flow({ from: [ROOM, 2000], to: [GATEWAY, 3000], ssrc: 0xaaaa, start: begin, count: 300 });
    const next = [
      sip(begin - 1, towards, 'INVITE sip:meeting@example.com SIP/2.0', { callId, sdp: sdp(ROOM, 2000) }),
      sip(begin - 0.1, back, 'SIP/2.0 200 OK', { callId, tag: 'h', sdp: sdp(GATEWAY, 3000) }),
      sip(begin + 7, towards, 'BYE sip:meeting@example.com SIP/2.0', { callId, tag: 'h', sequence: '2 BYE' }),
    ];
    const [twice = ''] = Object.values(written({ 'twice.pcap': pcapOf(merged(callOnly, both, again, next)) }));
    const { streams, legs } = await document([twice]);
    expect(streams[0]).toMatchObject({ ssrc: 0xaaaa, packets: 795, lost: 5, restarts: 1 });
    const items = legs.flatMap(({ report }: Leg) => report.quality.mediaQualityList);
    expect(items).toMatchObject([
      { inboundPackets: 490, outboundPackets: 495, averageInboundPacketLossRateInPercentage: 1.0101 },
      { inboundPackets: 300, averageInboundPacketLossRateInPercentage: 0 },
    ]);
  });

  it('are the same by --device, and turned round by the other address', async () => {
    expect((await document([path, '--device', '10.1.0.0/16'])).legs).toEqual((await document([path])).legs);
    const [turned] = (await document([path, '--device', GATEWAY])).legs;
    expect(turned).toMatchObject({
      device: GATEWAY,
      report: { quality: { deviceName: 'gateway', mediaQualityList: [{ inboundPackets: 495, outboundPackets: 491 }] } },
    });
    expect((await document([path, '--device', '192.0.2.1'])).legs).toEqual([]);
  });

  it('keep m-lines apart that share a transport, by what --sdp says of them', async () => {
    const line = (mid: number, ssrc: number, more = '') =>
      `m=video 3000 RTP/AVP 96\r\na=mid:${mid}\r\na=rtpmap:96 VP8/90000\r\na=ssrc:${ssrc} cname:x\r\n${more}`;
    const media = { payloadType: 96, clock: 90_000, start: START };
    const video = (ssrc: number, count: number, [from, to] = [ROOM, GATEWAY]) =>
      flow({ from: [String(from), 3000], to: [String(to), 3000], ssrc, count, ...media });
    const bundled = written({
      'bundle.pcap': pcapOf(
        merged(merged(video(11, 300), video(12, 200)), merged(video(21, 250, [GATEWAY, ROOM]), video(13, 150))),
      ),
      'bundle.sdp': `v=0\r\nc=IN IP4 192.0.2.7\r\na=group:BUNDLE 0 1 2\r\n${line(0, 12)}${line(1, 11)}a=ssrc:21 cname:x\r\n${line(2, 13, 'a=content:slides\r\n')}`,
    });
    const [capture = '', description = ''] = Object.values(bundled);
    const { legs } = await document([capture, '--device', ROOM, '--sdp', description]);
    const items: readonly Record<string, unknown>[] = legs[0].report.quality.mediaQualityList;
    expect(
      items.map((item) => [item['@odata.type'], item['channelIndex'], item['inboundPackets'], item['outboundPackets']]),
    ).toEqual([
      ['#microsoft.graph.teleconferenceDeviceVideoQuality', 1, 200, 0],
      ['#microsoft.graph.teleconferenceDeviceVideoQuality', 2, 300, 250],
      ['#microsoft.graph.teleconferenceDeviceScreenSharingQuality', 1, 150, 0],
    ]);
  });

  it('need no signalling where the device is named', async () => {
    const [leg] = (await document([file('both.pcap'), '--device', ROOM])).legs;
    expect(leg).toMatchObject({
      device: ROOM,
      report: {
        quality: {
          deviceName: 'unknown device',
          deviceDescription: ROOM,
          mediaQualityList: [{ channelIndex: 1, inboundPackets: 495, outboundPackets: 500, mediaDuration: 'PT9.985S' }],
        },
      },
    });
    expect(leg).not.toHaveProperty('callId');
  });

  it('are shown to people with the reason for each figure that is absent', async () => {
    const { out } = await analyze([path]);
    expect(out).toContain(
      `Leg of ${ROOM} (TANDBERG/520), call call-1@room; in = from the device, out = to the device\n`,
    );
    expect(out).toMatch(/audio 1, 10\.0 s +packets in +491 +observed/);
    expect(out).toMatch(/loss in +1\.01 % +2\.00 % +observed/);
    expect(out).toMatch(/loss out +none: the device sent no reports/);
  });

  it('begin at the answer: no packet before it is one of theirs', async () => {
    const early = flow({ from: [GATEWAY, 3000], to: [ROOM, 2000], ssrc: 0xbbbb, start: START, count: 600 });
    const calls = written({
      'early.pcap': pcapOf(
        merged(early, [
          sip(START - 1, towards, 'INVITE sip:meeting@example.com SIP/2.0', { sdp: sdp(ROOM, 2000) }),
          sip(START - 0.5, back, 'SIP/2.0 183 Session Progress', { tag: 'g', sdp: sdp(GATEWAY, 3000) }),
          sip(START + 7, back, 'SIP/2.0 200 OK', { tag: 'g', sdp: sdp(GATEWAY, 3000) }),
        ]),
      ),
    });
    const [leg] = (await document([calls['early.pcap'] ?? ''])).legs;
    expect(leg.report.quality.mediaQualityList).toMatchObject([{ outboundPackets: 249, inboundPackets: 0 }]);
  });
});

describe('a change of SSRC', () => {
  it('goes on in the same channel: packets, losses and pictures add up', async () => {
    // Payload type 34 is H.263: every packet is a picture here.
    const half = (ssrc: number, start: number) =>
      flow({ from: [ROOM, 2000], to: [GATEWAY, 3000], ssrc, start, count: 350, payloadType: 34, clock: 90_000 });
    const { 'change.pcap': path = '' } = written({ 'change.pcap': pcapOf([...half(1, START), ...half(2, START + 7)]) });
    const [leg] = (await document([path, '--device', ROOM])).legs;
    expect(leg.report.quality.mediaQualityList).toMatchObject([
      { inboundPackets: 700, averageInboundFrameRate: 50.07, averageInboundPacketLossRateInPercentage: 0 },
    ]);
  });
});

// Starts commands, which takes a busy machine many seconds.
describe('what it loads', { timeout: 90_000 }, () => {
  it('is the pure rooms and nothing heavy', () => {
    const script = `
      const { registerHooks } = await import('node:module');
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      const { dispatch } = await import('./src/cli/main.ts');
      const { verbs } = await import('./src/cli/verbs.ts');
      const code = await dispatch(['analyze', '--json', process.argv[1]], { ...process, stdout: process.stderr, stderr: process.stderr, env: {} }, verbs);
      const rooms = new Set(loaded.filter((url) => url.includes('/src/')).map((url) => url.split('/src/')[1].split('/')[0]));
      const packages = new Set(loaded.filter((url) => url.includes('/node_modules/')).map((url) => url.split('/node_modules/')[1].split('/')[0]));
      console.log(JSON.stringify({ code, rooms: [...rooms].sort(), packages: [...packages] }));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script, file('both.pcap')], {
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toEqual({
      code: 0,
      rooms: ['cli', 'config', 'meter', 'model', 'packet', 'quality', 'report', 'session'],
      packages: ['sdp-transform'],
    });
  });
});

describe('time', () => {
  it('is told in the order of the records, also where it runs backwards', async () => {
    const mixed = [inbound[1], inbound[0], ...inbound.slice(2)].flatMap((one) => one ?? []);
    const { 'mixed.pcap': path = '' } = written({ 'mixed.pcap': pcapOf(mixed) });
    const { streams } = await document([path]);
    expect(streams).toMatchObject([{ packets: 495, lost: 5 }]);
  });

  it('may be anything', async () => {
    const { 'ages.pcap': path = '' } = written({
      'ages.pcap': pcapOf(
        [0, 1, 4_000_000_000, 4_000_000_000.02, 5].map((at, index) => ({
          at,
          from: [ROOM, 2000],
          to: [GATEWAY, 3000],
          payload: rtp(index, 160 * index, 7),
        })),
      ),
    });
    const { capture: whole } = await document([path, '--device', ROOM]);
    expect(whole.durationSeconds).toBe(4_000_000_000.02);
  });
});
