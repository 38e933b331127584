import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endpointsOf, maskAddress, maskEndpoint } from '../../src/report/address.ts';

describe('maskAddress', () => {
  test.each<[string, string | undefined]>([
    ['10.1.2.3', '10.1.2.0'],
    ['192.168.255.255', '192.168.255.0'],
    ['::ffff:10.1.2.3', '10.1.2.0'],
    ['2001:db8:aaaa:bbbb:cccc::1', '2001:db8:aaaa::'],
    ['2001:DB8:0:1::1', '2001:db8::'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['::1', '::'],
    ['fe80::1%eth0', 'fe80::'],
    ['::', '::'],
    ['1::', '1::'],
    ['0:0:a::1', '0:0:a::'],
    ['boardroom.example.com', undefined],
    ['0a1b2c3d.local', undefined],
    ['', undefined],
    ['10.1.2', undefined],
  ])('%s → %s', (address, want) => {
    expect(maskAddress(address)).toBe(want);
  });

  test('two addresses of one network look the same, and a masked one stays as it is', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const masked = maskAddress(address) ?? '';
        expect(isIP(masked)).not.toBe(0);
        expect(maskAddress(masked)).toBe(masked);
      }),
    );
    fc.assert(
      fc.property(fc.ipV4(), fc.nat(255), (address, last) => {
        const neighbour = address.replace(/\d+$/, String(last));
        expect(maskAddress(address)).toBe(maskAddress(neighbour));
      }),
    );
  });

  test('an endpoint keeps its port', () => {
    expect(maskEndpoint({ address: '10.1.2.3', port: 5004 })).toEqual({ address: '10.1.2.0', port: 5004 });
    expect(maskEndpoint({ address: 'room.local', port: 5004 })).toEqual({ port: 5004 });
    expect(maskEndpoint({})).toEqual({});
  });
});

describe('endpointsOf', () => {
  const local = { address: '10.0.0.1', port: 5000 };
  const remote = { address: '10.9.0.1', port: 5001 };

  test('takes the pair on the wire', () => {
    const leg = { control: { deviceAddress: '192.0.2.9' } };
    expect(endpointsOf(leg, { local, remote })).toEqual({ local, remote });
  });

  test.each([
    ['no pair is known', undefined],
    ['the pair has a name instead of an address', { address: 'f1e2.local', port: 5001 }],
  ])('falls back to the signalling address when %s', (_, wire) => {
    const leg = { control: { deviceAddress: '192.0.2.9' } };
    expect(endpointsOf(leg, wire === undefined ? {} : { remote: wire })).toEqual({
      local: {},
      remote: { address: '192.0.2.9' },
    });
  });

  test('leaves out a zone, port 0, a port that is none, and a device that told a name', () => {
    const leg = { control: { deviceAddress: 'room.example.com' } };
    expect(endpointsOf(leg, { local: { address: 'fe80::1%eth0', port: 0 } })).toEqual({
      local: { address: 'fe80::1' },
      remote: {},
    });
    expect(endpointsOf(leg, { remote: { address: '10.0.0.1', port: 70_000 } }).remote).toEqual({ address: '10.0.0.1' });
  });
});
