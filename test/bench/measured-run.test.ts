import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { measuredRun } from '../../bench/measured-run.ts';

const directory = mkdtempSync(join(tmpdir(), 'otherleg-run-'));
const output = join(directory, 'output');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

it('takes the time, the highest memory and the output of a program', async () => {
  const program = `const held = Buffer.alloc(100e6, 1); setTimeout(() => console.log(held.length), 200)`;
  const { seconds, peakMegabytes } = await measuredRun(process.execPath, ['-e', program], output);
  expect(seconds).toBeGreaterThan(0.2);
  expect(readFileSync(output, 'utf8')).toBe('100000000\n');
  if (process.platform === 'linux') expect(peakMegabytes).toBeGreaterThan(100);
});

it('says what a program that fails complained of', async () => {
  const program = `console.error('no such thing'); process.exit(3)`;
  await expect(measuredRun(process.execPath, ['-e', program], output)).rejects.toThrow(/exit code 3\nno such thing/);
  await expect(measuredRun(join(directory, 'absent'), [], output)).rejects.toThrow(/ENOENT/);
});
