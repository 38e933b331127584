import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Interval } from '../../src/model/interval.ts';
import { fromIntervalCells, toIntervalCells } from '../../src/store/interval-cells.ts';
import { anyInterval } from './arbitrary-series.ts';
import { fullInterval, intervalOf, keptFullInterval, origin, streamOf } from './measured.ts';

/** Once to the text on disk and back. */
function kept(interval: Interval): Interval {
  const text = JSON.stringify(toIntervalCells(interval, interval.startedAt));
  return fromIntervalCells(JSON.parse(text), interval.streamId, interval.startedAt);
}

describe('interval cells', () => {
  it('hold every member', () => {
    expect(kept(fullInterval)).toStrictEqual(keptFullInterval);
  });

  it('hold what is absent as absent', () => {
    const bare: Interval = { streamId: 's', startedAt: origin, seconds: 5, coveredSeconds: 0 };
    expect(kept(bare)).toStrictEqual(bare);
    expect(kept({ ...bare, roundTrip: {} })).toStrictEqual(bare);
  });

  it('are short', () => {
    const stream = streamOf('leg');
    const usual = intervalOf(stream, 1, {
      loss: {
        origin: 'observed',
        lost: 3,
        of: 253,
        unit: 'packets',
        worst: { value: 0.01, at: origin + 7, windowSeconds: 5 },
      },
      jitter: { origin: 'observed', sum: 0.027345, count: 5, worst: { value: 0.006543, at: origin + 8.21 } },
    });
    const text = JSON.stringify(toIntervalCells(usual, usual.startedAt));
    expect(text).toBe('[5,5,null,250,25000,null,null,[0,3,253,0,0,[0.01,2],5],[0,0.027345,5,[0.006543,3.21]],null]');
  });

  it('change nothing when written again', () => {
    fc.assert(
      fc.property(anyInterval, (interval) => {
        const once = kept(interval);
        expect(kept(once)).toStrictEqual(once);
      }),
    );
  });

  it('are off by half a step at most', () => {
    const half = 0.5e-6 * 1.001;
    fc.assert(
      fc.property(anyInterval, (interval) => {
        const { jitter, loss, ...once } = kept(interval);
        expect(Object.keys({ ...once, jitter, loss }).length).toBeGreaterThan(3);
        expect(Math.abs(once.coveredSeconds - interval.coveredSeconds)).toBeLessThanOrEqual(half);
        expect(Math.abs((jitter?.sum ?? 0) - (interval.jitter?.sum ?? 0))).toBeLessThanOrEqual(half);
        expect(Math.abs((jitter?.worst?.at ?? 0) - (interval.jitter?.worst?.at ?? 0))).toBeLessThanOrEqual(0.005001);
        expect(Math.abs((loss?.lost ?? 0) - (interval.loss?.lost ?? 0))).toBeLessThanOrEqual(half);
      }),
    );
  });
});
