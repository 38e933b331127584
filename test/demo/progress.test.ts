import { expect, test } from 'vitest';
import { Progress } from '../../src/demo/progress.ts';

function told(isTTY: boolean, seconds: readonly number[]): string[] {
  const written: string[] = [];
  const progress = new Progress({ isTTY, write: (text) => written.push(text) }, 30);
  for (const elapsed of seconds) progress.at(elapsed);
  progress.end();
  return written;
}

test('on a terminal one line is drawn again and again, and removed at the end', () => {
  const written = told(true, [0, 15.4, 31]);
  expect(written).toEqual([
    `\r${'░'.repeat(30)} 0 of 30 s `,
    `\r${'█'.repeat(15)}${'░'.repeat(15)} 15 of 30 s `,
    `\r${'█'.repeat(30)} 30 of 30 s `,
    '\r\u001b[2K',
  ]);
});

test('elsewhere a line comes every ten seconds', () => {
  const seconds = Array.from({ length: 61 }, (_, index) => index / 2);
  expect(told(false, seconds)).toEqual(['10 of 30 s\n', '20 of 30 s\n', '30 of 30 s\n']);
});
