import { describe, expect, test } from 'vitest';
import { type ClockGuess, guessClock, newGuess } from '../../src/quality/packet-clock.ts';
import { normal, randomFrom } from './packet-stream.ts';

/** Seconds until the clock is found, and the clock; undefined: not within the packets. */
function find(packets: Iterable<readonly [at: number, timestamp: number]>) {
  let guess: ClockGuess | undefined;
  for (const [at, timestamp] of packets) {
    if (guess === undefined) guess = newGuess(at * 1e6, timestamp | 0);
    else {
      const rate = guessClock(guess, at * 1e6, timestamp | 0);
      if (rate !== undefined) return { rate, at };
    }
  }
  return undefined;
}

function* packets(clock: number, seconds: number, deliver: (at: number) => number = (at) => at, from = 0) {
  for (let i = 0; i < seconds * 50; i += 1) yield [deliver(i / 50), from + (i * clock) / 50] as const;
}

describe('a clock by its timestamps', () => {
  test.each([8000, 16_000, 24_000, 32_000, 44_100, 48_000, 90_000])('%d Hz, after two seconds', (rate) => {
    const found = find(packets(rate, 10));
    expect(found?.rate).toBe(rate);
    expect(found?.at).toBeGreaterThanOrEqual(2);
    expect(found?.at).toBeLessThan(2.1);
  });

  test('the timestamp may wrap', () => {
    expect(find(packets(48_000, 10, undefined, 4_294_967_296 - 20_000))?.rate).toBe(48_000);
  });

  test('packets of one picture share a timestamp', () => {
    const video = Array.from(
      { length: 900 },
      (_, i) => [Math.floor(i / 10) / 30 + (i % 10) * 0.001, Math.floor(i / 10) * 3000] as const,
    );
    expect(find(video)?.rate).toBe(90_000);
  });

  test.each([1, 2, 3, 4, 5])('delay that wanders by 60 ms never tells a wrong clock (seed %d)', (seed) => {
    const random = randomFrom(seed);
    const sent = [...packets(48_000, 60, (at) => at + 0.06 * Math.abs(normal(random)))];
    const found = find(sent.toSorted(([a], [b]) => a - b));
    expect(found?.rate).toBe(48_000);
  });

  test('a stream that freezes its timestamp in silence: only what runs counts', () => {
    const spurts = Array.from({ length: 20 }, (_, spurt) =>
      Array.from({ length: 150 }, (_x, i) => [spurt * 6 + i / 50, (spurt * 150 + i) * 160] as const),
    );
    expect(find(spurts.flat())?.rate).toBe(8000);
  });

  test.each([7000, 11_025, 60_000])('%d Hz is none of the known ones', (rate) => {
    expect(find(packets(rate, 60))).toBeUndefined();
  });

  test('frozen and random timestamps tell nothing', () => {
    expect(find(packets(0, 60))).toBeUndefined();
    const random = randomFrom(3);
    const noise = Array.from({ length: 3000 }, (_, i) => [i / 50, Math.floor(random() * 4_294_967_296)] as const);
    expect(find(noise)).toBeUndefined();
  });
});
