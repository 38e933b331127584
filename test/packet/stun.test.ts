import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readStun } from '../../src/packet/stun.ts';
import { concat, hex, u16, viewOf } from './wire.ts';

const COOKIE = hex('2112a442');
const ID = hex('b7e7a701 bc34d686 fa87dfae');

const message = (type: number, attributes: Uint8Array = new Uint8Array(0)): Uint8Array =>
  concat(u16(type), u16(attributes.length), COOKIE, ID, attributes);

function read(octets: Uint8Array, captured = octets.length) {
  const chunk = concat(octets, new Uint8Array(40));
  return readStun(viewOf(chunk), 0, captured, octets.length);
}

describe('readStun', () => {
  it.each([
    [0x0001, 'request', 1],
    [0x0011, 'indication', 1],
    [0x0101, 'success', 1],
    [0x0111, 'error', 1],
    [0x0016, 'indication', 6],
    [0x0017, 'indication', 7],
    [0x0109, 'success', 9],
    [0x3eef, 'request', 0xfff],
  ])('reads class and method of %i', (type, kind, method) => {
    expect(read(message(type))).toEqual({ class: kind, method, transactionId: 'b7e7a701bc34d686fa87dfae' });
  });

  // RFC 5769, 2.2 and 2.3: the mapped addresses of its sample responses.
  it.each([
    ['IPv4', hex('0020 0008 0001 a147 e112a643'), { address: '192.0.2.1', port: 32_853 }],
    [
      'IPv6',
      hex('0020 0014 0002 a147 0113a9faa5d3f179bc25f4b5bed2b9d9'),
      { address: '2001:db8:1234:5678:11:2233:4455:6677', port: 32_853 },
    ],
    ['plain', hex('0001 0008 0001 8055 c0000201'), { address: '192.0.2.1', port: 32_853 }],
    ['both', hex('0001 0008 0001 0009 0a000001 0020 0008 0001 a147 e112a643'), { address: '192.0.2.1', port: 32_853 }],
  ])('reads the mapped address: %s', (_name, attributes, mappedAddress) => {
    expect(read(message(0x0101, attributes))?.mappedAddress).toEqual(mappedAddress);
  });

  it('finds what TURN carries', () => {
    const attributes = hex('0012 0008 0001 a147 e112a643  0013 0005 8000000102 000000');
    const found = read(message(0x0016, attributes));
    expect(found?.peerAddress).toEqual({ address: '192.0.2.1', port: 32_853 });
    expect(found?.data).toEqual({ start: 36, end: 41, length: 5 });
    expect(read(message(0x0016, attributes), 38)?.data).toEqual({ start: 36, end: 38, length: 5 });
  });

  it('sees a nomination', () => {
    expect(read(message(0x0001, hex('0006 0003 612f6200 0025 0000')))?.useCandidate).toBe(true);
  });

  it('knows classic messages by their longer transaction identifier', () => {
    expect(read(hex('00010000 00000001 00000002 00000003 00000004'))?.transactionId).toBe(
      '00000001000000020000000300000004',
    );
  });

  it.each([
    ['cut within its header', message(1).subarray(0, 19)],
    ['of another length', concat(message(1), hex('00000000'))],
    ['with its two first bits set', concat(hex('8001'), message(1).subarray(2))],
    ['of a length that is no word', concat(hex('0001 0002'), COOKIE, ID, hex('0000'))],
  ])('refuses one that is %s', (_name, octets) => {
    expect(read(octets)).toBeUndefined();
  });

  it('survives any attributes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(84), (noise, captured) => {
        const octets = message(0x0101, noise.subarray(0, noise.length & ~3));
        const found = read(octets, Math.min(octets.length, captured));
        expect(found === undefined).toBe(captured < 20);
        if (found?.data !== undefined) expect(found.data.end).toBeGreaterThanOrEqual(found.data.start);
      }),
    );
  });
});
