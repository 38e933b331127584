import { expect, test } from 'vitest';
import { seededRandom } from '../../src/demo/random.ts';

const take = (count: number, random: () => number): number[] => Array.from({ length: count }, random);

test('the same seed yields the same numbers, another one others', () => {
  expect(take(20, seededRandom(7))).toEqual(take(20, seededRandom(7)));
  expect(take(20, seededRandom(7))).not.toEqual(take(20, seededRandom(8)));
});

test('the numbers lie in [0, 1) and are spread evenly', () => {
  const numbers = take(100_000, seededRandom(1));
  expect(Math.min(...numbers.slice(0, 10_000))).toBeGreaterThanOrEqual(0);
  expect(numbers.every((value) => value >= 0 && value < 1)).toBe(true);
  expect(numbers.filter((value) => value < 0.02).length / numbers.length).toBeCloseTo(0.02, 2);
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  expect(mean).toBeCloseTo(0.5, 2);
});
