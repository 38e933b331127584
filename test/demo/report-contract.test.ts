import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { violations } from '../../src/demo/report-contract.ts';

type Json = Record<string, unknown>;

const seeds = resolve(import.meta.dirname, '../../../shared/seeds');

function seedExample(): Json | undefined {
  try {
    const file = readdirSync(seeds).find((name) => name.startsWith('000')) ?? '';
    const example = /```json\n(\{.*?\n\})\n```/s.exec(readFileSync(resolve(seeds, file), 'utf8'))?.[1];
    return example === undefined ? undefined : JSON.parse(example);
  } catch {
    return undefined;
  }
}

const item = (type: string, members: Json = {}): Json => ({
  '@odata.type': `#microsoft.graph.teleconferenceDevice${type}Quality`,
  channelIndex: 1,
  mediaDuration: 'PT20M',
  localIPAddress: '127.0.0.1',
  localPort: 6300,
  remoteIPAddress: '2001:db8::1',
  remotePort: 0,
  networkLinkSpeedInBytes: 12_500_000,
  inboundPackets: 5500,
  outboundPackets: 5400,
  averageInboundPacketLossRateInPercentage: 0.01,
  maximumInboundPacketLossRateInPercentage: 0.05,
  averageOutboundRoundTripDelay: 'PT0.04S',
  maximumOutboundRoundTripDelay: 'PT0.14S',
  averageInboundJitter: 'PT0.01S',
  maximumInboundJitter: 'PT0.023S',
  ...members,
});

const quality = (list: unknown, members: Json = {}): Json => ({
  '@odata.type': '#microsoft.graph.teleconferenceDeviceQuality',
  callChainId: '0622673d-9f69-49b3-9d4f-5ec64f42ecce',
  participantId: 'EA078406-b5d4-4d3c-b85e-90103dcec7f6',
  mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f',
  deviceName: 'Cisco SX80',
  deviceDescription: 'VTC Bldg 30/21',
  mediaQualityList: list,
  ...members,
});

const report = (members: Json = {}, first: Json = {}): Json => ({
  quality: quality([item('Audio', first), item('Video'), item('ScreenSharing')], members),
});

const without = (value: Json, name: string): Json => {
  const { [name]: _, ...rest } = value;
  return rest;
};

const AUDIO = 'quality.mediaQualityList[0]';

describe('a report that keeps the contract', () => {
  test('has no violations', () => expect(violations(report())).toEqual([]));

  test.skipIf(seedExample() === undefined)("Microsoft's own example passes (needs ../shared/seeds)", () => {
    expect(violations(seedExample())).toEqual([]);
  });

  test('may leave out the type of the quality, and everything that was not measured', () => {
    const bare = { '@odata.type': item('Audio')['@odata.type'], channelIndex: 1 };
    expect(violations({ quality: without(quality([bare]), '@odata.type') })).toEqual([]);
  });

  test('may name the cloud service and the rates of video', () => {
    const video = item('Video', { averageInboundBitRate: 1.5e6, averageOutboundFrameRate: 29.97 });
    const service = { cloudServiceName: 'contoso.cloudapp.net', cloudServiceDeploymentEnvironment: 'ProdNoam' };
    expect(violations({ quality: quality([video], service) })).toEqual([]);
  });

  test('counts the channels of each media apart, in any order', () => {
    const list = [item('Video', { channelIndex: 2 }), item('Audio'), item('Video', { channelIndex: 1 })];
    expect(violations({ quality: quality(list) })).toEqual([]);
  });

  test('an average may equal its maximum', () => {
    const equal = {
      averageInboundPacketLossRateInPercentage: 0.05,
      averageInboundJitter: 'PT0.0230S',
      maximumInboundJitter: 'PT0.023S',
    };
    expect(violations(report({}, equal))).toEqual([]);
  });
});

describe('the envelope', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['no JSON at all', undefined],
    ['null', null],
    ['a text', '{"quality":{}}'],
    ['a bare quality', quality([item('Audio')])],
    ['a list', [report()]],
    ['quality is a list', { quality: [] }],
    ['quality is null', { quality: null }],
  ];
  test.each(cases)('%s is refused', (_, body) => {
    expect(violations(body)).toEqual(['the body is not {"quality": {…}}']);
  });

  test('nothing stands beside quality', () => {
    expect(violations({ ...report(), tenantId: 'x' })).toEqual(['tenantId: stands beside quality']);
  });
});

