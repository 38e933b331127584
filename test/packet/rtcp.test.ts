import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compoundShape, type RtcpPacket, readCompound } from '../../src/packet/rtcp.ts';
import { concat, hex, u8, u16, u32, viewOf } from './wire.ts';

function read(compound: Uint8Array, captured = compound.length): RtcpPacket[] {
  const chunk = concat(new Uint8Array(4).fill(0x80), compound, new Uint8Array(32).fill(0x80));
  return readCompound(chunk, viewOf(chunk), 4, 4 + captured);
}

function shape(compound: Uint8Array, captured = compound.length): string {
  const chunk = concat(new Uint8Array(4).fill(0x80), compound, new Uint8Array(32).fill(0x80));
  return compoundShape(viewOf(chunk), 4, 4 + captured, compound.length);
}

const BLOCK = `
  bc 5e 9a 40           // about SSRC
  20 ff ff fe           // fraction 32/256, cumulative lost -2
  00 01 00 05           // one cycle, sequence 5
  00 00 01 11           // jitter 273
  09 f3 64 32           // last SR
  00 02 4a 79           // delay since it
`;

const block = {
  ssrc: 0xbc5e9a40,
  fractionLost: 32,
  cumulativeLost: -2,
  highestSequence: 65_541,
  jitter: 273,
  lastSenderReport: 0x09f36432,
  delaySinceLast: 150_137,
};

const senderReport = hex(`
  81 c8 00 0c           // V=2, one block, SR, 13 words
  90 2f 9e 2e           // SSRC
  da 8b d1 fc           // NTP seconds
  dd dd a0 5a           // NTP fraction
  aa f4 ed d5           // RTP time
  00 00 00 01           // packets
  00 00 00 02           // octets
  ${BLOCK}`);

const receiverReport = hex(`82 c9 00 0d  90 2f 9e 2e  ${BLOCK} ${BLOCK}`);

const description = hex(`
  82 ca 00 07           // two chunks
  00 00 00 01           // SSRC
  01 03 61 40 62        // CNAME a@b
  06 02 c3 a9           // TOOL é
  00 00 00              // end, padding
  00 00 00 02           // SSRC
  08 02 01 61           // PRIV, left out
  02 01 6e 00           // NAME n, end
`);

