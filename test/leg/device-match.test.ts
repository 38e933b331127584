import { describe, expect, test } from 'vitest';
import { matchDevice, resolveDevice, resolveTenant } from '../../src/leg/device-match.ts';
import type { Device } from '../../src/model/device.ts';
import { computedMillis } from '../meter/cost.ts';

const device = (
  name: string,
  uris: readonly string[],
  addresses: readonly string[] = [],
  more: Partial<Device> = {},
): Device => ({
  name,
  match: { uris, addresses },
  ...more,
});

const nameOf = (devices: readonly Device[], told: { deviceUri?: string; deviceAddress?: string }): string | undefined =>
  matchDevice(devices, told)?.name;

describe('by URI', () => {
  test.each<[string, string, boolean]>([
    ['sip:room@example.com', 'sip:room@example.com', true],
    ['sip:room@example.com', 'SIP:room@EXAMPLE.com', true],
    ['sip:room@example.com', 'sip:Room@example.com', false],
    ['sip:room@example.com', 'sip:room@example.com;transport=tls;user=phone', true],
    ['sip:room@example.com;transport=udp', 'sip:room@example.com', true],
    ['sip:room@example.com', 'sip:room@example.com?subject=x', true],
    ['sip:room@example.com', '"Board; room" <sip:room@example.com;lr>;tag=1', true],
    ['sip:room@example.com', 'sip:room:secret@example.com', true],
    ['sip:room@example.com', 'sip:room@example.com:5060', true],
    ['sip:room@example.com', 'sip:room@example.com:5070', false],
    ['sip:room@example.com', 'sips:room@example.com', false],
    ['sip:room@example.com', 'h323:room@example.com', false],
    ['sip:room@example.com', 'room@example.com', true],
    ['room@example.com', 'sip:Room@example.com', true],
    ['sip:room@[2001:db8::1]', 'sip:room@[2001:DB8::1]:5060', true],
    ['h323:room@gk.example.com', 'h323:room@GK.example.com:1720', true],
    ['h323:room', 'H323:room', true],
    ['boardroom', 'BoardRoom', true],
    ['boardroom', 'h323:boardroom', true],
    ['boardroom', 'boardroom2', false],
    ['+493012345', 'tel:+49-30-12345', true],
    ['tel:+49 (30) 123.45', '+493012345', true],
    ['tel:+493012345', 'tel:+493012345;phone-context=x', true],
    ['+493012345', 'sip:+49-30-12345@sbc.example.com;user=phone', true],
    ['+493012345', 'sip:+493012346@sbc.example.com', false],
    ['493012345', '+493012345', false],
    ['sip:*@rooms.example.com', 'sip:anything@Rooms.example.com', true],
    ['sip:*@rooms.example.com', 'sip:anything@example.com', false],
    ['sip:board*@*.example.com', 'sip:boardroom@a.example.com;x=y', true],
    ['sip:board*@*.example.com', 'sip:Boardroom@a.example.com', false],
    ['*@example.com', 'sip:x@example.com', true],
    ['*@example.com', 'h323:x@example.com', true],
    ['+4930*', 'tel:+493012345', true],
    ['+4930*', 'sip:+493012345@sbc', true],
    ['+4930*', 'tel:+494012345', false],
    ['*room*room*', 'aroombroomc', true],
    ['*room*room*', 'aroomc', false],
    ['ab*ba', 'aba', false],
    ['ab*ba', 'abba', true],
    ['*', 'sip:whoever@example.com', true],
    ['a.c', 'abc', false],
  ])('%s means %s: %s', (uri, deviceUri, want) => {
    expect(nameOf([device('it', [uri])], { deviceUri })).toBe(want ? 'it' : undefined);
  });

  test('exact before pattern, wherever they stand; among equals the first', () => {
    const devices = [
      device('any', ['sip:*@example.com']),
      device('one', ['sip:room@example.com']),
      device('two', ['sip:room@example.com']),
    ];
    expect(nameOf(devices, { deviceUri: 'sip:room@example.com' })).toBe('one');
    expect(nameOf(devices, { deviceUri: 'sip:other@example.com' })).toBe('any');
  });

  test('before the address', () => {
    const devices = [device('address', [], ['10.0.0.1']), device('uri', ['sip:*@example.com'])];
    expect(nameOf(devices, { deviceUri: 'sip:room@example.com', deviceAddress: '10.0.0.1' })).toBe('uri');
    expect(nameOf(devices, { deviceUri: 'sip:room@example.org', deviceAddress: '10.0.0.1' })).toBe('address');
  });

  test('patterns of many stars cost no time', () => {
    const began = computedMillis();
    expect(
      nameOf([device('it', [`sip:${'*a'.repeat(5000)}b`])], { deviceUri: `sip:${'a'.repeat(20_000)}` }),
    ).toBeUndefined();
    expect(computedMillis() - began).toBeLessThan(500);
  });
});

