import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { CutOff, unlessAborted, withDeadline } from '../../src/graph/deadline.ts';

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('withDeadline', () => {
  it('answers what the work answers and leaves neither timer nor listener behind', async () => {
    vi.useFakeTimers();
    const { signal: outer } = new AbortController();
    expect(await withDeadline(60, outer, async (signal) => unlessAborted(Promise.resolve(signal.aborted), outer))).toBe(
      false,
    );
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(outer, 'abort')).toEqual([]);
    vi.useRealTimers();
  });

  it('cuts off after its seconds', async () => {
    const work = withDeadline(0.01, undefined, untilAborted);
    await expect(work).rejects.toEqual(new CutOff('DEADLINE', 'no answer within 0.01 s'));
    await expect(work).rejects.toMatchObject({ code: 'DEADLINE' });
  });

  it('cuts off with the outer signal, also one that is over already', async () => {
    const outer = new AbortController();
    const work = withDeadline(60, outer.signal, untilAborted);
    outer.abort();
    await expect(work).rejects.toMatchObject({ code: 'STOPPED' });
    expect(await withDeadline(60, outer.signal, async (signal) => signal.aborted)).toBe(true);
  });
});

describe('unlessAborted', () => {
  it('lets one go and the others wait', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const impatient = new AbortController();
    const both = [unlessAborted(promise, impatient.signal), unlessAborted(promise, new AbortController().signal)];
    impatient.abort(new CutOff('STOPPED', 'enough'));
    resolve('done');
    expect(await Promise.allSettled(both)).toMatchObject([
      { status: 'rejected', reason: { code: 'STOPPED' } },
      { status: 'fulfilled', value: 'done' },
    ]);
  });

  it('rejects at once for a signal that is over already', async () => {
    await expect(unlessAborted(new Promise(() => undefined), AbortSignal.abort('over'))).rejects.toBe('over');
  });

  it('passes rejections on', async () => {
    await expect(unlessAborted(Promise.reject(new Error('no')), AbortSignal.timeout(1_000))).rejects.toThrow('no');
  });
});
