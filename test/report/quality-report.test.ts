import type {
  TeleconferenceDeviceAudioQuality,
  TeleconferenceDeviceQuality,
  TeleconferenceDeviceScreenSharingQuality,
  TeleconferenceDeviceVideoQuality,
} from '@microsoft/microsoft-graph-types';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { fromIsoDuration } from '../../src/report/duration.ts';
import type { MediaQuality, ReportOptions } from '../../src/report/media-quality.ts';
import { type QualityReport, qualityReport } from '../../src/report/quality-report.ts';
import { channels, LEG, legs, measured, options, summary } from './summaries.ts';

const PLAIN: ReportOptions = { addresses: 'full', pacedJitter: 'send' };

const itemOf = (
  channel: Parameters<typeof qualityReport>[1][number],
  more: Partial<ReportOptions> = {},
  leg = LEG,
): MediaQuality => {
  const item = qualityReport(leg, [channel], { ...PLAIN, ...more })?.quality.mediaQualityList[0];
  if (item === undefined) throw new Error('no report');
  return item;
};

const EVERYTHING = {
  inboundPackets: 5500.4,
  outboundPackets: 5399.6,
  averageInboundPacketLossRateInPercentage: 0.0001,
  averageOutboundPacketLossRateInPercentage: 0.0002,
  maximumInboundPacketLossRateInPercentage: 0.0005,
  maximumOutboundPacketLossRateInPercentage: 1,
  averageInboundRoundTripDelay: 0.03,
  averageOutboundRoundTripDelay: 0.04,
  maximumInboundRoundTripDelay: 0.13,
  maximumOutboundRoundTripDelay: 0.14,
  averageInboundJitter: 0.01,
  averageOutboundJitter: 0.015,
  maximumInboundJitter: 0.0234567,
  maximumOutboundJitter: 1e-7,
  averageInboundBitRate: 1_234_567.8,
  averageOutboundBitRate: 900_000,
  averageInboundFrameRate: 29.9666,
  averageOutboundFrameRate: 30,
} as const;

