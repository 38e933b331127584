import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newPacketTable, removeStreams } from '../../src/quality/packet-table.ts';
import { measure, type Sent } from './packet-stream.ts';

/** A stream of so many packets a second; of numbers in `late` the packets come so many numbers later. */
function sent(rate: number, seconds: number, late: ReadonlyMap<number, number>): Sent[] {
  const packets: Sent[] = [];
  const packet = (number: number, at: number): Sent => ({ at: at / rate, sequence: number, timestamp: number });
  for (let number = 0; number < rate * seconds; number += 1) {
    if (!late.has(number)) packets.push(packet(number, number));
    for (const [which, by] of late) if (which + by === number) packets.push(packet(which, number + 0.5));
  }
  return packets;
}

const count = (packets: readonly Sent[]) => {
  const { packets: unique, duplicates, reordered } = measure(packets).totals;
  return { unique, duplicates, reordered };
};

describe('numbers that came late', () => {
  test.each([500, 1000, 1023, 1024, 1025, 1500, 2047])('%i numbers later, at 2,000 a second', (by) => {
    const packets = sent(2000, 4, new Map([[3000, by]]));
    expect(count(packets)).toEqual({ unique: 8000, duplicates: 0, reordered: 1 });
  });

  test.each([1, 1000, 1023, 1024, 1025, 1500, 2000])('and once more: a duplicate, %i numbers back', (by) => {
    const packets = sent(2000, 4, new Map([[3000, 40]]));
    const at = packets.findIndex(({ sequence }) => sequence === 3000 + by + 50);
    const again = { at: (3000 + by + 50.2) / 2000, sequence: 3000 + 10, timestamp: 3010 };
    const late = { ...again, sequence: 3000, timestamp: 3000 };
    packets.splice(at + 1, 0, again, ...(by < 1990 ? [late] : []));
    expect(count(packets)).toEqual({ unique: 8000, duplicates: by < 1990 ? 2 : 1, reordered: 1 });
  });

  test('a slow stream remembers 1,000 numbers of however long ago', () => {
    expect(count(sent(50, 60, new Map([[100, 1000]])))).toEqual({ unique: 3000, duplicates: 0, reordered: 1 });
  });

  test('at 1,500 a second, whatever comes late or twice within 2 s is told from each other', () => {
    const event = fc.tuple(fc.integer({ min: 2000, max: 5000 }), fc.integer({ min: 1, max: 2000 }));
    fc.assert(
      fc.property(fc.array(event, { maxLength: 20 }), (events) => {
        const late = new Map(events);
        const packets = sent(1500, 5, late);
        const twice = events.map(([number, by]) => ({
          at: (number + by + 10.6) / 1500,
          sequence: number - 1,
          timestamp: number - 1,
        }));
        const all = [...packets, ...twice.filter(({ sequence }) => !late.has(sequence))];
        const ordered = all.filter(({ at }) => at < 5).toSorted((a, b) => a.at - b.at);
        const numbers = new Set(ordered.map(({ sequence }) => sequence));
        const figures = count(ordered);
        expect(figures.unique).toBe(numbers.size);
        expect(figures.duplicates).toBe(ordered.length - numbers.size);
      }),
      { numRuns: 60 },
    );
  });
});

test('only streams that send so many have room beside their record, and it goes with them', () => {
  expect(measure(sent(300, 10, new Map())).table.olderSeen.size).toBe(0);
  const { table } = measure(sent(1500, 5, new Map()));
  expect([...table.olderSeen.keys()]).toEqual([0]);
  removeStreams(table, [0]);
  expect(table.olderSeen.size).toBe(newPacketTable().olderSeen.size);
});
