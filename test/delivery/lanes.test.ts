import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lanes } from '../../src/delivery/lanes.ts';

const asked = (lanes: Lanes, count: number) => Array.from({ length: count }, () => lanes.next());

describe('Lanes', () => {
  it('keeps every fourth place for what was made since, while there is a backlog', () => {
    const lanes = new Lanes(100);
    lanes.claimed([1, 2, 3], 3, 101);
    expect(asked(lanes, 9)).toEqual([
      undefined,
      undefined,
      undefined,
      100,
      undefined,
      undefined,
      undefined,
      100,
      undefined,
    ]);
  });

  it('keeps none once it has caught up, and what comes then is new', () => {
    const lanes = new Lanes(100);
    lanes.claimed([50], 3, 110);
    expect(asked(lanes, 8)).toEqual(Array(8).fill(undefined));
    lanes.claimed([60, 61], 2, 120);
    expect(asked(lanes, 4)).toContain(110);
  });

  it('has other reports for new when the backlog has come to those that were', () => {
    const lanes = new Lanes(100);
    lanes.claimed([98, 99], 2, 130);
    expect(asked(lanes, 4)).toContain(100);
    lanes.claimed([99.5, 100], 2, 140);
    expect(asked(lanes, 4)).toContain(140);
  });

  it('never gives new reports more than a fourth of the places, whatever comes', () => {
    const claims = fc.array(fc.tuple(fc.array(fc.nat(1_000)), fc.integer({ min: 1, max: 8 })), { maxLength: 100 });
    fc.assert(
      fc.property(claims, (all) => {
        const lanes = new Lanes(500);
        let fresh = 0;
        for (const [index, [createdAt, limit]] of all.entries()) {
          if (lanes.next() !== undefined) fresh += 1;
          lanes.claimed(createdAt.slice(0, limit), limit, 500 + index);
        }
        expect(fresh).toBeLessThanOrEqual(all.length / 4);
      }),
    );
  });
});
