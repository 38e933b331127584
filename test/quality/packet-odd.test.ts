import { describe, expect, test } from 'vitest';
import { measure, outage, paced, type Sent, VIDEO } from './packet-stream.ts';

const shifted = (packets: readonly Sent[], at: number): readonly Sent[] =>
  packets.map((p) => ({ ...p, at: p.at + at }));

describe('a jump of the sequence', () => {
  test.each([10, 60, 150, 400, 600])(
    'an outage of %d s at 600 packets/s is loss, however often the sequence went round',
    (seconds) => {
      const packets = paced(600, seconds + 60, outage(30, 30 + seconds), { clock: 90_000 });
      const { totals } = measure(packets, { formats: { 96: VIDEO } });
      expect(totals).toMatchObject({ restarts: 0, lost: 600 * seconds });
    },
  );

  test('clock unknown: the packet rate alone decides', () => {
    const { totals } = measure(paced(600, 120, outage(30, 90), { clock: 90_000 }), { formats: { 96: {} } });
    expect(totals).toMatchObject({ restarts: 0, lost: 36_000 });
  });

  test.each([
    ['timestamps that did not run', { firstSequence: 20_100, firstTimestamp: 50 }],
    ['a number that no outage explains', { firstSequence: 40_000, firstTimestamp: 1000 + 8000 * 90 }],
  ])('%s: the sender began again', (_name, more) => {
    const packets = [...paced(50, 30), ...shifted(paced(50, 30, undefined, more), 90)];
    expect(measure(packets).totals).toMatchObject({ packets: 3000, expected: 3000, lost: 0, restarts: 1 });
  });

  test('one stray packet changes nothing', () => {
    const packets = [...paced(50, 30), { at: 15.001, sequence: 40_000, timestamp: 7 }].sort((a, b) => a.at - b.at);
    expect(measure(packets).totals).toMatchObject({ packets: 1500, expected: 1500, lost: 0, restarts: 0 });
  });

  test('copies of the packets behind a jump are duplicates', () => {
    const after = shifted(
      paced(50, 10, (_i, at) => [at, at + 0.001], { firstSequence: 30_000 }),
      10,
    );
    expect(measure([...paced(50, 10), ...after]).totals).toMatchObject({ packets: 1000, duplicates: 500, restarts: 1 });
  });

  test('a little further back, and long ago: the sender began again', () => {
    const packets = [...paced(50, 30), ...shifted(paced(50, 30, undefined, { firstSequence: 100 + 1500 - 400 }), 30)];
    expect(measure(packets).totals).toMatchObject({ packets: 3000, restarts: 1, duplicates: 0, lost: 0 });
  });
});

describe('late packets', () => {
  test('repay the second that their number falls in', () => {
    const packets = paced(50, 20, (index, at) => (index >= 250 && index < 300 ? [at + 1.4] : [at]));
    const { totals } = measure(packets);
    expect(totals).toMatchObject({ lost: 0, reordered: 50, loss: 0, maximumLoss: 0 });
  });

  test('of long ago repay the second they come in, and the sum is right', () => {
    const packets = paced(50, 40, (index, at) => (index >= 500 && index < 550 ? [at + 12] : [at]));
    const { totals } = measure(packets);
    expect(totals).toMatchObject({ lost: 0, reordered: 50, loss: 0 });
    expect(totals.maximumLoss).toBeCloseTo(0.2, 2);
  });

  test('before the first one seen belong to the stream', () => {
    const packets = paced(50, 10, (index, at) => [index === 0 ? at + 0.05 : at]);
    expect(measure(packets).totals).toMatchObject({ packets: 500, expected: 500, lost: 0, loss: 0, reordered: 1 });
  });
});
