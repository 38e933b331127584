import { describe, expect, it } from 'vitest';
import { Holds } from '../../src/delivery/holds.ts';

describe('Holds', () => {
  it('holds as long as Graph said', () => {
    const holds = new Holds();
    holds.hold('a', 100, 160);
    expect([holds.tenants(159.9), holds.tenants(160)]).toEqual([['a'], []]);
  });

  it('holds 1, 2, 4 … at most 30 s where Graph did not say', () => {
    const holds = new Holds();
    const lengths: number[] = [];
    for (let now = 0, round = 0; round < 7; round += 1) {
      holds.hold('a', now);
      const end = holds.nextEnd(now) ?? Number.NaN;
      lengths.push(end - now);
      now = end;
    }
    expect(lengths).toEqual([1, 2, 4, 8, 16, 30, 30]);
  });

  it('counts attempts that were under way together as one', () => {
    const holds = new Holds();
    for (const now of [0, 0.1, 0.2]) holds.hold('a', now);
    expect(holds.nextEnd(0.2)).toBeCloseTo(1.2, 9);
  });

  it('is never shortened', () => {
    const holds = new Holds();
    holds.hold('a', 0, 60);
    holds.hold('a', 1, 10);
    holds.hold('a', 2);
    holds.answered('a', 3);
    expect(holds.nextEnd(3)).toBe(60);
  });

  it('begins anew after a verdict', () => {
    const holds = new Holds();
    holds.hold('a', 0);
    holds.hold('a', 1);
    holds.answered('a', 3);
    holds.hold('a', 4);
    expect(holds.nextEnd(4)).toBe(5);
  });

  it('holds nothing any longer once cleared', () => {
    const holds = new Holds();
    holds.hold('a', 100, 90_000);
    holds.clear();
    expect([holds.tenants(50), holds.nextEnd(50)]).toEqual([[], undefined]);
  });

  it('lets go of what Graph did not ask for, and of no more', () => {
    const holds = new Holds();
    for (const now of [0, 1, 3, 7]) holds.hold('a', now);
    expect(holds.tenants(8)).toEqual(['a']);
    expect(holds.release('a', 8)).toBeUndefined();
    expect(holds.tenants(8)).toEqual([]);
    holds.hold('b', 0, 10);
    holds.hold('b', 9);
    expect(holds.release('b', 5)).toBe(10);
    expect([holds.tenants(9.5), holds.tenants(10)]).toEqual([['b'], []]);
    expect(holds.release('nobody', 0)).toBeUndefined();
  });

  it('knows the first of several ends, and none', () => {
    const holds = new Holds();
    expect(holds.nextEnd(0)).toBeUndefined();
    holds.hold('a', 0, 60);
    holds.hold('b', 0, 30);
    expect([holds.nextEnd(0), holds.nextEnd(30), holds.nextEnd(60)]).toEqual([30, 60, undefined]);
    expect(holds.tenants(0)).toEqual(['a', 'b']);
  });
});
