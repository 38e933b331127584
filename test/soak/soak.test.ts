import { expect, it } from 'vitest';
import { AIMS, soak } from './soak-run.ts';
import { failings } from './table.ts';

const ROUNDS = 25;

it(`an agent that is killed ${ROUNDS} times loses nothing, and sends nothing twice without reason`, {
  timeout: 240_000,
}, async () => {
  const result = await soak({ rounds: ROUNDS, seed: 20_261_122 });
  expect(failings(result)).toEqual([]);
  expect(result.rounds).toHaveLength(ROUNDS);
  expect(new Set(result.rounds.map(({ aim }) => aim)).size).toBe(AIMS.length);
  expect(result.promised).toBeGreaterThan(ROUNDS);
  expect(result.delivered).toBe(result.promised);
});
