import { expect, test } from 'vitest';
import { Cleanup } from '../../src/demo/cleanup.ts';

test('what was done last is undone first, whatever fails', async () => {
  const undone: string[] = [];
  const cleanup = new Cleanup();
  cleanup.add(() => undone.push('first'));
  cleanup.add(() => Promise.reject(new Error('cannot')));
  cleanup.add(() => {
    throw new Error('cannot either');
  });
  cleanup.add(async () => undone.push('last'));
  await cleanup.run();
  expect(undone).toEqual(['last', 'first']);
});

test('nothing is undone twice', async () => {
  let times = 0;
  const cleanup = new Cleanup();
  cleanup.add(() => {
    times += 1;
  });
  await cleanup.run();
  await cleanup.run();
  expect(times).toBe(1);
});
