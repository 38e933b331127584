import { describe, expect, it } from 'vitest';
import { ClockWatch } from '../../../src/source/capture/clock-step.ts';

const look = (watch: ClockWatch, wall: number, steady: number) => watch.look(wall, steady, steady);

describe('a watch on the clock', () => {
  it('says nothing while both clocks go alike, or one is slewed', () => {
    const watch = new ClockWatch();
    for (let second = 0; second < 10; second += 1) expect(look(watch, 1000 + second * 1.0005, second)).toBeUndefined();
  });

  it.each([3600, -3600, 0.1, -0.1])('tells of a step of %d s, and of the seconds around it', (by) => {
    const watch = new ClockWatch();
    look(watch, 1000, 50);
    const step = look(watch, 1000.25 + by, 50.25);
    expect(step?.seconds).toBeCloseTo(by, 6);
    expect(step?.before).toEqual([1000, 1000.25]);
    expect(step?.after.map((at) => at - by)).toEqual([expect.closeTo(1000, 6), expect.closeTo(1000.25, 6)]);
    expect(look(watch, 1000.5 + by, 50.5)).toBeUndefined();
  });

  it('is not deceived by a pause between the two clocks', () => {
    const watch = new ClockWatch();
    look(watch, 1000, 50);
    expect(watch.look(1000.3, 50.1, 50.3)).toBeUndefined();
    expect(look(watch, 1000.4, 50.4)).toBeUndefined();
  });

  it('tells of a step that a pause hid at the next look', () => {
    const watch = new ClockWatch();
    look(watch, 1000, 50);
    expect(watch.look(1060.3, 50.1, 50.3)).toBeUndefined();
    expect(look(watch, 1060.4, 50.4)?.seconds).toBeCloseTo(60, 6);
  });
});
