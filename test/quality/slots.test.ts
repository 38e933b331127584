import { expect, test } from 'vitest';
import type { Interval } from '../../src/model/interval.ts';
import { closeBefore, openSlots, putAt, putOver, takeChanged } from '../../src/quality/slots.ts';

const packets = (intervals: readonly Interval[]) => intervals.map(({ startedAt, packets }) => [startedAt, packets]);

test('a slot is given out whole each time it changed, and only then', () => {
  const slots = openSlots({ streamId: 's', slotSeconds: 5 });
  putOver(slots, 0, 4, { coveredSeconds: 4, packets: 40 });
  expect(takeChanged(slots)).toEqual([{ streamId: 's', startedAt: 0, seconds: 5, coveredSeconds: 4, packets: 40 }]);
  expect(takeChanged(slots)).toEqual([]);
  putOver(slots, 4, 6, { coveredSeconds: 2, packets: 20 });
  expect(packets(takeChanged(slots))).toEqual([
    [0, 50],
    [5, 10],
  ]);
});

test('what comes too late for its slot goes to the first open one, undiminished', () => {
  const slots = openSlots({ streamId: 's', slotSeconds: 5 });
  putOver(slots, 0, 15, { coveredSeconds: 15, packets: 150 });
  takeChanged(slots);
  closeBefore(slots, 12);
  putOver(slots, 3, 8, { coveredSeconds: 5, packets: 7 });
  putAt(slots, 4, { coveredSeconds: 0, packets: 1 });
  putOver(slots, 8, 15, { coveredSeconds: 7, packets: 2 });
  expect(packets(takeChanged(slots))).toEqual([[10, 60]]);
});

test('slots close forwards only', () => {
  const slots = openSlots({ streamId: 's', slotSeconds: 5, openFrom: 10 });
  closeBefore(slots, 3);
  expect(slots.openFrom).toBe(10);
});

test('after a restart the stored intervals of the stream go on growing', () => {
  const interval = { streamId: 's', startedAt: 10, seconds: 5, coveredSeconds: 2, packets: 20 };
  const stored = [interval, { ...interval, startedAt: 5 }, { ...interval, streamId: 'other' }];
  const slots = openSlots({ streamId: 's', slotSeconds: 5, openFrom: 10 }, stored);
  putOver(slots, 12, 14, { coveredSeconds: 2, packets: 20 });
  expect(takeChanged(slots)).toEqual([{ ...interval, coveredSeconds: 4, packets: 40 }]);
});

test('an instant on a boundary belongs to the slot that it ends', () => {
  const slots = openSlots({ streamId: 's', slotSeconds: 5 });
  putAt(slots, 10, { coveredSeconds: 0, packets: 1 });
  expect(packets(takeChanged(slots))).toEqual([[5, 1]]);
});
