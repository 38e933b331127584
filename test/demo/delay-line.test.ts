import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { DelayLine } from '../../src/demo/delay-line.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const now = (): number => performance.now() / 1000;

function lineWith(delays: readonly number[]): { line: DelayLine; out: [number, number][] } {
  const line = new DelayLine(now);
  const begun = now();
  const out: [number, number][] = [];
  for (const [index, delay] of delays.entries()) {
    line.push(delay, () => out.push([index, Math.round((now() - begun) * 1000)]));
  }
  return { line, out };
}

test('what is pushed comes out after its delay', () => {
  const { out } = lineWith([0.01, 0.04]);
  vi.advanceTimersByTime(9);
  expect(out).toEqual([]);
  vi.advanceTimersByTime(100);
  expect(out).toEqual([
    [0, 10],
    [1, 40],
  ]);
});

test('nothing overtakes', () => {
  const { out } = lineWith([0.04, 0.01, 0.05]);
  vi.advanceTimersByTime(100);
  expect(out).toEqual([
    [0, 40],
    [1, 40],
    [2, 50],
  ]);
});

test('it goes on after it ran empty', () => {
  const { line, out } = lineWith([0.01]);
  vi.advanceTimersByTime(50);
  line.push(0.01, () => out.push([9, 0]));
  vi.advanceTimersByTime(50);
  expect(out.map(([index]) => index)).toEqual([0, 9]);
});

test('what still waits when it closes never comes out', () => {
  const { line, out } = lineWith([0.01, 0.02]);
  vi.advanceTimersByTime(15);
  line.close();
  vi.advanceTimersByTime(100);
  expect(out).toEqual([[0, 10]]);
});
