import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MeasuredInterval, MeasuredStream } from '../../src/meter/measured.ts';
import { Meter } from '../../src/meter/meter.ts';
import { randomFrom } from '../quality/packet-stream.ts';
import { BEGIN, INBOUND, rtp, send } from './wire.ts';

/** A live meter with what it told so far; an interval takes the place of an earlier one. */
function live(options: ConstructorParameters<typeof Meter>[0] = {}) {
  const meter = new Meter({ intervals: true, idleSeconds: 300, ...options });
  const streams = new Map<string, MeasuredStream>();
  const slots = new Map<string, MeasuredInterval>();
  const poll = (): void => {
    const { begun, changed, ended, intervals } = meter.takeLive();
    for (const stream of [...begun, ...changed, ...ended]) streams.set(stream.streamId, stream);
    for (const interval of intervals) slots.set(`${interval.streamId} ${interval.observed.startedAt}`, interval);
  };
  const splitAt = (at: number): void => {
    poll();
    meter.split([...streams.keys()], (BEGIN + at) * 1e6);
  };
  const finish = () => {
    for (const stream of meter.finish().streams) streams.set(stream.streamId, stream);
    return { streams: [...streams.values()], intervals: [...slots.values()] };
  };
  const slotsShown = () =>
    [...slots.values()]
      .map(({ observed }) => [observed.startedAt - BEGIN, observed.packets, observed.loss?.lost ?? 0])
      .toSorted(([a = 0], [b = 0]) => a - b);
  const advance = (at: number): void => {
    meter.advance((BEGIN + at) * 1e6);
    poll();
  };
  return { meter, poll, splitAt, finish, slotsShown, advance };
}

const packet = (sequence: number) => rtp({ ssrc: 1, sequence, timestamp: 160 * sequence });

