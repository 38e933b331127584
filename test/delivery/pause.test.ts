import { afterEach, describe, expect, it, vi } from 'vitest';
import { pause } from '../../src/delivery/pause.ts';

describe('pause', () => {
  afterEach(() => void vi.useRealTimers());

  it('lasts its seconds', async () => {
    vi.useFakeTimers();
    const done = vi.fn();
    const paused = pause(2, new AbortController().signal).then(done);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await paused;
    expect(done).toHaveBeenCalledOnce();
  });

  it('ends with the signal and leaves no timer', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const paused = pause(60, controller.signal);
    controller.abort();
    await paused;
    await pause(60, controller.signal);
    expect(vi.getTimerCount()).toBe(0);
  });
});
