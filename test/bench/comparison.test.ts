import { expect, it } from 'vitest';
import { type Comparison, growth, markdown, median, sumUp } from '../../bench/comparison.ts';
import type { Run } from '../../bench/measured-run.ts';

const run = (seconds: number, peakMegabytes?: number): Run => ({ seconds, peakMegabytes });

it('takes the value in the middle', () => {
  expect(median([3, 1, 9])).toBe(3);
  expect(median([4, 1, 9, 2])).toBe(3);
  expect(median([])).toBeNaN();
});

it('sums up medians and the highest memory, and compares times within each round', () => {
  const ours = [run(1), run(2), run(3)];
  const theirs = [run(2, 10), run(8, 30), run(3, 20)];
  expect(sumUp('x', theirs, ours, 600)).toEqual({
    ...{ name: 'x', runs: theirs, seconds: 3, packetsPerSecond: 200, peakMegabytes: 30, otherlegRatio: 0.5 },
  });
  expect(sumUp('x', [run(1)], [], 1)).toMatchObject({ peakMegabytes: undefined, otherlegRatio: Number.NaN });
});

function comparison(calls: number, seconds: number, memory: number): Comparison {
  const measured = [
    { ...sumUp('otherleg', [run(2, 50)], [run(2)], 1000), disagreements: [] },
    { ...sumUp('C', [run(1, 2)], [run(2)], 1000), disagreements: [] },
    { ...sumUp('tshark', [run(40, memory)], [run(2)], 1000), disagreements: ['this', 'that'] },
  ];
  return { calls, seconds, packets: calls * 1000, streams: calls * 6, measured };
}

it('makes a table with a row a program', () => {
  const lines = markdown([comparison(1000, 5, 100)]).split('\n');
  expect(lines).toHaveLength(6);
  expect(lines[2]).toMatch(
    /^\| 1,000 calls × 5 s: 1,000,000 packets, 6,000 streams \| otherleg \| 2\.00 s \|.*\| {2}\| 50 MB \| yes \|$/,
  );
  expect(lines[3]).toMatch(/^\| {2}\| C \|.*\| 2\.00 × its time \| 2 MB \| yes \|$/);
  expect(lines[4]).toMatch(/^\| {2}\| tshark \|.*\| 20\.0 × faster \| 100 MB \| 2 differences \|$/);
});

it('tells the growth of memory between captures of calls of one length', () => {
  const lines = growth([comparison(10, 60, 100), comparison(100, 60, 350), comparison(1000, 5, 900)]);
  expect(lines).toContain('otherleg: 0.0 MB more for 10.0 times the packets');
  expect(lines).toContain('tshark: 250.0 MB more for 10.0 times the packets');
  expect(growth([comparison(10, 60, 100)])).toEqual([]);
});
