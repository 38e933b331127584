import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDatagram } from '../../src/demo/datagram.ts';
import { rtcpPacket, rtpPacket } from './rtp.ts';

describe('the first octet tells (RFC 7983)', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, 'stun'],
    [3, 'stun'],
    [4, 'other'],
    [19, 'other'],
    [20, 'dtls'],
    [63, 'dtls'],
    [64, 'other'],
    [127, 'other'],
    [192, 'other'],
    [255, 'other'],
  ];
  test.each(cases)('%d is %s', (first, kind) => {
    expect(readDatagram(Buffer.from([first, ...new Array(31).fill(0)]))).toEqual({ kind });
  });
});

describe('the second octet tells RTP from RTCP (RFC 5761)', () => {
  test.each([0, 96, 111, 127, 128, 191, 224, 255])('%d is RTP, with or without marker', (second) => {
    const octets = rtpPacket({ ssrc: 0xfedc_ba98, sequence: 1, timestamp: 0xffff_fff0 });
    octets[1] = second;
    expect(readDatagram(octets)).toEqual({ kind: 'rtp', ssrc: 0xfedc_ba98, timestamp: 0xffff_fff0 });
  });

  test.each([192, 200, 201, 205, 206, 223])('%d is RTCP', (packetType) => {
    const octets = rtcpPacket({ ssrc: 0x8000_0001, packetType, reportCount: 31 });
    expect(readDatagram(octets)).toEqual({ kind: 'rtcp', ssrc: 0x8000_0001, packetType, reportCount: 31 });
  });
});

test.each([0, 1, 7])('%d octets that begin like RTP are nothing', (length) => {
  expect(readDatagram(Buffer.alloc(length, 0x80))).toEqual({ kind: 'other' });
});

test('RTP needs its twelve octets, RTCP only eight', () => {
  expect(readDatagram(rtpPacket({ ssrc: 1, sequence: 1 }).subarray(0, 11))).toEqual({ kind: 'other' });
  expect(readDatagram(rtcpPacket({ ssrc: 1, packetType: 201 }).subarray(0, 8)).kind).toBe('rtcp');
});

test('no octets make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => readDatagram(Buffer.from(octets)).kind !== undefined),
  );
});