describe('readCompound', () => {
  it.each<[name: string, octets: Uint8Array, packet: object]>([
    [
      'a sender report',
      senderReport,
      {
        kind: 'sr',
        ssrc: 0x902f9e2e,
        ntpSeconds: 0xda8bd1fc,
        ntpFraction: 0xdddda05a,
        ntpMiddle: 0xd1fcdddd,
        rtpTimestamp: 0xaaf4edd5,
        packetCount: 1,
        octetCount: 2,
        blocks: [block],
      },
    ],
    ['a receiver report', receiverReport, { kind: 'rr', ssrc: 0x902f9e2e, blocks: [block, block] }],
    ['an empty receiver report', hex('80c90001 00000001'), { kind: 'rr', ssrc: 1, blocks: [] }],
    [
      'a report whose count is greater than its length',
      concat(u8(0x9f), receiverReport.subarray(1)),
      { kind: 'rr', ssrc: 0x902f9e2e, blocks: [block, block] },
    ],
    [
      'a report with a profile extension',
      concat(hex('81c90008'), receiverReport.subarray(4, 32), hex('01020304')),
      { kind: 'rr', ssrc: 0x902f9e2e, blocks: [block] },
    ],
    [
      'a source description',
      description,
      {
        kind: 'sdes',
        chunks: [
          { ssrc: 1, cname: 'a@b', tool: 'é' },
          { ssrc: 2, name: 'n' },
        ],
      },
    ],
    ['an empty source description', hex('80ca0000'), { kind: 'sdes', chunks: [] }],
    ['a goodbye', hex('82cb0002 00000001 00000002'), { kind: 'bye', ssrcs: [1, 2] }],
    [
      'a goodbye with a reason',
      hex('81cb0003 00000001 03 656e64 00000000'),
      { kind: 'bye', ssrcs: [1], reason: 'end' },
    ],
    ['a goodbye whose reason is cut', hex('81cb0002 00000001 09 656e64'), { kind: 'bye', ssrcs: [1] }],
    [
      'an application packet',
      hex('85cc0003 00000001 74657374 00000009'),
      { kind: 'app', subtype: 5, ssrc: 1, name: 'test', dataLength: 4 },
    ],
    [
      'a generic NACK',
      hex('81cd0003 00000001 00000002 ffff 8001'),
      { kind: 'nack', ssrc: 1, mediaSsrc: 2, lost: [65_535, 0, 15] },
    ],
    [
      'transport-wide feedback',
      hex('8fcd0003 00000001 00000002 00000000'),
      { kind: 'rtpfb', format: 15, ssrc: 1, mediaSsrc: 2 },
    ],
    [
      'a picture loss indication',
      hex('81ce0002 00000001 00000002'),
      { kind: 'psfb', format: 1, ssrc: 1, mediaSsrc: 2 },
    ],
    [
      'a full intra request',
      hex('84ce0004 00000001 00000000 00000007 01000000'),
      { kind: 'psfb', format: 4, ssrc: 1, mediaSsrc: 0, targets: [7] },
    ],
    [
      'REMB',
      hex('8fce0005 00000001 00000000 52454d42 010bffff 00000007'),
      { kind: 'psfb', format: 15, ssrc: 1, mediaSsrc: 0, targets: [7], bitRate: 0x3ffff * 4 },
    ],
    [
      'another application layer message',
      hex('8fce0003 00000001 00000000 41424344'),
      { kind: 'psfb', format: 15, ssrc: 1, mediaSsrc: 0 },
    ],
    ['a type that we do not read', hex('80d20001 00000001'), { kind: 'unknown', packetType: 210, length: 8 }],
  ])('reads %s', (_name, octets, packet) => {
    expect(read(octets)).toEqual([packet]);
    expect(shape(octets)).toBe('clear');
  });

  it('reads every packet of a compound', () => {
    const compound = concat(
      senderReport,
      receiverReport,
      description,
      hex('81ce0002 00000001 00000002 81cb0001 00000001'),
    );
    expect(read(compound).map(({ kind }) => kind)).toEqual(['sr', 'rr', 'sdes', 'psfb', 'bye']);
  });

  it('takes padding off the last packet', () => {
    expect(read(hex('a1cd0004 00000001 00000002 00050000 00000004'))).toEqual([
      { kind: 'nack', ssrc: 1, mediaSsrc: 2, lost: [5] },
    ]);
  });

  it.each([
    [senderReport.length + 8 + 24, [1, 1]],
    [senderReport.length + 8 + 23, [1, 0]],
    [senderReport.length + 7, [1]],
    [52, [1]],
    [51, [0]],
    [28, [0]],
    [27, []],
    [0, []],
  ])('cut to %i octets, what is whole counts', (captured, blocks) => {
    const found = read(concat(senderReport, receiverReport), captured);
    expect(found.map((packet) => ('blocks' in packet ? packet.blocks.length : -1))).toEqual(blocks);
  });

  it('cut within a source description, whole chunks count', () => {
    expect(read(description, 22)).toEqual([{ kind: 'sdes', chunks: [{ ssrc: 1, cname: 'a@b', tool: 'é' }] }]);
  });

  it('reads the signed 24 bits of cumulative lost', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }), fc.nat(255), (lost, fraction) => {
        const word = u32(((fraction << 24) | (lost & 0xffffff)) >>> 0);
        const [packet] = read(concat(hex('81c90007 00000001 00000002'), word, new Uint8Array(16)));
        expect(packet).toMatchObject({ blocks: [{ cumulativeLost: lost, fractionLost: fraction }] });
      }),
    );
  });
});

describe('compoundShape', () => {
  const index = hex('80000001 0123456789abcdef0123');
  it.each<[name: string, octets: Uint8Array, expected: string]>([
    ['two packets that add up', concat(senderReport, receiverReport), 'clear'],
    ['a rest of two octets, as some devices pad', concat(senderReport, u16(0)), 'clear'],
    ['SRTCP of a sender report', concat(senderReport, index), 'encrypted'],
    ['SRTCP of a compound', concat(senderReport, new Uint8Array(40).fill(0x5a), index), 'encrypted'],
    ['a rest that is too short for SRTCP', concat(senderReport, hex('00000000')), 'none'],
    ['a first packet without room for its blocks, and noise', concat(hex('9fc90001 00000001'), index), 'none'],
    ['a first packet beyond the end', senderReport.subarray(0, 40), 'none'],
    ['a first type that begins no compound, and noise', concat(hex('80d20001 00000001'), index), 'none'],
    ['another version', concat(u8(0x41), senderReport.subarray(1)), 'none'],
    ['nothing', u8(), 'none'],
  ])('of %s', (_name, octets, expected) => {
    expect(shape(octets)).toBe(expected);
  });

  it('of a compound that the capture cut, by the lengths that it left', () => {
    const compound = concat(senderReport, receiverReport, description);
    for (let captured = 4; captured < compound.length; captured++) expect(shape(compound, captured)).toBe('clear');
    expect(shape(compound, 3)).toBe('none');
  });

  it('tells SRTCP from clear by its noise, whatever the noise', () => {
    const noise = fc.uint8Array({ minLength: 40, maxLength: 80 });
    let encrypted = 0;
    fc.assert(
      fc.property(noise, (body) => {
        if (shape(concat(hex('80c80006'), body.subarray(0, 24), body, index)) === 'encrypted') encrypted += 1;
      }),
      { numRuns: 500 },
    );
    expect(encrypted).toBe(500);
  });
});
