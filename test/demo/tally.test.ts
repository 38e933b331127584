import { expect, test } from 'vitest';
import { Tally } from '../../src/demo/tally.ts';

test('nothing added is nothing known', () => {
  const { count, mean, maximum } = new Tally();
  expect({ count, mean, maximum }).toEqual({ count: 0, mean: undefined, maximum: undefined });
});

test('negative values have a maximum too', () => {
  const tally = new Tally();
  for (const value of [-3, -1, -2]) tally.add(value);
  expect([tally.count, tally.mean, tally.maximum]).toEqual([3, -2, -1]);
});
