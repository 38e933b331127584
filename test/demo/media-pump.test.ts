import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { pumpMedia } from '../../src/demo/media-pump.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Takes pictures and sounds and counts those that differ from the one before. */
class Counter {
  taken = 0;
  changed = 0;
  #last: unknown;

  take(content: { data: Uint8Array } | { samples: Int16Array }): void {
    const text = ('data' in content ? content.data : content.samples).join();
    this.taken += 1;
    if (text !== this.#last) this.changed += 1;
    this.#last = text;
  }

  readonly onFrame = this.take.bind(this);
  readonly onData = this.take.bind(this);
}

const peer = () => ({ audio: new Counter(), camera: new Counter(), screen: new Counter() });

test('sound comes a hundred times a second, the camera twenty times, the screen at least ten times and always new', () => {
  const [one, other] = [peer(), peer()];
  const stop = pumpMedia([one, other]);
  vi.advanceTimersByTime(2000);
  stop();
  for (const { audio, camera, screen } of [one, other]) {
    expect(Math.abs(audio.taken - 200)).toBeLessThanOrEqual(1);
    expect(Math.abs(camera.taken - 40)).toBeLessThanOrEqual(1);
    expect(screen.taken).toBeGreaterThanOrEqual(20);
    for (const { taken, changed } of [audio, camera, screen]) expect(changed).toBe(taken);
  }
});

test('what a late timer missed is made up for', () => {
  const one = peer();
  const stop = pumpMedia([one]);
  vi.advanceTimersByTime(100);
  const before = one.audio.taken;
  const blocked = performance.now() + 300;
  vi.spyOn(performance, 'now').mockReturnValue(blocked);
  vi.advanceTimersToNextTimer();
  expect(one.audio.taken - before).toBeGreaterThanOrEqual(29);
  vi.restoreAllMocks();
  stop();
});

test('nothing comes after it is stopped', () => {
  const one = peer();
  pumpMedia([one])();
  vi.advanceTimersByTime(1000);
  expect([one.audio.taken, one.camera.taken, one.screen.taken]).toEqual([0, 0, 0]);
});
