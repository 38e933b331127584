import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { LastLines } from '../../src/demo/last-lines.ts';

test('the last twelve lines stand behind the reason', async () => {
  const output = new PassThrough();
  const lines = new LastLines([output, null]);
  output.end(Array.from({ length: 20 }, (_, index) => `line ${index + 1}\n`).join(''));
  await expect.poll(() => lines.after('it ended'), { timeout: 10_000 }).toContain('line 20');
  expect(lines.after('it ended').split('\n')).toEqual([
    'it ended; its last lines:',
    ...Array.from({ length: 12 }, (_, index) => `  line ${index + 9}`),
  ]);
});

test('a process that wrote nothing leaves the reason alone', () => {
  expect(new LastLines([new PassThrough()]).after('it ended')).toBe('it ended');
});
