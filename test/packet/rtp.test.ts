import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RtpHeader, readRtp } from '../../src/packet/rtp.ts';
import { concat, hex, rtpPacket, u8, u16, viewOf } from './wire.ts';

function read(packet: Uint8Array, captured = packet.length): RtpHeader | undefined {
  const chunk = concat(new Uint8Array(3).fill(0xee), packet, new Uint8Array(9).fill(0xee));
  const out = new RtpHeader();
  return readRtp(viewOf(chunk), 3, 3 + captured, packet.length, out) ? out : undefined;
}

const fixed = hex(`
  80 e0                 // V=2, marker, payload type 96
  ff fe                 // sequence 65,534
  ff ff ff f0           // timestamp 2^32 - 16
  de ad be ef           // SSRC
`);

describe('readRtp', () => {
  it('reads the fixed header', () => {
    expect(read(concat(fixed, new Uint8Array(7)))).toMatchObject({
      marker: true,
      payloadType: 96,
      sequence: 65_534,
      timestamp: -16,
      ssrc: 0xdeadbeef | 0,
      csrcCount: 0,
      payloadStart: 15,
      payloadLength: 7,
      paddingLength: 0,
    });
  });

  it.each<[name: string, packet: Uint8Array, start: number, length: number, padding: number]>([
    ['no payload', fixed, 12, 0, 0],
    ['two CSRCs', concat(u8(0x82), fixed.subarray(1), new Uint8Array(8 + 5)), 20, 5, 0],
    ['a header extension', concat(u8(0x90), fixed.subarray(1), hex('bede 0002'), new Uint8Array(8 + 5)), 24, 5, 0],
    ['an empty header extension', concat(u8(0x90), fixed.subarray(1), hex('bede 0000')), 16, 0, 0],
    ['padding', concat(u8(0xa0), fixed.subarray(1), hex('0102 000003')), 12, 2, 3],
    ['padding only', concat(u8(0xa0), fixed.subarray(1), hex('0000 000005')), 12, 0, 5],
    ['a padding bit and nothing behind', concat(u8(0xa0), fixed.subarray(1)), 12, 0, 0],
    ['padding that cannot be (encrypted)', concat(u8(0xa0), fixed.subarray(1), hex('0102 0000ff')), 12, 5, 0],
    ['padding of 0', concat(u8(0xa0), fixed.subarray(1), hex('0102 000000')), 12, 5, 0],
  ])('finds the payload with %s', (_name, packet, start, length, padding) => {
    const header = read(packet);
    expect([header?.payloadStart, header?.payloadLength, header?.paddingLength]).toEqual([start + 3, length, padding]);
  });

  it.each([
    ['11 octets', fixed, 11],
    ['version 1', concat(u8(0x40), fixed.subarray(1)), 12],
    ['more CSRCs than octets', concat(u8(0x8f), fixed.subarray(1), new Uint8Array(59)), 71],
    ['an extension without a header', concat(u8(0x90), fixed.subarray(1), new Uint8Array(3)), 15],
    ['an extension beyond the end', concat(u8(0x90), fixed.subarray(1), hex('bede 0001 0000')), 18],
  ])('refuses %s', (_name, packet, captured) => {
    expect(read(packet, captured)).toBeUndefined();
  });

  it('reads what the capture cut behind the fixed header', () => {
    const extended = concat(u8(0xb0), fixed.subarray(1), hex('bede 0001'), new Uint8Array(20));
    expect(read(extended, 12)).toMatchObject({ sequence: 65_534, payloadLength: -1, paddingLength: 0 });
    expect(read(extended, 20)).toMatchObject({ payloadLength: 16, payloadStart: 23, paddingLength: 0 });
    expect(read(concat(u8(0x81), fixed.subarray(1), new Uint8Array(24)), 12)).toMatchObject({ payloadLength: 20 });
  });

  it('reads back what was written', () => {
    const uint32 = fc.nat(0xffffffff);
    const any = fc.record({
      marker: fc.boolean(),
      payloadType: fc.nat(127),
      sequence: fc.nat(0xffff),
      timestamp: uint32,
      ssrc: uint32,
      payload: fc.uint8Array({ maxLength: 30 }),
    });
    fc.assert(
      fc.property(any, (written) => {
        const header = read(rtpPacket(written));
        const { marker, payloadType, sequence, payloadLength } = header ?? new RtpHeader();
        const [timestamp, ssrc] = [(header?.timestamp ?? 0) >>> 0, (header?.ssrc ?? 0) >>> 0];
        const payload = written.payload.length;
        expect({ marker, payloadType, sequence, timestamp, ssrc, payload: payloadLength }).toEqual({
          ...written,
          payload,
        });
      }),
    );
  });

  it('never places the payload outside the datagram', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 60 }), fc.nat(60), (noise, cut) => {
        const packet = concat(u8(0x80 | ((noise[0] ?? 0) & 0x3f)), noise.subarray(1));
        const header = read(packet, Math.min(packet.length, 12 + cut));
        if (header === undefined || header.payloadLength < 0) return;
        expect(header.payloadStart - 3 + header.payloadLength + header.paddingLength).toBe(packet.length);
      }),
    );
  });
});

describe('sequence', () => {
  it('is read unsigned', () =>
    expect(read(concat(fixed.subarray(0, 2), u16(0x8000), fixed.subarray(4)))?.sequence).toBe(32_768));
});
