import { describe, expect, it } from 'vitest';
import { readCompound } from '../../src/packet/rtcp.ts';
import { concat, hex, u16, viewOf } from './wire.ts';

function read(blocks: Uint8Array, captured = blocks.length + 8) {
  const packet = concat(hex('80cf'), u16(blocks.length / 4 + 1), hex('0000000a'), blocks);
  const [report] = readCompound(packet, viewOf(packet), 0, captured);
  if (report?.kind !== 'xr') throw new Error('no extended report');
  expect(report.ssrc).toBe(10);
  return report.blocks;
}

const referenceTime = hex('04000002 da8bd1fc dddda05a');

describe('extended reports (RFC 3611)', () => {
  it.each<[name: string, octets: Uint8Array, block: object]>([
    [
      'loss by runs: 5 received, 3 lost, a vector of 15, of which 2 lie in the range',
      hex('01000004 00000001 0064 006e  4005 0003  c000 0000'),
      { type: 'loss-rle', ssrc: 1, thinning: 0, beginSequence: 100, endSequence: 110, described: 10, ones: 6 },
    ],
    [
      'duplicates, thinned by 4, over the wrap',
      hex('02020003 00000001 fffe 0006  8000 c000'),
      { type: 'duplicate-rle', ssrc: 1, thinning: 2, beginSequence: 65_534, endSequence: 6, described: 2, ones: 0 },
    ],
    [
      'receipt times',
      hex('03000004 00000001 0001 0003 000000a0 00000140'),
      { type: 'receipt-times', ssrc: 1, thinning: 0, beginSequence: 1, endSequence: 3, times: [160, 320] },
    ],
    [
      'a reference time',
      referenceTime,
      { type: 'rrtr', ntpSeconds: 0xda8bd1fc, ntpFraction: 0xdddda05a, ntpMiddle: 0xd1fcdddd },
    ],
    [
      'delays since it',
      hex('05000006 00000001 d1fcdddd 00010000 00000002 00000000 00000000'),
      {
        type: 'dlrr',
        reports: [
          { ssrc: 1, lastReceiverReport: 0xd1fcdddd, delaySinceLast: 65_536 },
          { ssrc: 2, lastReceiverReport: 0, delaySinceLast: 0 },
        ],
      },
    ],
    [
      'a statistics summary with all it may have',
      hex('06e80009 00000001 0001 0100 00000003 00000004 00000005 00000006 00000007 00000008 09 0a 0b 0c'),
      {
        type: 'statistics',
        ssrc: 1,
        beginSequence: 1,
        endSequence: 256,
        lost: 3,
        duplicates: 4,
        jitter: { minimum: 5, maximum: 6, mean: 7, deviation: 8 },
        hops: { version: 4, minimum: 9, maximum: 10, mean: 11, deviation: 12 },
      },
    ],
    [
      'a statistics summary with nothing',
      hex('06000009 00000001 0001 0100 00000003 00000004 00000005 00000006 00000007 00000008 090a0b0c'),
      { type: 'statistics', ssrc: 1, beginSequence: 1, endSequence: 256 },
    ],
    [
      'VoIP metrics',
      hex(`07000008 00000001
        40 20 80 10   // loss 1/4, discard 1/8, densities 1/2 and 1/16
        03e8 07d0     // burst 1 s, gap 2 s
        0050 0064     // round trip 80 ms, end system 100 ms
        e2 c4 3c 10   // signal -30 dBm, noise -60 dBm, RERL 60 dB, Gmin 16
        5a 50 29 2a   // R 90, external R 80, MOS 4.1 and 4.2
        b0 00 0028    // configuration, jitter buffer 40 ms
        0064 00c8     // maximum 100 ms, absolute 200 ms
      `),
      {
        type: 'voip',
        ssrc: 1,
        lossRate: 0.25,
        discardRate: 0.125,
        burstDensity: 0.5,
        gapDensity: 0.0625,
        burstDuration: 1,
        gapDuration: 2,
        roundTripDelay: 0.08,
        endSystemDelay: 0.1,
        signalLevel: -30,
        noiseLevel: -60,
        residualEchoReturnLoss: 60,
        gapThreshold: 16,
        rFactor: 90,
        externalRFactor: 80,
        mosListening: 4.1,
        mosConversational: 4.2,
        receiverConfiguration: 0xb0,
        jitterBufferNominal: 0.04,
        jitterBufferMaximum: 0.1,
        jitterBufferAbsoluteMaximum: 0.2,
      },
    ],
    ['a block type of later days', hex('0e000001 00000001'), { type: 'unknown', blockType: 14, dataLength: 4 }],
    [
      'a statistics summary that is too short',
      hex('06e80001 00000001'),
      { type: 'unknown', blockType: 6, dataLength: 4 },
    ],
  ])('reads %s', (_name, octets, block) => {
    expect(read(octets)).toEqual([block]);
    expect(read(concat(octets, referenceTime)).map(({ type }) => type)).toEqual([Object(block).type, 'rrtr']);
  });

  it('leaves out what VoIP metrics mark as unavailable', () => {
    const [metrics] = read(
      concat(hex('07000008 00000001 00000000 00000000 00000000 7f7f7f10 7f7f7f7f'), new Uint8Array(8)),
    );
    for (const name of ['roundTripDelay', 'endSystemDelay', 'signalLevel', 'noiseLevel', 'rFactor', 'mosListening'])
      expect(metrics).not.toHaveProperty(name);
  });

  it('cut by the capture, whole blocks count', () => {
    expect(read(concat(referenceTime, referenceTime), 31)).toHaveLength(1);
    expect(read(concat(referenceTime, referenceTime), 32)).toHaveLength(2);
  });

  it('with a block beyond the packet stops there', () => {
    expect(read(concat(referenceTime, hex('04000009 00000001')))).toHaveLength(1);
  });
});
