import { describe, expect, test } from 'vitest';
import { add } from '../../src/quality/interval.ts';
import { AUDIO, measure, normal, outage, paced, randomFrom, type Sent, VIDEO } from './packet-stream.ts';

const ms = (seconds: number | undefined) => (seconds ?? Number.NaN) * 1000;

describe('loss', () => {
  test('2 % duplicates, no loss', () => {
    const { totals } = measure(paced(50, 60, (index, at) => (index % 50 === 7 ? [at, at + 0.001] : [at])));
    expect(totals).toMatchObject({ packets: 3000, expected: 3000, lost: 0, duplicates: 60, loss: 0, maximumLoss: 0 });
  });

  test.each([0, 0.1, 0.25, 0.5, 0.73, 0.99])('2 s outage in 60 s of 50 packets/s, at phase %d', (phase) => {
    const { totals } = measure(paced(50, 60, outage(20 + phase, 22 + phase)));
    expect(totals.loss).toBeCloseTo(0.0333, 4);
    expect(totals.maximumLoss).toBeCloseTo(0.4, 2);
  });

  test('600 packets/s, 60 s outage in 600 s: the sequence goes half round', () => {
    const packets = paced(600, 600, outage(200, 260), { clock: 90_000 });
    const { totals, intervals } = measure(packets, { formats: { 96: VIDEO } });
    expect(totals).toMatchObject({ restarts: 0, expected: 360_000, lost: 36_000, maximumLoss: 1 });
    expect(totals.loss).toBeCloseTo(0.1, 6);
    expect(intervals.reduce(add).loss).toMatchObject({ lost: 36_000, of: 360_000 });
  });

  test('30 s outage: the worst window is at its beginning, not when it ends', () => {
    const { intervals } = measure(paced(50, 120, outage(40, 70)));
    const worst = intervals.reduce(add).loss?.worst;
    expect(worst?.value).toBeCloseTo(1, 2);
    expect((worst?.at ?? 0) - 1_763_000_000).toBeCloseTo(45, 0);
  });

  test('300-packet burst in 18,000', () => {
    const { totals } = measure(paced(300, 60, (index, at) => (index >= 9000 && index < 9300 ? [] : [at])));
    expect(totals.loss).toBeCloseTo(300 / 18_000, 6);
  });

  test('6 packets/s of content, 4 s outage in 5 min: 50 packets need nine seconds', () => {
    const { totals, intervals } = measure(paced(6, 300, outage(100, 104), { clock: 90_000 }), {
      formats: { 96: VIDEO },
    });
    expect(totals.loss).toBeCloseTo(24 / 1800, 6);
    expect(totals.maximumLoss).toBeCloseTo(24 / 54, 2);
    expect(intervals.reduce(add).loss?.worst?.windowSeconds).toBe(9);
  });

  test('2 min call, 30 s of 40 % capture drops, perfect network', () => {
    const random = randomFrom(1);
    const packets = paced(50, 120, (_index, at) => (at >= 40 && at < 70 && random() < 0.4 ? [] : [at]));
    const { totals, intervals } = measure(packets, { tainted: Array.from({ length: 30 }, (_, i) => 40 + i) });
    expect(totals).toMatchObject({ loss: 0, maximumLoss: 0 });
    expect(intervals.reduce(add).coveredSeconds / 120).toBeCloseTo(0.75, 2);
    expect(intervals.reduce(add).taint).toBe('capture-dropped');
  });

  test('2 % reordered by two', () => {
    const { totals } = measure(paced(50, 120, (index, at) => [index % 50 === 7 ? at + 0.041 : at]));
    expect(totals).toMatchObject({ lost: 0, reordered: 120, loss: 0, maximumLoss: 0 });
    expect(ms(totals.averageJitter)).toBeCloseTo(1.8, 0);
  });

  test('the same SSRC restarts within 20 ms, sequence + 20,000', () => {
    const before = paced(50, 30);
    const after = paced(50, 30, undefined, { firstSequence: 100 + 1500 + 20_000, firstTimestamp: 3_000_000_000 });
    const { totals } = measure([...before, ...after.map((packet) => ({ ...packet, at: packet.at + 30 }))]);
    expect(totals).toMatchObject({ packets: 3000, expected: 3000, lost: 0, restarts: 1, loss: 0, maximumLoss: 0 });
    expect(ms(totals.maximumJitter)).toBeCloseTo(0, 6);
  });
});

describe('jitter', () => {
  test('the timestamp wraps', () => {
    const { totals } = measure(paced(50, 60, undefined, { firstTimestamp: 4_294_967_296 - 100_000 }));
    expect(ms(totals.averageJitter)).toBeCloseTo(0, 3);
    expect(ms(totals.maximumJitter)).toBeCloseTo(0, 3);
    expect(ms(totals.rfc3550?.maximum)).toBeCloseTo(0, 3);
  });

  test.each([false, true])('arrival noise of σ = 5 ms, marker on every packet: %s', (marker) => {
    const random = randomFrom(2);
    const packets = paced(50, 600, (_index, at) => [at + 0.1 + 0.005 * normal(random)]);
    const { totals } = measure(packets.map((packet) => ({ ...packet, marker })));
    expect(ms(totals.averageJitter)).toBeGreaterThan(5.2);
    expect(ms(totals.averageJitter)).toBeLessThan(5.9);
  });

  test('DTX: the device freezes its timestamp in silence and marks the talkspurt', () => {
    const spurts = Array.from({ length: 20 }, (_, spurt) =>
      Array.from({ length: 50 }, (_, i): Sent => {
        const index = spurt * 50 + i;
        return { at: spurt * 3 + i * 0.02, sequence: index, timestamp: 160 * index, marker: i === 0 };
      }),
    );
    const { totals } = measure(spurts.flat());
    expect(totals).toMatchObject({ lost: 0, loss: 0 });
    expect(ms(totals.maximumJitter)).toBeCloseTo(0, 3);
    expect(ms(totals.rfc3550?.average)).toBeGreaterThan(20);
  });

  test('telephone events repeat one timestamp and touch nothing', () => {
    const formats = { 0: AUDIO, 101: { codec: 'telephone-event', clockRate: 8000 } };
    const packets = paced(50, 60).map((packet, index) =>
      index % 200 >= 100 && index % 200 < 110
        ? { ...packet, payloadType: 101, timestamp: 1000 + 160 * (index - (index % 200) + 100) }
        : packet,
    );
    const { totals } = measure(packets, { formats });
    expect(totals).toMatchObject({ packets: 3000, mediaPackets: 2850, octets: 2850 * 160, loss: 0 });
    expect(ms(totals.maximumJitter)).toBeCloseTo(0, 3);
  });

  test('video, 10 packets a picture paced over 15 ms: the frame rule', () => {
    const packets = Array.from({ length: 18_000 }, (_, index): Sent => {
      const picture = Math.floor(index / 10);
      const at = picture / 30 + (index % 10) * 0.0015;
      return { at, sequence: index, timestamp: picture * 3000, marker: index % 10 === 9 };
    });
    const { totals } = measure(packets, { formats: { 96: VIDEO } });
    expect(ms(totals.maximumJitter)).toBeCloseTo(0, 3);
    expect(ms(totals.rfc3550?.average)).toBeCloseTo(2.73, 1);
    expect(totals.frames).toBe(1800);
  });
});
