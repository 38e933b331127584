import { describe, expect, it } from 'vitest';
import { disagreements } from '../../bench/agreement.ts';
import { type Finding, keyOf } from '../../bench/findings.ts';
import type { StreamTruth, Truth } from '../../bench/traffic/truth.ts';

const stream: StreamTruth = {
  ssrc: 7,
  source: { address: '10.1.0.1', port: 50_000 },
  destination: { address: '10.0.0.1', port: 20_000 },
  ...{ media: 'audio', payloadType: 9, clockRate: 8000 },
  ...{ packets: 990, expected: 1000, lost: 10, duplicates: 3, reordered: 2, reports: 4 },
  rfc3550: { averageJitterSeconds: 0.002, maximumJitterSeconds: 0.005 },
  roundTrip: { averageSeconds: 0.08, maximumSeconds: 0.09, samples: 4 },
};
const truth: Truth = { capture: { packets: 1, rtpPackets: 1, rtcpPackets: 0, octets: 1 }, streams: [stream] };
const right: Finding = {
  key: keyOf(stream),
  ...{ packets: 990, expected: 1000, lost: 10, duplicates: 3 },
  ...{ averageJitter: 0.00204, maximumJitter: 0.00496 },
  roundTrip: { average: 0.08009, maximum: 0.08991, samples: 4 },
};

describe('figures beside the truth', () => {
  it('agree within the tolerances', () => {
    expect(disagreements(truth, [right], 'unique')).toEqual([]);
  });

  it.each<[string, Finding]>([
    ['packets 991, not 990', { ...right, packets: 991 }],
    ['lost 9, not 10', { ...right, lost: 9 }],
    ['expected 1001, not 1000', { ...right, expected: 1001 }],
    ['duplicates 0, not 3', { ...right, duplicates: 0 }],
    ['average jitter 0.00206, not 0.002', { ...right, averageJitter: 0.00206 }],
    ['maximum jitter NaN, not 0.005', { ...right, maximumJitter: Number.NaN }],
    ['round trips 5, not 4', { ...right, roundTrip: { average: 0.08, maximum: 0.09, samples: 5 } }],
    ['average round trip 0.0802, not 0.08', { ...right, roundTrip: { average: 0.0802, maximum: 0.09, samples: 4 } }],
    ['maximum round trip 0.0898, not 0.09', { ...right, roundTrip: { average: 0.08, maximum: 0.0898, samples: 4 } }],
  ])('do not agree: %s', (said, finding) => {
    expect(disagreements(truth, [finding], 'unique')).toEqual([`${right.key}: ${said}`]);
  });

  it('do not agree when a stream is missing, invented or without its round trip', () => {
    const { roundTrip: _, ...without } = right;
    expect(disagreements(truth, [without], 'unique')).toHaveLength(3);
    const other = { ...right, key: '8 a > b' };
    expect(disagreements(truth, [other], 'unique')).toEqual(['8 a > b: no such stream', `${right.key}: not found`]);
  });

  it('of a program that counts copies as received: they hide loss, and it tells no round trips', () => {
    const { key, maximumJitter } = right;
    expect(disagreements(truth, [{ key, packets: 993, lost: 7, maximumJitter }], 'all')).toEqual([]);
    expect(disagreements(truth, [{ key, packets: 990, lost: 10, maximumJitter }], 'all')).toHaveLength(2);
  });
});
