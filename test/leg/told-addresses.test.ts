import { expect, it } from 'vitest';
import { newLeg, patched } from '../../src/leg/control.ts';

const context = {
  owner: 'here',
  devices: [{ name: 'SX80', description: 'd', match: { addresses: ['10.1.0.0/16'], uris: [] } }],
};

it.each([
  ['::ffff:10.1.0.5', '::ffff:10.0.0.1', '10.1.0.5', '10.0.0.1'],
  ['2001:DB8:0:0::5', '2001:0db8::0009', '2001:db8::5', '2001:db8::9'],
  ['fe80::5%eth0', '10.0.0.1', 'fe80::5', '10.0.0.1'],
])('sockets told as %s and %s are those that the packets show', (device, gateway, remote, local) => {
  const told = {
    deviceAddress: device,
    channels: [
      {
        media: 'audio' as const,
        channelIndex: 1,
        local: { address: gateway, port: 6004 },
        remote: { address: device, port: 5004 },
        rtcp: { local: { address: gateway, port: 6105 } },
      },
    ],
  };
  const leg = patched(newLeg('a', 100, context), told, 100, context);
  const ends = { local: { address: local, port: 6004 }, remote: { address: remote, port: 5004 } };
  expect(leg.channels).toMatchObject([ends]);
  expect(leg.control.deviceAddress).toBe(remote);
  expect(leg.control.channels).toEqual([
    { media: 'audio', channelIndex: 1, ...ends, rtcp: { local: { address: local, port: 6105 } } },
  ]);
  expect(leg.device.configured).toBe(remote === '10.1.0.5' ? 'SX80' : undefined);
});
