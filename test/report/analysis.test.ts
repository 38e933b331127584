import { describe, expect, it } from 'vitest';
import { type AnalysedStream, type Analysis, analysisDocument } from '../../src/report/analysis.ts';
import { analysedLeg, type CapturedLeg } from '../../src/report/analysis-leg.ts';
import { analysisTables } from '../../src/report/analysis-tables.ts';

const CAPTURE = {
  packets: 12,
  rtpPackets: 10,
  rtcpPackets: 1,
  otherPackets: 1,
  malformed: 0,
  captureDropped: 0,
  truncated: false,
} as const;

const STREAM: AnalysedStream = {
  ssrc: 0xffff_ffff,
  source: { address: '2001:db8::1', port: 2000 },
  destination: { address: '10.0.0.1', port: 3000 },
  payloadTypes: [96, 13],
  packets: 10,
  expected: 12,
  lost: 2,
  duplicates: 1,
  reordered: 0,
  restarts: 0,
  octets: 1600,
  firstAt: 1_700_000_000.1234,
  lastAt: 1_700_000_001,
};

const FULL: AnalysedStream = {
  ...STREAM,
  codec: 'H264',
  clockRate: 90_000,
  clockRateOrigin: 'inferred',
  media: 'video',
  loss: 1 / 6,
  maximumLoss: 0.25,
  averageJitter: 0.001_234_567,
  maximumJitter: 0.002,
  rfc3550: { average: 0.003, maximum: 0.004 },
  bitRate: 12_345.6,
  frameRate: 29.966_6,
  roundTrip: { origin: 'sr-rr', average: 0.08, maximum: 0.1, samples: 4 },
  reported: { reports: 5, loss: 0, maximumLoss: 0.5, averageJitter: 0.001, maximumJitter: 0.002 },
};

const documentOf = (analysis: Partial<Analysis>) =>
  analysisDocument({ capture: CAPTURE, streams: [], legs: [], ...analysis });

describe('analysisDocument', () => {
  it('leaves out what is not known', () => {
    const { capture, streams, legs } = JSON.parse(JSON.stringify(documentOf({ streams: [STREAM] })));
    expect(capture).toEqual({
      packets: 12,
      rtpPackets: 10,
      rtcpPackets: 1,
      otherPackets: 1,
      malformed: 0,
      captureDropped: 0,
      durationSeconds: 0,
    });
    expect(streams).toEqual([
      {
        ssrc: 4_294_967_295,
        source: { address: '2001:db8::1', port: 2000 },
        destination: { address: '10.0.0.1', port: 3000 },
        payloadTypes: [96, 13],
        packets: 10,
        expected: 12,
        lost: 2,
        duplicates: 1,
        reordered: 0,
        restarts: 0,
        octets: 1600,
        firstAt: '2023-11-14T22:13:20.123Z',
        lastAt: '2023-11-14T22:13:21.000Z',
      },
    ]);
    expect(legs).toEqual([]);
  });

  it('has ratios in percent, times in seconds to the microsecond, rates rounded', () => {
    const { streams } = documentOf({ streams: [FULL] });
    expect(streams[0]).toMatchObject({
      codec: 'H264',
      clockRate: 90_000,
      clockRateOrigin: 'inferred',
      media: 'video',
      lossPercent: 16.6667,
      maximumLossPercent: 25,
      averageJitterSeconds: 0.001_235,
      maximumJitterSeconds: 0.002,
      rfc3550: { averageJitterSeconds: 0.003, maximumJitterSeconds: 0.004 },
      bitRate: 12_346,
      frameRate: 29.97,
      roundTrip: { origin: 'sr-rr', averageSeconds: 0.08, maximumSeconds: 0.1, samples: 4 },
      reported: {
        reports: 5,
        lossPercent: 0,
        maximumLossPercent: 50,
        averageJitterSeconds: 0.001,
        maximumJitterSeconds: 0.002,
      },
    });
    expect(documentOf({ streams: [{ ...FULL, media: 'audio' }] }).streams[0]).not.toHaveProperty('frameRate');
  });

  it('says how long the capture was and whether it is whole', () => {
    const whole = { ...CAPTURE, firstAt: 10, lastAt: 12.25 };
    expect(documentOf({ capture: whole }).capture).toMatchObject({ durationSeconds: 2.25 });
    expect(documentOf({ capture: whole }).capture).not.toHaveProperty('truncated');
    expect(documentOf({ capture: { ...whole, truncated: true } }).capture).toMatchObject({ truncated: true });
  });

  it('survives times that no calendar has', () => {
    const [stream] = documentOf({ streams: [{ ...STREAM, firstAt: 1e300, lastAt: Number.NaN }] }).streams;
    expect(stream).not.toHaveProperty('firstAt');
    expect(stream).not.toHaveProperty('lastAt');
  });
});