describe('by address', () => {
  const devices = [
    device('site', [], ['10.1.0.0/16', '2001:db8::/32']),
    device('floor', [], ['10.1.2.0/24']),
    device('same floor', [], ['10.1.2.0/24']),
    device('room', [], ['192.0.2.1', '10.1.2.3/32', '2001:db8:1::/48']),
    device('rest', [], ['0.0.0.0/0']),
  ];

  test.each<[string, string | undefined]>([
    ['10.1.9.9', 'site'],
    ['10.1.2.9', 'floor'],
    ['10.1.2.3', 'room'],
    ['192.0.2.1', 'room'],
    ['198.51.100.1', 'rest'],
    ['::ffff:10.1.2.3', 'room'],
    ['2001:db8:2::1', 'site'],
    ['2001:db8:1::1', 'room'],
    ['[2001:db8:1::1]', 'room'],
    ['2001:db8:1::1%eth0', 'room'],
    ['2001:db9::1', undefined],
    ['room.example.com', undefined],
    ['', undefined],
  ])('%s is %s', (deviceAddress, want) => {
    expect(nameOf(devices, { deviceAddress })).toBe(want);
  });

  test('a range that is none matches nothing', () => {
    const broken = device('broken', [], ['10.0.0.0/33', '10.0.0.0/-1', '10.0.0.0/x', 'nonsense', '/8', '']);
    expect(nameOf([broken], { deviceAddress: '10.0.0.1' })).toBeUndefined();
  });

  test('nothing told, nothing matched', () => {
    expect(matchDevice(devices, {})).toBeUndefined();
  });
});

describe('resolveDevice', () => {
  const configured = device('Cisco SX80', [], [], {
    description: 'Bldg 30',
    room: 'Boardroom',
    timeZone: 'Europe/Berlin',
    linkSpeed: 12_500_000,
  });
  const plain = device('Poly G7500', []);
  const uri = { deviceUri: 'sip:room@example.com', deviceAddress: '10.0.0.1' };

  test.each<[string, Parameters<typeof resolveDevice>, { name: string; description: string }]>([
    [
      'PUT before all',
      [{ ...uri, device: { name: 'Mine', description: 'Here' } }, configured, 'UA'],
      { name: 'Mine', description: 'Here' },
    ],
    ['configuration before the wire', [uri, configured, 'UA'], { name: 'Cisco SX80', description: 'Bldg 30' }],
    [
      'each member for itself',
      [{ ...uri, device: { name: 'Mine' } }, configured],
      { name: 'Mine', description: 'Bldg 30' },
    ],
    ['URI where nobody describes', [uri, plain], { name: 'Poly G7500', description: 'sip:room@example.com' }],
    ['address without URI', [{ deviceAddress: '10.0.0.1' }, plain], { name: 'Poly G7500', description: '10.0.0.1' }],
    [
      'User-Agent without configuration',
      [uri, undefined, 'Cisco/CE9'],
      { name: 'Cisco/CE9', description: 'sip:room@example.com' },
    ],
    [
      'blank is not said',
      [{ device: { name: ' ', description: '' } }, undefined, ''],
      { name: 'unknown device', description: '-' },
    ],
    ['nothing', [{}, undefined], { name: 'unknown device', description: '-' }],
  ])('%s', (_, args, want) => {
    expect(resolveDevice(...args)).toMatchObject(want);
  });

  test('carries what the configuration knows of the room, and nothing where none matched', () => {
    expect(resolveDevice({}, configured)).toEqual({
      name: 'Cisco SX80',
      description: 'Bldg 30',
      configured: 'Cisco SX80',
      room: 'Boardroom',
      timeZone: 'Europe/Berlin',
      linkSpeed: 12_500_000,
    });
    expect(resolveDevice({}, undefined)).toEqual({ name: 'unknown device', description: '-' });
  });
});

test.each([
  ['put', 'device', 'default', 'put'],
  [undefined, 'device', 'default', 'device'],
  [undefined, undefined, 'default', 'default'],
  [undefined, undefined, undefined, undefined],
])('tenant of PUT %s, device %s, configuration %s is %s', (put, ofDevice, fallback, want) => {
  const control = put === undefined ? {} : { tenantId: put };
  expect(resolveTenant(control, ofDevice === undefined ? undefined : { tenantId: ofDevice }, fallback)).toBe(want);
});