describe('a stream that is split', () => {
  test('goes on from the next number: what is missing there is lost once', () => {
    const { meter, splitAt, finish } = live();
    for (const n of [0, 1, 2, 3, 4]) send(meter, 1 + n / 50, INBOUND, packet(n));
    splitAt(1.11);
    for (const n of [7, 8, 9]) send(meter, 1 + n / 50, INBOUND, packet(n));
    expect(
      finish().streams.map(({ firstAt, packets, expected, lost }) => [firstAt - BEGIN, packets, expected, lost]),
    ).toEqual([
      [1, 5, 5, 0],
      [expect.closeTo(1.11, 5), 3, 5, 2],
    ]);
  });

  test('needs one packet to go on, and without any is not told', () => {
    const { meter, splitAt, finish } = live();
    for (const n of [0, 1, 2]) send(meter, 1 + n / 50, INBOUND, packet(n));
    splitAt(1.1);
    splitAt(1.2);
    send(meter, 1.3, INBOUND, packet(3));
    expect(finish().streams.map(({ packets, lost }) => [packets, lost])).toEqual([
      [3, 0],
      [1, 0],
    ]);
  });

  test('counts late packets and duplicates of before by when they came', () => {
    const { meter, splitAt, finish } = live();
    for (const n of [0, 1, 2, 4, 5]) send(meter, 1 + n / 50, INBOUND, packet(n));
    splitAt(1.11);
    for (const n of [6, 3, 4, 5, 7, 8]) send(meter, 1.12 + n / 1000, INBOUND, packet(n));
    const streams = finish().streams;
    expect(
      streams.map(({ packets, expected, duplicates, restarts }) => [packets, expected, duplicates, restarts]),
    ).toEqual([
      [5, 6, 0, 0],
      [4, 3, 2, 0],
    ]);
  });

  test('is in sum what it would have been, whatever is lost, late or doubled, wherever it is split', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.array(fc.integer({ min: 1, max: 790 }), { maxLength: 5 }),
        (seed, cuts) => {
          const random = randomFrom(seed);
          const wire = Array.from({ length: 800 }, (_, n) => n)
            .flatMap((n) => {
              const chance = random();
              if (n > 1 && chance < 0.05) return [];
              const late = chance > 0.97 ? 0.07 : 0;
              return chance > 0.93 && chance < 0.95
                ? [
                    [n / 50, n],
                    [n / 50 + 0.001, n],
                  ]
                : [[n / 50 + late, n]];
            })
            .map(([at = 0, n = 0]) => ({ at: at + 1, n }))
            .toSorted((a, b) => a.at - b.at);
          const sums = (splits: readonly number[]) => {
            const { meter, splitAt, finish } = live();
            const left = splits.toSorted((a, b) => a - b).map((n) => 1.01 + n / 50);
            for (const { at, n } of wire) {
              while (left.length > 0 && at >= (left[0] ?? 0)) splitAt(left.shift() ?? 0);
              send(meter, at, INBOUND, packet(n));
            }
            const { streams } = finish();
            const sum = (of: (stream: MeasuredStream) => number) => streams.reduce((total, one) => total + of(one), 0);
            return [
              sum((one) => one.packets),
              sum((one) => one.expected),
              sum((one) => one.duplicates),
              sum((one) => one.mediaPackets),
            ];
          };
          expect(sums(cuts)).toEqual(sums([]));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('slots of streams that fell silent', () => {
  test('are shown three seconds after their end, and only then', () => {
    const { meter, advance, slotsShown } = live();
    for (let n = 0; n < 110; n += 1) send(meter, 6 + n / 50, INBOUND, packet(n));
    advance(12.9);
    expect(slotsShown()).toEqual([]);
    advance(13);
    expect(slotsShown()).toEqual([[5, 110, 0]]);
  });

  test('are told anew when the packets come again: an outage lies where it was', () => {
    const { meter, advance, slotsShown } = live();
    for (let n = 0; n < 100; n += 1) send(meter, n / 50 + 0.001, INBOUND, packet(n));
    advance(20);
    expect(slotsShown()).toEqual([[0, 100, 0]]);
    for (let n = 1000; n < 1500; n += 1) send(meter, n / 50 + 0.001, INBOUND, packet(n));
    advance(40);
    expect(slotsShown()).toEqual([
      [0, 100, 150],
      [5, 0, 250],
      [10, 0, 250],
      [15, 0, 250],
      [20, 250, 0],
      [25, 250, 0],
    ]);
  });
});

describe('seconds that the capture did not see', () => {
  const gap = (from: number, to: number, taint: readonly [number, number] | undefined) => {
    const { meter, advance, slotsShown } = live();
    for (let n = 0; n < from * 50; n += 1) send(meter, n / 50 + 0.001, INBOUND, packet(n));
    if (taint !== undefined) meter.taint(BEGIN + taint[0], BEGIN + taint[1], 'capture-restarted');
    for (let n = to * 50; n < 1500; n += 1) send(meter, n / 50 + 0.001, INBOUND, packet(n));
    advance(60);
    return slotsShown().reduce((sum, [, , lost = 0]) => sum + lost, 0);
  };

  test.each([
    ['of half a second', 10.3, 10.8],
    ['of whole seconds', 10, 13],
    ['of three seconds and more', 10.3, 13.7],
    ['longer than any jump', 10.02, 29.96],
  ])('a gap %s is no loss', (_, from, to) => {
    expect(gap(from, to, [from, to])).toBe(0);
    expect(gap(from, to, undefined)).toBe(Math.round((to - from) * 50));
  });

  test('beside an outage of the network hide no more than their own share', () => {
    expect(gap(10, 20, [10, 11])).toBe(450);
  });
});

describe('so many streams at once and no more', () => {
  const from = (index: number) =>
    ({ from: [`10.2.${index >> 8}.${index & 255}`, 5004], to: ['10.0.0.1', 6004] }) as const;
  const begin = (meter: Meter, index: number, at: number): void => {
    for (const sequence of [1, 2])
      send(meter, at + sequence / 1000, from(index), rtp({ ssrc: index, sequence, timestamp: 0 }));
  };

  test('packets of the others are counted as refused', () => {
    const meter = new Meter({ maximumStreams: 100 });
    for (let index = 0; index < 130; index += 1) begin(meter, index, 1);
    const { streams, capture } = meter.finish();
    expect([streams.length, capture.rtpPackets, capture.refusedPackets, capture.otherPackets]).toEqual([
      100, 200, 60, 60,
    ]);
  });

  test('live, the longest silent make room, but not those that somebody keeps', () => {
    const kept = new Set<string>();
    const { meter, poll } = live({ maximumStreams: 16, keeps: (streamId) => kept.has(streamId) });
    for (let index = 0; index < 16; index += 1) begin(meter, index, 1 + index / 100);
    for (const { streamId, ssrc } of meter.takeLive().begun) if (ssrc === 0) kept.add(streamId);
    begin(meter, 20, 1.5);
    expect(meter.look().refusedPackets).toBe(2);
    begin(meter, 21, 5);
    expect(meter.look().refusedPackets).toBe(2);
    poll();
    const ssrcs = meter.finish().streams.map(({ ssrc }) => ssrc);
    expect(ssrcs).toContain(0);
    expect(ssrcs).toContain(21);
    expect(ssrcs).not.toContain(1);
  });
});
