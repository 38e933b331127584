import { describe, expect, it } from 'vitest';
import { Journal } from '../../src/leg/journal.ts';
import type { Measured } from '../../src/leg/leg.ts';
import type { MeasuredBatch } from '../../src/store/store.ts';

const measured = (startedAt: number, packets: number): Measured => ({
  mediaLegId: 'leg',
  streams: [{ streamId: 's', mediaLegId: 'leg', source: 'getstats', direction: 'inbound' }],
  intervals: [{ streamId: 's', startedAt, seconds: 5, coveredSeconds: 5, packets }],
  cursor: new Uint8Array([packets]),
});

describe('the journal', () => {
  it('writes the last value of a slot once, for all who wait for it', async () => {
    const batches: MeasuredBatch[] = [];
    const journal = new Journal({ appendIntervals: async (batch) => void batches.push(batch) });
    journal.add(measured(0, 1));
    const first = journal.committed();
    journal.add(measured(0, 2));
    journal.add(measured(5, 3));
    await Promise.all([first, journal.committed()]);
    expect(batches).toHaveLength(1);
    expect(batches[0]?.intervals.map(({ startedAt, packets }) => [startedAt, packets])).toEqual([
      [0, 2],
      [5, 3],
    ]);
    expect(batches[0]?.cursors.get('leg')).toEqual(new Uint8Array([3]));
    await journal.flush();
    expect(batches).toHaveLength(1);
  });

  it('keeps what could not be written, and newer values win', async () => {
    const batches: MeasuredBatch[] = [];
    let full = true;
    const journal = new Journal({
      appendIntervals: async (batch) => {
        if (full) throw new Error('disk full');
        batches.push(batch);
      },
    });
    journal.add(measured(0, 1));
    journal.add(measured(5, 1));
    await expect(journal.flush()).rejects.toThrow('disk full');
    full = false;
    journal.add(measured(5, 9));
    await journal.flush();
    expect(batches[0]?.intervals.map(({ startedAt, packets }) => [startedAt, packets])).toEqual([
      [0, 1],
      [5, 9],
    ]);
  });
});
