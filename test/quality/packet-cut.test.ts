import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import { BEGIN, INBOUND, rtp, send } from '../meter/wire.ts';
import { randomFrom } from './packet-stream.ts';

const [address, port] = INBOUND.from;
const SOCKET = { address, port };

/** A stream with losses, parted at moments; its slots and itself. */
function measured(seed: number, moments: readonly number[]) {
  const random = randomFrom(seed);
  const meter = new Meter({ intervals: true });
  const sent: number[] = [];
  const left = moments.toSorted((a, b) => a - b);
  for (let n = 0; n < 1500; n += 1) {
    const at = 1 + n / 50;
    while (left[0] !== undefined && left[0] <= at) meter.part([SOCKET], (BEGIN + (left.shift() ?? 0)) * 1e6);
    if (n > 1 && random() < 0.1) continue;
    send(meter, at, INBOUND, rtp({ ssrc: 1, sequence: n, timestamp: 160 * n }));
    sent.push(at);
  }
  return { ...meter.finish(), sent };
}

test('parted slots hold the packets of their time, add up, and leave the stream as it is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.uniqueArray(fc.integer({ min: 51, max: 1545 }), { maxLength: 6 }),
      (seed, cuts) => {
        // Half way between two packets.
        const moments = cuts.map((n) => n / 50 + 0.01).toSorted((a, b) => a - b);
        const whole = measured(seed, []);
        const { streams, intervals, sent } = measured(seed, moments);
        expect(streams).toEqual(whole.streams);
        for (const { observed } of intervals) {
          const from = observed.startedAt - BEGIN;
          const inside = sent.filter((at) => at >= from - 1e-6 && at < from + observed.seconds - 1e-6);
          expect(observed.packets).toBe(inside.length);
        }
        const sum = (of: (one: (typeof intervals)[number]) => number, all = intervals) =>
          all.reduce((total, one) => total + of(one), 0);
        for (const of of [
          (one: (typeof intervals)[number]) => one.observed.packets ?? 0,
          (one: (typeof intervals)[number]) => one.observed.octets ?? 0,
          (one: (typeof intervals)[number]) => one.observed.loss?.lost ?? 0,
          (one: (typeof intervals)[number]) => one.observed.loss?.of ?? 0,
        ])
          expect(sum(of)).toBe(sum(of, whole.intervals));
        const begins = intervals.map(({ observed }) => observed.startedAt - BEGIN);
        for (const [index, moment] of moments.entries()) {
          const end = Math.min(Math.floor(moment / 5) * 5 + 5, moments[index + 1] ?? Number.POSITIVE_INFINITY);
          const isEmpty = !sent.some((at) => at > moment && at < end - 1e-6);
          expect(isEmpty || begins.some((at) => Math.abs(at - moment) < 1e-5)).toBe(true);
        }
      },
    ),
    { numRuns: 30 },
  );
});
