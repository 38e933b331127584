import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { ownAddressTest } from '../../../src/source/capture/own-addresses.ts';

const entry = (address: string, internal = false) =>
  address.includes(':')
    ? ({ address, netmask: 'ffff::', family: 'IPv6', mac: '', internal, cidr: null, scopeid: 0 } as const)
    : ({ address, netmask: '255.0.0.0', family: 'IPv4', mac: '', internal, cidr: null } as const);

it('knows the addresses by which a host is reached, however they are written', () => {
  const isOwn = ownAddressTest({
    lo: [entry('127.0.0.1', true), entry('::1', true), entry('192.0.2.80', true)],
    eth0: [entry('10.9.0.1'), entry('2001:db8::a:1')],
    gone: undefined,
  });
  const own = ['10.9.0.1', '2001:db8::a:1', '2001:DB8:0:0:0:0:a:1', '192.0.2.80'];
  const others = ['127.0.0.1', '127.0.0.2', '::1', '10.9.0.2', '2001:db8::a:2', 'room.example.com', ''];
  expect([...own, ...others].filter(isOwn)).toEqual(own);
});

it("reads this host's", () => {
  const isOwn = ownAddressTest(networkInterfaces());
  const known = Object.values(networkInterfaces()).flatMap((entries = []) => entries.filter((one) => !one.internal));
  expect(known.every(({ address }) => isOwn(address))).toBe(true);
});