describe('the quality', () => {
  const required = [
    'callChainId',
    'participantId',
    'mediaLegId',
    'deviceName',
    'deviceDescription',
    'mediaQualityList',
  ];
  test.each(required)('%s must be there', (name) => {
    expect(violations({ quality: without(quality([item('Audio')]), name) })).toEqual([`quality.${name}: is missing`]);
  });

  const wrong: readonly (readonly [string, Json, string])[] = [
    ['a GUID in braces', { callChainId: '{0622673d-9f69-49b3-9d4f-5ec64f42ecce}' }, 'callChainId'],
    ['a GUID without hyphens', { callChainId: '0622673d9f6949b39d4f5ec64f42ecce' }, 'callChainId'],
    ['a GUID of other letters', { participantId: '0622673g-9f69-49b3-9d4f-5ec64f42ecce' }, 'participantId'],
    ['a GUID with a line after it', { mediaLegId: 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f\nx' }, 'mediaLegId'],
    ['a number for a GUID', { mediaLegId: 7 }, 'mediaLegId'],
    ['an empty device name', { deviceName: '' }, 'deviceName'],
    ['a blank description', { deviceDescription: '  ' }, 'deviceDescription'],
    ['null for a name', { deviceName: null }, 'deviceName'],
    ['null for an optional name', { cloudServiceName: null }, 'cloudServiceName'],
    ['an unknown property', { deviceModel: 'SX80' }, 'deviceModel'],
    ['a property in other letters', { devicename: 'SX80' }, 'devicename'],
    ['the type of something else', { '@odata.type': '#microsoft.graph.call' }, '@odata.type'],
    ['a type without its number sign', { '@odata.type': 'microsoft.graph.teleconferenceDeviceQuality' }, '@odata.type'],
  ];
  test.each(wrong)('%s is refused', (_, members, name) => {
    expect(violations(report(members))).toEqual([expect.stringMatching(`^quality\\.${name}: `)]);
  });

  test.each([[[]], [{}], ['x']])('a list of media that is %j is refused', (list) => {
    expect(violations({ quality: quality(list) })).toEqual([
      expect.stringMatching('^quality.mediaQualityList: is not'),
    ]);
  });

  test('several violations are told at once', () => {
    expect(violations(report({ callChainId: 'x', extra: 1 }, { localPort: -1 }))).toHaveLength(3);
  });
});

describe('a channel', () => {
  const wrong: readonly (readonly [string, Json, string])[] = [
    ['index 0', { channelIndex: 0 }, 'channelIndex'],
    ['a fractional index', { channelIndex: 1.5 }, 'channelIndex'],
    ['an index as text', { channelIndex: '1' }, 'channelIndex'],
    ['duration 30ms', { mediaDuration: '30ms' }, 'mediaDuration'],
    ['a duration with an exponent', { averageOutboundRoundTripDelay: 'PT1e-7S' }, 'averageOutboundRoundTripDelay'],
    ['weeks', { mediaDuration: 'P1W' }, 'mediaDuration'],
    ['months', { mediaDuration: 'P1M' }, 'mediaDuration'],
    ['a negative duration', { averageInboundJitter: '-PT0.01S' }, 'averageInboundJitter'],
    ['a duration of nothing', { mediaDuration: 'P' }, 'mediaDuration'],
    ['a duration that ends with T', { mediaDuration: 'P1DT' }, 'mediaDuration'],
    ['a duration without a leading digit', { averageInboundJitter: 'PT.01S' }, 'averageInboundJitter'],
    ['seconds as a number', { averageInboundJitter: 0.01 }, 'averageInboundJitter'],
    ['a duration of .NET that Graph does not take', { mediaDuration: '00:20:00' }, 'mediaDuration'],
    ['more decimals than 100 ns', { averageInboundJitter: 'PT0.01000001S' }, 'averageInboundJitter'],
    [
      'a percentage as text',
      { averageInboundPacketLossRateInPercentage: '0.01%' },
      'averageInboundPacketLossRateInPercentage',
    ],
    [
      'a percentage of 250',
      { maximumInboundPacketLossRateInPercentage: 250 },
      'maximumInboundPacketLossRateInPercentage',
    ],
    [
      'a negative percentage',
      { averageInboundPacketLossRateInPercentage: -0.1 },
      'averageInboundPacketLossRateInPercentage',
    ],
    [
      'the percentage INF',
      { averageOutboundPacketLossRateInPercentage: 'INF' },
      'averageOutboundPacketLossRateInPercentage',
    ],
    [
      'an infinite percentage',
      { averageOutboundPacketLossRateInPercentage: Infinity },
      'averageOutboundPacketLossRateInPercentage',
    ],
    [
      'null for a percentage',
      { averageInboundPacketLossRateInPercentage: null },
      'averageInboundPacketLossRateInPercentage',
    ],
    ['null for a duration', { averageInboundJitter: null }, 'averageInboundJitter'],
    ['null for the index', { channelIndex: null }, 'channelIndex'],
    ['half a packet', { inboundPackets: 5500.5 }, 'inboundPackets'],
    ['fewer than no packets', { outboundPackets: -1 }, 'outboundPackets'],
    ['packets as text', { inboundPackets: '5500' }, 'inboundPackets'],
    ['port 65536', { localPort: 65_536 }, 'localPort'],
    ['a port as text', { remotePort: '6301' }, 'remotePort'],
    ['a name for an address', { localIPAddress: 'gateway.example.com' }, 'localIPAddress'],
    ['an address with its port', { remoteIPAddress: '10.0.0.1:6300' }, 'remoteIPAddress'],
    ['an address that cannot be', { remoteIPAddress: '10.0.0.256' }, 'remoteIPAddress'],
    ['an address with a zone', { remoteIPAddress: 'fe80::1%eth0' }, 'remoteIPAddress'],
    ['an empty address', { localIPAddress: '' }, 'localIPAddress'],
    ['a fractional link speed', { networkLinkSpeedInBytes: 1.5 }, 'networkLinkSpeedInBytes'],
    ['a bit rate of audio', { averageInboundBitRate: 64_000 }, 'averageInboundBitRate'],
    ['a frame rate of audio', { averageOutboundFrameRate: 30 }, 'averageOutboundFrameRate'],
    ['an unknown property', { jitter: 'PT0.01S' }, 'jitter'],
    [
      'an average loss above its maximum',
      { averageInboundPacketLossRateInPercentage: 0.06 },
      'averageInboundPacketLossRateInPercentage',
    ],
    ['an average jitter above its maximum', { averageInboundJitter: 'PT0.0231S' }, 'averageInboundJitter'],
    ['an average delay above its maximum', { averageOutboundRoundTripDelay: 'PT1M' }, 'averageOutboundRoundTripDelay'],
  ];
  test.each(wrong)('%s is refused', (_, members, name) => {
    const found = violations(report({}, members));
    expect(found).toContainEqual(expect.stringMatching(`^quality\\.mediaQualityList\\[0\\]\\.${name}: `));
    expect(found.every((violation) => violation.includes('channelIndex') || violation.includes(name))).toBe(true);
  });

  test.each([['averageInboundBitRate'], ['averageOutboundFrameRate']])('%s of video is never negative', (name) => {
    expect(violations({ quality: quality([item('Video', { [name]: -1 })]) })).toHaveLength(1);
  });

  test('the index must be there', () => {
    const found = violations({ quality: quality([without(item('Audio'), 'channelIndex')]) });
    expect(found).toContain(`${AUDIO}.channelIndex: is missing`);
  });

  const types: readonly (readonly [string, unknown])[] = [
    ['no type', undefined],
    ['the abstract type', '#microsoft.graph.teleconferenceDeviceMediaQuality'],
    ['a type in other letters', '#microsoft.graph.teleconferencedeviceaudioquality'],
    ['no number sign', 'microsoft.graph.teleconferenceDeviceAudioQuality'],
    ['null', null],
  ];
  test.each(types)('%s is refused', (_, type) => {
    const body = { quality: quality([{ ...item('Audio'), '@odata.type': type }]) };
    expect(violations(body)).toEqual([expect.stringMatching('is not a concrete media quality')]);
  });

  test.each([[null], ['x'], [[]]])('%j is no channel', (value) => {
    expect(violations({ quality: quality([value]) })).toEqual([`${AUDIO}: is not an object`]);
  });

  const indexes: readonly (readonly [string, readonly number[]])[] = [
    ['a hole', [1, 3]],
    ['a repetition', [1, 1]],
    ['a begin at two', [2]],
  ];
  test.each(indexes)('channels with %s are refused', (_, list) => {
    const body = { quality: quality(list.map((channelIndex) => item('Video', { channelIndex }))) };
    expect(violations(body)).toEqual([
      expect.stringMatching('^quality.mediaQualityList: channelIndex of .*VideoQuality is'),
    ]);
  });
});

describe('whatever comes', () => {
  test('it answers instead of throwing', () => {
    fc.assert(fc.property(fc.anything(), (body) => violations(body).length > 0));
    fc.assert(fc.property(fc.array(fc.anything()), (list) => Array.isArray(violations({ quality: quality(list) }))));
  });

  test('one wrong member of a right report is always seen', () => {
    const members = Object.keys(item('Audio'));
    fc.assert(
      fc.property(fc.constantFrom(...members), fc.constantFrom(null, {}, [], true, 'x y', -7), (name, value) => {
        expect(violations(report({}, { [name]: value }))).not.toEqual([]);
      }),
    );
  });
});
