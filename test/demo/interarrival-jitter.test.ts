import { expect, test } from 'vitest';
import { InterarrivalJitter } from '../../src/demo/interarrival-jitter.ts';

const jitterOf = (packets: readonly (readonly [number, number])[], clockRate?: number): InterarrivalJitter => {
  const jitter = new InterarrivalJitter();
  jitter.clockRate = clockRate;
  for (const [at, timestamp] of packets) jitter.add(at, timestamp);
  return jitter;
};

const steady = Array.from({ length: 50 }, (_, at) => [at * 0.02, at * 960] as const);

test('packets that come as they were sent have no jitter', () => {
  expect(jitterOf(steady, 48_000).values.maximum).toBeCloseTo(0, 9);
});

test('one packet that is 16 ms late moves it by a sixteenth each way (RFC 3550, A.8)', () => {
  const { values } = jitterOf(
    [
      [0, 0],
      [0.036, 960],
      [0.04, 1920],
    ],
    48_000,
  );
  // |D| = 16 ms twice: J = 1, then 1 + (16 − 1)/16.
  expect(values.count).toBe(2);
  expect(values.maximum).toBeCloseTo(0.001_937_5, 7);
});

test('it survives the wrap of the timestamp', () => {
  const wrapping = steady.map(([at, timestamp]) => [at, (timestamp + 0xffff_f000) >>> 0] as const);
  expect(jitterOf(wrapping, 48_000).values.maximum).toBeCloseTo(0, 9);
});

test('without a clock there is none', () => {
  expect(jitterOf(steady).values.count).toBe(0);
});
