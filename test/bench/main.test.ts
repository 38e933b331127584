import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import type { Comparison } from '../../bench/comparison.ts';

const bench = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, ['bench/main.ts', '--quick', '--runs', '1', '--without', 'tshark', ...args]);
const leftovers = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('otherleg-bench-'));

it('compares on three captures, finds otherleg right, and leaves nothing behind', { timeout: 60_000 }, async () => {
  const before = leftovers();
  const { stdout, stderr } = await bench('--json');
  const { comparisons } = JSON.parse(stdout) as { comparisons: readonly Comparison[] };
  expect(comparisons.map(({ calls, streams }) => [calls, streams])).toEqual([
    [2, 12],
    [20, 120],
    [100, 600],
  ]);
  for (const { measured } of comparisons) {
    expect(measured[0]).toMatchObject({ name: 'otherleg', disagreements: [], otherlegRatio: 1 });
    for (const { runs } of measured) expect(runs).toHaveLength(1);
  }
  expect(stderr).toContain('20 calls × 20 s\n');
  expect(leftovers()).toEqual(before);
});
