import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText, addressWords } from '../../src/packet/address.ts';

const words = (text: string): Int32Array => {
  const digits = text.replaceAll(' ', '');
  return Int32Array.from([0, 8, 16, 24], (at) => Number.parseInt(digits.slice(at, at + 8), 16) | 0);
};

describe('addressText', () => {
  it.each([
    ['00000000 00000000 00000000 00000000', '::'],
    ['00000000 00000000 00000000 00000001', '::1'],
    ['20010db8 00000000 00000000 00000001', '2001:db8::1'],
    ['20010db8 00000001 00010001 00010001', '2001:db8:0:1:1:1:1:1'],
    ['20010db8 00000000 00010000 00000001', '2001:db8::1:0:0:1'],
    ['20010db8 00010000 00000000 00000000', '2001:db8:1::'],
    ['fe800000 00000000 0202b3ff fe1e8329', 'fe80::202:b3ff:fe1e:8329'],
    ['00000000 00000000 0000ffff c0000201', '::ffff:192.0.2.1'],
  ])('writes %s as RFC 5952 has it', (octets, text) => {
    expect(addressText(words(octets), 6)).toBe(text);
  });

  it('writes IPv4 from the last word', () => {
    expect(addressText(Int32Array.of(0, 0, 0, 0xff000201 | 0), 4)).toBe('255.0.2.1');
  });

  it('is always an address, and the same as the URL parser writes', () => {
    const word = fc.oneof(fc.constant(0), fc.integer(), fc.nat(0xffff));
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (four) => {
        const text = addressText(Int32Array.from(four), 6);
        expect(isIPv6(text)).toBe(true);
        if (!text.includes('.')) expect(`[${text}]`).toBe(new URL(`http://[${text}]`).hostname);
      }),
    );
  });
});

describe('addressWords', () => {
  it.each([
    ['192.0.2.1', '00000000 00000000 00000000 c0000201'],
    ['255.255.255.255', '00000000 00000000 00000000 ffffffff'],
    ['::', '00000000 00000000 00000000 00000000'],
    ['2001:DB8::1', '20010db8 00000000 00000000 00000001'],
    ['2001:db8:0:0:0:0:0:1', '20010db8 00000000 00000000 00000001'],
    ['fe80::', 'fe800000 00000000 00000000 00000000'],
    ['1:2:3:4:5:6:7:8', '00010002 00030004 00050006 00070008'],
    ['::ffff:192.0.2.1', '00000000 00000000 0000ffff c0000201'],
    ['64:ff9b::192.0.2.1', '0064ff9b 00000000 00000000 c0000201'],
  ])('reads %s', (text, octets) => {
    expect(addressWords(text)).toEqual(words(octets));
  });

  it.each(['', 'room.example.com', '1.2.3', '1.2.3.256', '2001:db8', 'fe80::1%eth0', ':::'])('refuses %j', (text) => {
    expect(addressWords(text)).toBeUndefined();
  });

  it('reads what addressText writes', () => {
    const word = fc.oneof(fc.constant(0), fc.constant(0xffff), fc.integer(), fc.nat(0xffff));
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), (four) => {
        const own = Int32Array.from(four);
        expect(addressWords(addressText(own, 6))).toEqual(own);
        const quad = Int32Array.of(0, 0, 0, own[3] ?? 0);
        expect(addressWords(addressText(quad, 4))).toEqual(quad);
      }),
    );
  });
});
