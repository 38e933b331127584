import { expect, test } from 'vitest';
import { type Counters, type Delta, deltaOf, fell, minus, ZERO } from '../../src/quality/sampled-counters.ts';

test.each<{ name: string; before: Counters; now: Counters; delta: Delta }>([
  {
    name: 'counters that grow',
    before: { packets: 100, octets: 1000, frames: 10, lost: 1 },
    now: { packets: 150, octets: 1600, frames: 40, lost: 4 },
    delta: { arrived: 50, packets: 50, octets: 600, frames: 30, lost: 3, duplicates: 0 },
  },
  {
    name: 'repairs are no media',
    before: { packets: 100, octets: 1000, retransmittedPackets: 10, retransmittedOctets: 100 },
    now: { packets: 150, octets: 1600, retransmittedPackets: 15, retransmittedOctets: 150 },
    delta: { arrived: 50, packets: 45, octets: 550 },
  },
  {
    name: 'repairs that are told late are not taken off at once',
    before: { packets: 100 },
    now: { packets: 150, retransmittedPackets: 40 },
    delta: { arrived: 50, packets: 50 },
  },
  {
    name: 'from zero',
    before: ZERO,
    now: { packets: 150, retransmittedPackets: 40, lost: -2 },
    delta: { arrived: 150, packets: 110, lost: -2, duplicates: 2 },
  },
  {
    name: 'a member that fell tells nothing',
    before: { packets: 9, octets: 5 },
    now: { packets: 10, octets: 4 },
    delta: { arrived: 1, packets: 1 },
  },
  {
    name: 'a member that appears has no difference',
    before: { packets: 9 },
    now: { packets: 10, frames: 4 },
    delta: { arrived: 1, packets: 1 },
  },
  {
    name: 'late packets repay: no duplicates',
    before: { packets: 100, lost: 5 },
    now: { packets: 150, lost: 2 },
    delta: { arrived: 50, packets: 50, lost: -3, duplicates: 0 },
  },
  {
    name: 'fewer lost than none: duplicates',
    before: { packets: 100, lost: 2 },
    now: { packets: 160, lost: -8 },
    delta: { arrived: 60, packets: 60, lost: -10, duplicates: 8 },
  },
])('$name', ({ before, now, delta }) => {
  expect(deltaOf(before, now)).toEqual(delta);
});

test('only counters that are there both times can fall or differ', () => {
  expect([fell(5, 4), fell(5, 5), fell(undefined, 4), fell(5, undefined)]).toEqual([true, false, false, false]);
  expect([minus(5, 4), minus(undefined, 4), minus(5, undefined)]).toEqual([1, undefined, undefined]);
});
