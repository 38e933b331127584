import { expect, it } from 'vitest';
import { wireAddress } from '../../src/session/wire-address.ts';

it.each([
  ['10.1.0.5', '10.1.0.5'],
  ['2001:db8::5', '2001:db8::5'],
  ['2001:0DB8:0000:0000:0000:0000:0000:0005', '2001:db8::5'],
  ['2001:db8:0:0:1::', '2001:db8:0:0:1::'],
  ['::ffff:10.1.0.5', '10.1.0.5'],
  ['::FFFF:a01:5', '10.1.0.5'],
  ['::ffff:0:0', '0.0.0.0'],
  ['fe80::1%eth0', 'fe80::1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['room.example.com', 'room.example.com'],
  ['', ''],
])('%s is %s on the wire', (told, shown) => {
  expect(wireAddress(told)).toBe(shown);
});