describe('a report', () => {
  test('is complete for a video channel, in the order of Graph’s documentation', () => {
    const leg = { ...LEG, device: { ...LEG.device, linkSpeed: 12_500_000 } };
    const local = { address: '10.0.0.1', port: 6300 };
    const remote = { address: '2001:db8::7', port: 6301 };
    const cloudService = {
      name: 'contoso.cloudapp.net',
      deploymentId: 'd1',
      environment: 'ProdNoam',
      instance: 'FrontEnd_IN_3',
    };
    const body = qualityReport(
      leg,
      [summary('video', EVERYTHING, { mediaDuration: 1200.0004, local, remote, channelIndex: 2 })],
      {
        ...PLAIN,
        cloudService,
      },
    );
    expect(JSON.stringify(body, undefined, 1)).toBe(
      JSON.stringify(
        {
          quality: {
            '@odata.type': '#microsoft.graph.teleconferenceDeviceQuality',
            callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
            participantId: 'ea078406-b5d4-4d3c-b85e-90103dcec7f6',
            mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
            deviceName: 'Cisco SX80',
            deviceDescription: 'VTC Bldg 30/21',
            cloudServiceName: 'contoso.cloudapp.net',
            cloudServiceDeploymentId: 'd1',
            cloudServiceDeploymentEnvironment: 'ProdNoam',
            cloudServiceInstanceName: 'FrontEnd_IN_3',
            mediaQualityList: [
              {
                '@odata.type': '#microsoft.graph.teleconferenceDeviceVideoQuality',
                channelIndex: 2,
                mediaDuration: 'PT1200S',
                networkLinkSpeedInBytes: 12_500_000,
                localIPAddress: '10.0.0.1',
                localPort: 6300,
                remoteIPAddress: '2001:db8::7',
                remotePort: 6301,
                inboundPackets: 5500,
                outboundPackets: 5400,
                averageInboundPacketLossRateInPercentage: 0.01,
                averageOutboundPacketLossRateInPercentage: 0.02,
                maximumInboundPacketLossRateInPercentage: 0.05,
                maximumOutboundPacketLossRateInPercentage: 100,
                averageInboundRoundTripDelay: 'PT0.03S',
                averageOutboundRoundTripDelay: 'PT0.04S',
                maximumInboundRoundTripDelay: 'PT0.13S',
                maximumOutboundRoundTripDelay: 'PT0.14S',
                averageInboundJitter: 'PT0.01S',
                averageOutboundJitter: 'PT0.015S',
                maximumInboundJitter: 'PT0.023457S',
                maximumOutboundJitter: 'PT0.015S',
                averageInboundBitRate: 1_234_568,
                averageOutboundBitRate: 900_000,
                averageInboundFrameRate: 29.97,
                averageOutboundFrameRate: 30,
              },
            ],
          },
        },
        undefined,
        1,
      ),
    );
  });

  test.each([
    ['the call', { participantId: LEG.control.participantId ?? '' }],
    ['the participant', { callChainId: LEG.control.callChainId ?? '' }],
  ])('does not exist while %s is unknown', (_, control) => {
    expect(qualityReport({ ...LEG, control }, [summary('audio', {})], PLAIN)).toBeUndefined();
  });

  test('does not exist for a leg that never had a channel', () => {
    expect(qualityReport(LEG, [], PLAIN)).toBeUndefined();
  });

  test('lists audio, video, screen sharing, each by index, whatever order they come in', () => {
    const given = [
      summary('screenSharing', {}),
      summary('video', {}, { channelIndex: 10 }),
      summary('video', {}, { channelIndex: 2 }),
      summary('audio', {}),
    ];
    const list = qualityReport(LEG, given, PLAIN)?.quality.mediaQualityList ?? [];
    expect(list.map((item) => `${item['@odata.type'].slice(37)} ${item.channelIndex}`)).toEqual([
      'AudioQuality 1',
      'VideoQuality 2',
      'VideoQuality 10',
      'ScreenSharingQuality 1',
    ]);
  });

  test('leaves out what nobody measured', () => {
    expect(itemOf(summary('screenSharing', { inboundPackets: 0 }))).toEqual({
      '@odata.type': '#microsoft.graph.teleconferenceDeviceScreenSharingQuality',
      channelIndex: 1,
      mediaDuration: 'PT60S',
      inboundPackets: 0,
    });
  });

  test('has no rates for audio', () => {
    expect(Object.keys(itemOf(summary('audio', EVERYTHING))).filter((name) => name.endsWith('Rate'))).toEqual([]);
  });

  test('leaves addresses and ports out where the configuration says so', () => {
    const endpoint = { address: '10.0.0.1', port: 6300 };
    const leg = { ...LEG, control: { ...LEG.control, deviceAddress: '10.0.0.9' } };
    const item = itemOf(
      summary('audio', { inboundPackets: 1 }, { local: endpoint, remote: endpoint }),
      { addresses: 'omit' },
      leg,
    );
    expect(Object.keys(item)).toEqual(['@odata.type', 'channelIndex', 'mediaDuration', 'inboundPackets']);
  });

  test('says the signalling address where no media pair is known', () => {
    const leg = { ...LEG, control: { ...LEG.control, deviceAddress: '10.0.0.9' } };
    expect(itemOf(summary('audio', {}), {}, leg)).toMatchObject({ remoteIPAddress: '10.0.0.9' });
    expect(itemOf(summary('audio', {}), {}, leg)).not.toHaveProperty('remotePort');
  });

  test.each<[ReportOptions['pacedJitter'], readonly string[]]>([
    ['send', ['averageInboundRoundTripDelay', 'averageInboundJitter', 'averageOutboundJitter']],
    ['omit', ['averageInboundRoundTripDelay', 'averageOutboundJitter']],
  ])('with pacedJitter %s has %j', (pacedJitter, want) => {
    const paced = measured('averageInboundJitter', 0.02, { origin: 'paced' });
    const delay = measured('averageInboundRoundTripDelay', 0.02, { origin: 'paced' });
    const channel = summary('video', {
      averageInboundJitter: paced,
      averageInboundRoundTripDelay: delay,
      averageOutboundJitter: 0.01,
    });
    expect(Object.keys(itemOf(channel, { pacedJitter })).slice(3)).toEqual(want);
  });

  test.each([
    [0.49, false],
    [0.5, true],
  ])('has a loss rate of coverage %d: %s; other figures stay', (coverage, there) => {
    const loss = measured('averageInboundPacketLossRateInPercentage', 0.1, { coverage });
    const jitter = measured('averageInboundJitter', 0.01, { coverage });
    const item = itemOf(
      summary('audio', { averageInboundPacketLossRateInPercentage: loss, averageInboundJitter: jitter }),
    );
    expect('averageInboundPacketLossRateInPercentage' in item).toBe(there);
    expect(item.averageInboundJitter).toBe('PT0.01S');
  });

  test.each([
    ['a ratio above 1', 'averageInboundPacketLossRateInPercentage', 1.02, 100],
    ['a ratio below 0', 'averageInboundPacketLossRateInPercentage', -0.02, 0],
    ['a ratio that is none', 'averageInboundPacketLossRateInPercentage', Number.NaN, undefined],
    ['an infinite time', 'averageInboundJitter', Number.POSITIVE_INFINITY, undefined],
    ['packets that are not counted', 'inboundPackets', Number.NaN, undefined],
  ] as const)('never says %s', (_, name, value, want) => {
    expect(itemOf(summary('audio', { [name]: value }))[name]).toBe(want);
  });

  test.each([
    [undefined, undefined],
    [0, undefined],
    [1_250_000.4, 1_250_000],
  ])('says a link speed of %s octets per second as %s', (linkSpeed, want) => {
    const device = { ...LEG.device, ...(linkSpeed === undefined ? {} : { linkSpeed }) };
    expect(itemOf(summary('audio', {}), {}, { ...LEG, device }).networkLinkSpeedInBytes).toBe(want);
  });

  test('is the same text whenever it is made, and has every average at or below its maximum', () => {
    fc.assert(
      fc.property(legs, channels, options, (leg, list, configured) => {
        const report = qualityReport(leg, list, configured);
        expect(JSON.stringify(qualityReport(leg, list.toReversed(), configured))).toBe(JSON.stringify(report));
        for (const item of report?.quality.mediaQualityList ?? []) {
          for (const [name, value] of Object.entries(item)) {
            expect(value).not.toBeNull();
            const maximum: unknown = Reflect.get(item, name.replace('average', 'maximum'));
            if (name.startsWith('average') && maximum !== undefined)
              expect(number(value)).toBeLessThanOrEqual(number(maximum));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

const number = (value: unknown): number =>
  typeof value === 'string' ? (fromIsoDuration(value) ?? Number.NaN) : Number(value);

test('the body is what Microsoft’s typings want, with the type annotations that they lack', () => {
  expectTypeOf<Mutable<QualityReport['quality']>>().toExtend<TeleconferenceDeviceQuality>();
  expectTypeOf<MediaQuality>().toExtend<TeleconferenceDeviceAudioQuality>();
  expectTypeOf<MediaQuality>().toExtend<TeleconferenceDeviceVideoQuality>();
  expectTypeOf<MediaQuality>().toExtend<TeleconferenceDeviceScreenSharingQuality>();
  expectTypeOf<Exclude<keyof MediaQuality, keyof TeleconferenceDeviceVideoQuality>>().toEqualTypeOf<'@odata.type'>();
  expectTypeOf<
    Exclude<keyof QualityReport['quality'], keyof TeleconferenceDeviceQuality>
  >().toEqualTypeOf<'@odata.type'>();
});

/** Microsoft's list is writable; ours is not, and that is no difference on the wire. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };
