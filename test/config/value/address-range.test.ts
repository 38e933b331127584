import { describe, expect, it } from 'vitest';
import { addressRange, isAddressRange } from '../../../src/config/value/address-range.ts';

describe('isAddressRange', () => {
  it.each(['10.1.2.3', '10.1.0.0/16', '0.0.0.0/0', '10.0.0.1/32', '::1', '2001:db8::/48', '::/0', '::1/128'])(
    'takes %s',
    (text) => {
      expect(isAddressRange(text)).toBe(true);
      expect(addressRange.parse(text)).toBe(text);
    },
  );

  it.each([
    '',
    '10.1',
    '10.1.2.256',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/1e1',
    'host',
    ' 10.1.2.3',
    '/8',
  ])('refuses %j', (text) => {
    expect(isAddressRange(text)).toBe(false);
  });
});