const SLOT = { seconds: 5, coveredSeconds: 5 } as const;
const leg: CapturedLeg = {
  mediaLegId: '00000000-0000-5000-8000-000000000001',
  callId: 'c',
  device: { address: '10.1.0.5', uri: 'sip:room@example.com', name: 'Cisco/CE' },
  startedAt: 100,
  endedAt: 130,
  channels: [{ media: 'video', channelIndex: 1, told: 'sdp', spells: [{ from: 100, to: 130, direction: 'sendrecv' }] }],
  streams: [{ streamId: 'in', mediaLegId: 'x', source: 'capture', direction: 'inbound', clockRate: 90_000 }],
  intervals: [100, 105, 120].map((startedAt) => ({
    ...SLOT,
    streamId: 'in',
    startedAt,
    packets: 100,
    octets: 10_000,
    frames: 50,
    loss: { origin: 'observed', lost: 2, of: 102, unit: 'packets' } as const,
  })),
  assignment: new Map([['in', { media: 'video', channelIndex: 1 } as const]]),
};

describe('analysedLeg', () => {
  it('is the report without the identifiers that nobody knows offline', () => {
    const { device, callId, report } = analysedLeg(leg);
    expect({ device, callId }).toEqual({ device: '10.1.0.5', callId: 'c' });
    expect(report.quality).toMatchObject({
      '@odata.type': '#microsoft.graph.teleconferenceDeviceQuality',
      mediaLegId: leg.mediaLegId,
      deviceName: 'Cisco/CE',
      deviceDescription: 'sip:room@example.com',
    });
    expect(Object.keys(report.quality)).not.toEqual(expect.arrayContaining(['callChainId']));
    expect(Object.keys(report.quality)).not.toEqual(expect.arrayContaining(['participantId']));
    expect(report.quality.mediaQualityList).toMatchObject([
      {
        channelIndex: 1,
        mediaDuration: 'PT30S',
        inboundPackets: 300,
        averageInboundPacketLossRateInPercentage: 1.9608,
        averageInboundBitRate: 8000,
        averageInboundFrameRate: 5,
      },
    ]);
  });

  it('knows a device without a name by its address', () => {
    const { report, deviceName } = analysedLeg({ ...leg, device: { address: '10.1.0.5' } });
    expect(deviceName).toBe('unknown device');
    expect(report.quality.deviceDescription).toBe('10.1.0.5');
  });

  it('takes time that lasts for years as one piece', () => {
    const long = {
      ...leg,
      endedAt: 4e9,
      channels: [
        { media: 'video', channelIndex: 1, told: 'sdp', spells: [{ from: 100, to: 4e9, direction: 'sendrecv' }] },
      ],
    } as const;
    const [channel] = analysedLeg(long).channels;
    expect(channel?.mediaDuration).toBeCloseTo(4e9 - 100, 3);
  });
});

describe('analysisTables', () => {
  const textOf = (analysis: Partial<Analysis>) =>
    analysisTables({ capture: CAPTURE, streams: [], legs: [], ...analysis })
      .map((part) => (typeof part === 'string' ? part : part.map((row) => row.join(' | ')).join('\n')))
      .join('\n');

  it('has a row a stream, every figure with its unit, and a dash for what is absent', () => {
    const text = textOf({ streams: [FULL, STREAM] });
    expect(text).toContain(
      '[2001:db8::1]:2000 | 10.0.0.1:3000 | 0xffffffff | H264/90000 (inferred) | video | 10 | 2 | 16.67 % | 25.00 % | 1.23 ms | 2.00 ms | 80.00 ms | 0.00 %',
    );
    expect(text).toContain(
      '[2001:db8::1]:2000 | 10.0.0.1:3000 | 0xffffffff | type 96, 13 | – | 10 | 2 | – | – | – | – | – | –',
    );
  });

  it('says why a figure is absent', () => {
    const text = textOf({ streams: [STREAM], capture: { ...CAPTURE, encryptedRtcp: 3 } });
    expect(text).toContain(
      'No jitter where the clock is unknown (payload types 13, 96): give --sdp FILE or --clock PT=RATE.',
    );
    expect(text).toContain(
      'No round trip or reported loss where no RTCP of the receiver can be read (3 RTCP packets are encrypted).',
    );
    expect(textOf({ streams: [FULL] })).not.toContain('No ');
    expect(textOf({ legs: [analysedLeg(leg)] })).toContain(' | round trip in | none: the device sent no reports |  | ');
    const streams = leg.streams.map((stream) => ({ ...stream, reportsEncrypted: true as const }));
    expect(textOf({ legs: [analysedLeg({ ...leg, streams })] })).toContain('none: the RTCP is encrypted');
  });

  it('tells what the capture was', () => {
    expect(textOf({})).toBe(
      '12 packets: 10 RTP, 1 RTCP, 1 other\n\nThere is no RTP stream in it. A stream is two packets in a row; encrypted tunnels are not looked into.',
    );
    const odd = {
      ...CAPTURE,
      packets: 1234,
      malformed: 5,
      captureDropped: 1000,
      truncated: true,
      firstAt: 1,
      lastAt: 3.5,
    };
    expect(textOf({ capture: odd })).toContain(
      '1,234 packets in 2.5 s: 10 RTP, 1 RTCP, 1 other; 5 malformed; 1,000 lost by the capture itself; not whole',
    );
    expect(textOf({ capture: { ...CAPTURE, packets: 0 } })).toContain('There is no packet in it.');
  });
});
