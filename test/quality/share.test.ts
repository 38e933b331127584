import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Piece, share, slotUpTo } from '../../src/quality/share.ts';

const piece: Piece = {
  coveredSeconds: 10,
  packets: 500,
  octets: 80_000,
  frames: 300,
  height: 720,
  loss: { origin: 'observed', unit: 'packets', lost: -7, of: 493, worst: { value: 0.1, at: 12.5, windowSeconds: 5 } },
  jitter: { origin: 'paced', sum: 0.1, count: 10, worst: { value: 0.03, at: 12.5 } },
  roundTrip: { stats: { origin: 'reported', sum: 0.08, count: 1 } },
};

test('a delta goes to the slots it overlaps in proportion; maxima and round trips to the one it ended in', () => {
  const [first, second, third, ...more] = share(piece, 2.5, 12.5, 5);
  expect(more).toEqual([]);
  expect(first).toEqual({
    startedAt: 0,
    piece: {
      coveredSeconds: 2.5,
      packets: 125,
      octets: 20_000,
      frames: 75,
      height: 720,
      loss: { origin: 'observed', unit: 'packets', lost: -1.75, of: 123.25 },
      jitter: { origin: 'paced', sum: 0.025, count: 2.5 },
    },
  });
  expect(second).toMatchObject({ startedAt: 5, piece: { coveredSeconds: 5, packets: 250 } });
  expect(second?.piece.loss).not.toHaveProperty('worst');
  expect(second?.piece).not.toHaveProperty('roundTrip');
  expect(third).toMatchObject({
    startedAt: 10,
    piece: { packets: 125, loss: { worst: piece.loss?.worst }, jitter: { worst: piece.jitter?.worst } },
  });
  expect(third?.piece.roundTrip).toEqual(piece.roundTrip);
});

describe('boundaries', () => {
  test.each([
    { from: 5, to: 10, slots: [5] },
    { from: 5, to: 10.001, slots: [5, 10] },
    { from: 4.999, to: 10, slots: [0, 5] },
    { from: 7, to: 8, slots: [5] },
    { from: 7, to: 7, slots: [5] },
    { from: 10, to: 10, slots: [5] },
  ])('($from, $to] touches $slots', ({ from, to, slots }) => {
    expect(share(piece, from, to, 5).map(({ startedAt }) => startedAt)).toEqual(slots);
  });

  test.each([
    [10, 5],
    [10.1, 10],
    [9.9, 5],
  ])('counters read at %f tell of the slot at %f', (at, slot) => {
    expect(slotUpTo(at, 5)).toBe(slot);
  });
});

test('sharing conserves every sum', () => {
  const time = fc.double({ min: 1_763_000_000, max: 1_763_000_400, noNaN: true });
  fc.assert(
    fc.property(
      time,
      fc.double({ min: 0, max: 300, noNaN: true }),
      fc.constantFrom(1, 5, 60),
      (from, seconds, slot) => {
        const shares = share(piece, from, from + seconds, slot).map((part) => part.piece);
        const sum = (member: (part: Piece) => number | undefined) =>
          shares.reduce((total, part) => total + (member(part) ?? 0), 0);
        expect(sum((part) => part.packets)).toBeCloseTo(500, 6);
        expect(sum((part) => part.octets)).toBeCloseTo(80_000, 4);
        expect(sum((part) => part.frames)).toBeCloseTo(300, 6);
        expect(sum((part) => part.coveredSeconds)).toBeCloseTo(10, 6);
        expect(sum((part) => part.loss?.lost)).toBeCloseTo(-7, 6);
        expect(sum((part) => part.loss?.of)).toBeCloseTo(493, 6);
        expect(sum((part) => part.jitter?.sum)).toBeCloseTo(0.1, 9);
        expect(sum((part) => part.jitter?.count)).toBeCloseTo(10, 6);
        expect(shares.filter((part) => part.loss?.worst !== undefined)).toHaveLength(1);
      },
    ),
  );
});
