import { describe, expect, it } from 'vitest';
import { toldEnd, toldStart } from '../../src/leg/times.ts';

describe('times as other hosts tell them', () => {
  it('are taken when they can be', () => {
    expect(toldStart(90, 100)).toBe(90);
    expect(toldEnd(undefined, 90, 100)).toBe(100);
    expect(toldEnd(95, 90, 100)).toBe(95);
    expect(toldEnd(90, 90, 100)).toBe(90);
  });

  it('of a clock that is a little ahead are cut to ours', () => {
    expect(toldEnd(130, 90, 100)).toBe(100);
    expect(toldEnd(undefined, 110, 100)).toBe(110);
  });

  it.each([
    ['an end before the begin', () => toldEnd(89, 90, 100), /before the leg's begin/],
    ['an end in the future', () => toldEnd(161, 90, 100), /in the future/],
    ['a begin in the future', () => toldStart(161, 100), /in the future/],
  ])('refuse %s', (_, told, reason) => {
    expect(told).toThrow(reason);
    expect(told).toThrow(expect.objectContaining({ code: 'BODY_INVALID', hint: expect.any(String) }));
  });
});
