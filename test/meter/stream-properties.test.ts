import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import type { Interval } from '../../src/model/interval.ts';
import { add } from '../../src/quality/interval.ts';
import { randomFrom } from '../quality/packet-stream.ts';
import { INBOUND, rtp, send } from './wire.ts';

const stream = fc.record({
  rate: fc.constantFrom(5, 30, 50, 200),
  seconds: fc.integer({ min: 2, max: 30 }),
  begin: fc.double({ min: 0, max: 10, noNaN: true }),
  firstSequence: fc.oneof(fc.integer({ min: 0, max: 65_535 }), fc.integer({ min: 65_400, max: 65_535 })),
  firstTimestamp: fc.oneof(fc.nat(0xffffffff), fc.integer({ min: 0xfffff000, max: 0xffffffff })),
  loss: fc.double({ min: 0, max: 0.5, noNaN: true }),
  duplicates: fc.double({ min: 0, max: 0.2, noNaN: true }),
  jitter: fc.double({ min: 0, max: 0.6, noNaN: true }),
});

type Way = typeof stream extends fc.Arbitrary<infer T> ? T : never;
type Arrival = { readonly at: number; readonly ssrc: number; readonly sequence: number; readonly timestamp: number };

/** Everything that arrives of a stream, in order, and the truth of it. */
function travel(way: Way, ssrc: number, random: () => number) {
  const count = Math.round(way.rate * way.seconds);
  const arrivals: Arrival[] = [];
  let lost = 0;
  let copies = 0;
  for (let index = 0; index < count; index += 1) {
    const sentAt = way.begin + index / way.rate;
    const packet = {
      ssrc,
      sequence: way.firstSequence + index,
      timestamp: way.firstTimestamp + Math.round((index * 8000) / way.rate),
    };
    // The first two and the last two tell where it begins and ends: they come, and nothing after them.
    const isEdge = index < 2 || index >= count - 2;
    if (!isEdge && random() < way.loss) {
      lost += 1;
      continue;
    }
    const latest = way.begin + (count - 2) / way.rate;
    const at = isEdge ? sentAt : Math.min(sentAt + random() * way.jitter, latest - 1e-5);
    const isEarly = !isEdge && at < way.begin + 1.5 / way.rate;
    arrivals.push({ ...packet, at: isEarly ? way.begin + 1.5 / way.rate : at });
    if (!isEdge && random() < way.duplicates) {
      copies += 1;
      arrivals.push({ ...packet, at: Math.min(at + random() * 0.2, latest - 1e-6) });
    }
  }
  return { arrivals, truth: { packets: count - lost, expected: count, lost, duplicates: copies, restarts: 0 } };
}

function shuffled<T>(values: readonly T[], random: () => number): readonly T[] {
  return values
    .map((value) => ({ value, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

test('streams side by side, lost, doubled, reordered and late, across every wrap: totals are the truth, and the fold is the total', () => {
  fc.assert(
    fc.property(fc.array(stream, { minLength: 1, maxLength: 4 }), fc.nat(), (ways, seed) => {
      const random = randomFrom(seed);
      const travels = ways.map((way, index) => travel(way, index + 1, random));
      const meter = new Meter({ intervals: true });
      for (const { at, ...packet } of travels.flatMap(({ arrivals }) => arrivals).toSorted((a, b) => a.at - b.at))
        send(meter, at, INBOUND, rtp({ ...packet, payload: new Uint8Array(100) }));
      const { streams, intervals } = meter.finish();
      expect(streams).toHaveLength(ways.length);
      for (const measured of streams) {
        const truth = travels[measured.ssrc - 1]?.truth;
        expect(measured).toMatchObject({ ...truth, mediaPackets: truth?.packets, octets: 100 * (truth?.packets ?? 0) });
        const own = intervals.filter(({ streamId }) => streamId === measured.streamId).map(({ observed }) => observed);
        const inOrder = own.reduce(add);
        const fold: Interval = shuffled(own, random).reduce(add);
        expect({ ...fold, jitter: undefined, earlyJitter: undefined }).toEqual({
          ...inOrder,
          jitter: undefined,
          earlyJitter: undefined,
        });
        expect(fold.loss).toMatchObject({ lost: truth?.lost, of: truth?.expected });
        expect(fold).toMatchObject({
          packets: measured.mediaPackets,
          octets: measured.octets,
          frames: measured.frames,
        });
        expect(measured.loss).toBeCloseTo((truth?.lost ?? 0) / (truth?.expected ?? 1), 9);
        expect(measured.maximumLoss).toBeCloseTo(Math.max(measured.loss ?? 0, fold.loss?.worst?.value ?? 0), 6);
        const spread = fold.jitter ?? fold.earlyJitter;
        expect((spread?.sum ?? 0) / (spread?.count ?? 1)).toBeCloseTo(measured.averageJitter ?? Number.NaN, 6);
        expect(spread?.worst?.value).toBeCloseTo(measured.maximumJitter ?? Number.NaN, 6);
      }
    }),
    { numRuns: 80 },
  );
});
