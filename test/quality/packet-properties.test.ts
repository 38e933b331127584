import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { add } from '../../src/quality/interval.ts';
import { computedMillis } from '../meter/cost.ts';
import { AUDIO, type Measured, measure, paced, randomFrom, type Sent, VIDEO } from './packet-stream.ts';

/** What happens to each packet on its way. */
const path = fc.record({
  seed: fc.integer({ min: 0, max: 1e9 }),
  rate: fc.constantFrom(6, 25, 50, 300),
  seconds: fc.integer({ min: 3, max: 40 }),
  loss: fc.double({ min: 0, max: 0.4, noNaN: true }),
  duplicates: fc.double({ min: 0, max: 0.2, noNaN: true }),
  late: fc.double({ min: 0, max: 0.1, noNaN: true }),
  firstSequence: fc.integer({ min: 0, max: 65_535 }),
  firstTimestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
});

type Way = typeof path extends fc.Arbitrary<infer T> ? T : never;

function sentOver(way: Way): { readonly packets: readonly Sent[]; readonly lost: number; readonly copies: number } {
  const random = randomFrom(way.seed);
  const last = Math.round(way.rate * way.seconds) - 1;
  let lost = 0;
  let copies = 0;
  const packets = paced(
    way.rate,
    way.seconds,
    (index, at) => {
      // The ends are there, and in order: only they tell how many were sent.
      if (index < 2 || index >= last - 1) return [at];
      if (random() < way.loss) {
        lost += 1;
        return [];
      }
      const arrival = random() < way.late ? at + random() * 0.5 : at;
      if (random() >= way.duplicates) return [arrival];
      copies += 1;
      return [arrival, arrival + random() * 0.1];
    },
    way,
  );
  // Late ones at the very end would come after it.
  const end = packets.findLast((packet) => packet.sequence === way.firstSequence + last)?.at ?? 0;
  return { packets: packets.map((packet) => ({ ...packet, at: Math.min(packet.at, end) })), lost, copies };
}

const folded = ({ intervals }: Measured) => intervals.reduce(add);

describe('any way through the network', () => {
  test('loss, duplicates and lateness equal the truth; the fold equals the running figure, in any order', () => {
    fc.assert(
      fc.property(path, (way) => {
        const { packets, lost, copies } = sentOver(way);
        const measured = measure(packets);
        const { totals, intervals } = measured;
        const all = Math.round(way.rate * way.seconds);
        expect(totals).toMatchObject({ packets: all - lost, expected: all, lost, duplicates: copies, restarts: 0 });
        const fold = folded(measured);
        expect(fold.loss).toMatchObject({ lost, of: all });
        expect(fold.packets).toBe(totals.mediaPackets);
        expect(fold.octets).toBe(totals.octets);
        const spread = fold.jitter ?? fold.earlyJitter;
        expect((spread?.sum ?? 0) / (spread?.count ?? 1)).toBeCloseTo(totals.averageJitter ?? Number.NaN, 6);
        expect(spread?.worst?.value ?? 0).toBeCloseTo(totals.maximumJitter ?? Number.NaN, 6);
        const back = intervals.toReversed().reduce(add);
        expect(back.loss).toEqual(fold.loss);
        const worst = Math.max(totals.loss ?? 0, fold.loss?.worst?.value ?? 0);
        expect(totals.maximumLoss).toBeCloseTo(worst, 6);
      }),
      { numRuns: 120 },
    );
  });

  test('numbers and timestamps that wrap change nothing', () => {
    fc.assert(
      fc.property(path, (way) => {
        const plain = measure(sentOver({ ...way, firstSequence: 0, firstTimestamp: 0 }).packets);
        const wrapped = measure(sentOver({ ...way, firstSequence: 65_500, firstTimestamp: 0xffff_ff00 }).packets);
        expect(wrapped.intervals).toEqual(plain.intervals);
        expect({ ...wrapped.totals }).toEqual({ ...plain.totals });
      }),
      { numRuns: 40 },
    );
  });

  test('the length of the slots changes no sum', () => {
    fc.assert(
      fc.property(path, (way) => {
        const { packets } = sentOver(way);
        const five = folded(measure(packets));
        const minute = folded(measure(packets, { slotSeconds: 60 }));
        expect(minute.loss).toEqual(five.loss);
        expect(minute.packets).toBe(five.packets);
        expect(minute.jitter?.count).toBe(five.jitter?.count);
      }),
      { numRuns: 40 },
    );
  });
});

describe('hostile packets', () => {
  const packet = fc.record({
    at: fc.double({ min: 0, max: 400, noNaN: true }),
    sequence: fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 0, max: 40 })),
    timestamp: fc.integer({ min: 0, max: 0xffff_ffff }),
    marker: fc.boolean(),
    payloadType: fc.constantFrom(0, 96, 101, 111),
    isMedia: fc.boolean(),
    octets: fc.integer({ min: 0, max: 65_507 }),
  });
  const formats = { 0: AUDIO, 96: VIDEO, 101: { codec: 'telephone-event', clockRate: 8000 }, 111: {} };

  test.each([true, false])('no figure leaves its bounds (in order of time: %s)', (sorted) => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 200 }), (drawn) => {
        const packets = sorted ? drawn.toSorted((a, b) => a.at - b.at) : drawn;
        const { totals, intervals } = measure(packets, { formats });
        expect(totals.packets).toBeGreaterThan(0);
        expect(totals.lost).toBeGreaterThanOrEqual(0);
        expect(totals.packets + totals.duplicates).toBeLessThanOrEqual(packets.length);
        for (const ratio of [totals.loss, totals.maximumLoss]) {
          if (ratio === undefined) continue;
          expect(ratio).toBeGreaterThanOrEqual(0);
          expect(ratio).toBeLessThanOrEqual(1);
        }
        if (totals.maximumJitter !== undefined) expect(totals.maximumJitter).toBeLessThanOrEqual(5);
        for (const { loss, jitter, coveredSeconds } of intervals) {
          expect(coveredSeconds).toBeGreaterThanOrEqual(0);
          expect(coveredSeconds).toBeLessThanOrEqual(5);
          expect(loss?.worst?.value ?? 0).toBeLessThanOrEqual(1);
          expect(jitter?.worst?.value ?? 0).toBeLessThanOrEqual(5);
        }
        expect(JSON.stringify([totals, intervals])).not.toContain('null');
      }),
      { numRuns: 200 },
    );
  });

  test('time that leaps by decades is passed over at once', () => {
    const packets = Array.from({ length: 200 }, (_, index) => ({
      at: index % 2 === 0 ? index : 2e9,
      sequence: index,
      timestamp: index * 160,
    }));
    const started = computedMillis();
    expect(measure(packets).totals.packets).toBe(200);
    expect(computedMillis() - started).toBeLessThan(1000);
  });
});
