import { expect, test } from 'vitest';
import type { LegControl } from '../../../src/model/leg.ts';
import { placesOf } from '../../../src/source/capture/leg-ports.ts';

const SDP = [
  ...['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0'],
  ...['m=audio 30000 RTP/AVP 0', 'a=rtcp:30401'],
  ...['m=video 30002 RTP/AVP 96', 'a=rtpmap:96 H264/90000'],
  ...['a=candidate:1 1 UDP 2130706431 192.0.2.1 31000 typ host', 'm=application 0 UDP/BFCP *', ''],
].join('\r\n');
const AUDIO = { media: 'audio', channelIndex: 1 } as const;
const local = { address: '192.0.2.1', port: 20_000 };
const remote = { address: '10.1.0.5', port: 40_000 };

const cases: readonly { of: string; control: LegControl; ports: number[]; addresses: string[] }[] = [
  { of: 'nothing', control: {}, ports: [], addresses: [] },
  { of: 'a channel', control: { channels: [{ ...AUDIO, local, remote }] }, ports: [20_000], addresses: [] },
  {
    of: 'a channel with RTCP of its own',
    control: { channels: [{ ...AUDIO, local, rtcp: { local: { ...local, port: 20_007 } } }] },
    ports: [20_000, 20_007],
    addresses: [],
  },
  {
    of: 'a session description',
    control: { sdp: { local: SDP } },
    ports: [30_000, 30_401, 30_002, 31_000],
    addresses: [],
  },
  { of: 'the device alone', control: { deviceAddress: '10.1.0.9' }, ports: [], addresses: ['10.1.0.9'] },
  {
    of: 'the device and what it described',
    control: { deviceAddress: '10.1.0.9', sdp: { remote: SDP }, channels: [{ ...AUDIO, remote }] },
    ports: [],
    addresses: ['10.1.0.9', '10.1.0.5', '192.0.2.1'],
  },
  { of: 'a description that is none', control: { sdp: { local: 'nonsense' } }, ports: [], addresses: [] },
  {
    of: 'a port that is none',
    control: { channels: [{ ...AUDIO, local: { ...local, port: 0 } }] },
    ports: [],
    addresses: [],
  },
];

test.each(cases)('from $of', ({ control, ports, addresses }) => {
  expect(placesOf({ mediaLegId: 'leg', startedAt: 0, control, channels: [] })).toEqual({ ports, addresses });
});

test('from a channel as the leg knows it', () => {
  const channels = [{ ...AUDIO, told: 'sdp' as const, local, spells: [] }];
  expect(placesOf({ mediaLegId: 'leg', startedAt: 0, control: {}, channels })).toEqual({
    ports: [20_000],
    addresses: [],
  });
});
