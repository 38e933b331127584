import { describe, expect, test } from 'vitest';
import { add } from '../../src/quality/interval.ts';
import { AUDIO, measure, paced, type Sent, VIDEO } from './packet-stream.ts';

const ms = (seconds: number | undefined) => (seconds ?? Number.NaN) * 1000;
/** Every other packet comes so much later: each difference is the same. */
const alternating = (late: number) => (index: number, at: number) => [index % 2 === 1 ? at + late : at];

/** RFC 3550, A.8, in its own words. Seconds. */
function reference(packets: readonly Sent[], clock: number): { readonly mean: number; readonly maximum: number } {
  let jitter = 0;
  let sum = 0;
  let maximum = 0;
  packets.slice(1).forEach((packet, index) => {
    const before = packets[index] ?? packet;
    const d = packet.at - before.at - (packet.timestamp - before.timestamp) / clock;
    jitter += (Math.abs(d) - jitter) / 16;
    sum += jitter;
    maximum = Math.max(maximum, jitter);
  });
  return { mean: sum / (packets.length - 1), maximum };
}

test('all packets in arrival order, as RFC 3550 says it', () => {
  const packets = paced(50, 30, (index, at) => (index % 7 === 0 ? [at + 0.03, at + 0.05] : [at + (index % 3) * 0.004]));
  const { rfc3550 } = measure(packets).totals;
  const told = reference(packets, 8000);
  expect(rfc3550?.average).toBeCloseTo(told.mean, 6);
  expect(rfc3550?.maximum).toBeCloseTo(told.maximum, 6);
});

test('the first fifteen updates stand apart', () => {
  const fifteen = measure(paced(50, 16 / 50, alternating(0.005))).intervals.reduce(add);
  expect(fifteen).not.toHaveProperty('jitter');
  expect(fifteen.earlyJitter?.count).toBe(1);
  const sixteen = measure(paced(50, 17 / 50, alternating(0.005))).intervals.reduce(add);
  expect(ms(sixteen.jitter?.sum)).toBeCloseTo(5 * (1 - (15 / 16) ** 16), 3);
  expect(sixteen.jitter?.count).toBe(1);
});

test('the mean of a second weighs one, however many packets it has', () => {
  const { intervals } = measure(paced(50, 20, alternating(0.005)));
  const { jitter } = intervals.reduce(add);
  expect(jitter?.count).toBe(20);
  expect(ms(jitter?.worst?.value)).toBeCloseTo(5, 1);
});

describe('the marker', () => {
  const stall = (marker: boolean, media = AUDIO) => {
    const packets = paced(50, 20, (index, at) => [index >= 500 ? at + 0.5 : at]);
    return ms(
      measure(
        packets.map((p, i) => ({ ...p, marker: marker && i === 500 })),
        { formats: { 0: media } },
      ).totals.maximumJitter,
    );
  };

  test('of audio begins anew', () => expect(stall(true)).toBeCloseTo(0, 3));
  test('missing: a stall counts', () => expect(stall(false)).toBeCloseTo(500 / 16, 1));
  test.each(['MP4A-LATM', 'mpeg4-generic'])('of %s says nothing', (codec) => {
    expect(stall(true, { ...AUDIO, codec })).toBeCloseTo(500 / 16, 1);
  });
  test('of video says nothing', () => expect(stall(true, { ...VIDEO, clockRate: 8000 })).toBeCloseTo(500 / 16, 1));
});

test('more than 5 s without a marker is no delay', () => {
  const at = (index: number, sent: number) => [index >= 500 ? sent + 5.1 : sent];
  expect(ms(measure(paced(50, 20, at)).totals.maximumJitter)).toBeCloseTo(0, 3);
});

test('a change of the clock begins anew', () => {
  const formats = { 0: AUDIO, 9: { codec: 'L16', clockRate: 16_000, media: 'audio' as const } };
  const packets = paced(50, 20).map(
    (packet, index): Sent => (index < 500 ? packet : { ...packet, payloadType: 9, timestamp: 7_000_000 + index * 320 }),
  );
  const { totals } = measure(packets, { formats });
  expect(ms(totals.maximumJitter)).toBeCloseTo(0, 3);
  expect(ms(totals.rfc3550?.maximum)).toBeCloseTo(0, 3);
});

test('a reference of our own jitter over audio with loss and lateness', () => {
  const packets = paced(50, 60, (index, at) => (index % 11 === 3 ? [] : [at + ((index * 7919) % 13) * 0.001]));
  const { intervals } = measure(packets);
  const { rfc3550 } = measure(packets).totals;
  expect(ms(intervals.reduce(add).jitter?.worst?.value)).toBeCloseTo(ms(rfc3550?.maximum), 3);
});
