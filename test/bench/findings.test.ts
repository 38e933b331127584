import { expect, it } from 'vitest';
import { findingsOfOtherleg, findingsOfReference, findingsOfTshark, keyOf } from '../../bench/findings.ts';

it('reads the table of tshark: unknown clocks, several payloads, negative loss, IPv6', () => {
  const output = `
========================= RTP Streams ========================
   Start time      End time     Src IP addr  Port    Dest IP addr  Port       SSRC          Payload  Pkts         Lost   Min Delta(ms)  Mean Delta(ms)   Max Delta(ms)  Min Jitter(ms) Mean Jitter(ms)  Max Jitter(ms) Problems?
     1.094558     61.073305        10.1.0.5 50000        10.0.0.1 20024 0x736AE249             g722  2950    50 (1.7%)           0.010          20.339          48.735           0.429           3.409           7.711 X
     1.082881     61.063104   2001:db8:1::5 20024     2001:db8::1 50000 0x0000000A       g722, CN  3009    -9 (-0.3%)          16.287          20.000          23.957           0.000           0.000           0.000
==============================================================
`;
  expect(findingsOfTshark(output)).toEqual([
    { key: '1936384585 10.1.0.5:50000 > 10.0.0.1:20024', packets: 2950, lost: 50, maximumJitter: 0.007711 },
    { key: '10 2001:db8:1::5:20024 > 2001:db8::1:50000', packets: 3009, lost: -9, maximumJitter: 0 },
  ]);
});

it('reads the lines of the reference', () => {
  const flow = '7\t0a010006\t50000\t20010db8000000000000000000000001\t20030';
  const output = `#\t9\t8\t1\n${flow}\t2975\t3000\t4\t0.000126\t0.000222\t2\t0.09\t0.097\n${flow}\t5\t5\t0\t0\t0\t0\t0\t0\n`;
  const key = '7 10.1.0.6:50000 > 2001:db8::1:20030';
  expect(findingsOfReference(output)).toEqual([
    {
      key,
      ...{ packets: 2975, lost: 25, expected: 3000, duplicates: 4 },
      ...{ averageJitter: 0.000126, maximumJitter: 0.000222 },
      roundTrip: { average: 0.09, maximum: 0.097, samples: 2 },
    },
    { key, packets: 5, lost: 0, expected: 5, duplicates: 0, averageJitter: 0, maximumJitter: 0 },
  ]);
});

it('reads what analyze prints; an unknown jitter is no number and so never right', () => {
  const flow = {
    ssrc: 7,
    source: { address: '10.1.0.6', port: 50_000 },
    destination: { address: '10.0.0.1', port: 2 },
  };
  const counts = { packets: 9, expected: 10, lost: 1, duplicates: 0 };
  const rfc3550 = { averageJitterSeconds: 0.001, maximumJitterSeconds: 0.002 };
  const roundTrip = { origin: 'sr-rr', averageSeconds: 0.08, maximumSeconds: 0.09, samples: 3 };
  const streams = [
    { ...flow, ...counts, rfc3550, roundTrip },
    { ...flow, ...counts },
  ];
  expect(findingsOfOtherleg(JSON.stringify({ capture: {}, streams }))).toEqual([
    {
      ...{ key: keyOf(flow), ...counts, averageJitter: 0.001, maximumJitter: 0.002 },
      roundTrip: { average: 0.08, maximum: 0.09, samples: 3 },
    },
    { key: keyOf(flow), ...counts, averageJitter: Number.NaN, maximumJitter: Number.NaN },
  ]);
});
