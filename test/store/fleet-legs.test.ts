import { describe, expect, it } from 'vitest';
import type { Leg } from '../../src/model/leg.ts';
import { newer } from '../../src/store/fleet-legs.ts';
import { endedOf, legOf } from './leg-of.ts';

const live = (more: Partial<Leg> = {}): Leg => legOf('a', { startedAt: 100, ...more });
const ended = (more: Partial<Leg> = {}): Leg => endedOf(legOf('b', { startedAt: 100 }), more);
const discarded = { delivery: { state: 'none', reason: 'discarded' } } as const;

describe('of two legs of one alias', () => {
  it.each<[string, Leg, Leg]>([
    ['a live one goes before one that has ended', live(), ended({ startedAt: 200, endedAt: 300 })],
    ['the one that began later goes before', ended({ startedAt: 101 }), ended({ endedAt: 900 })],
    [
      'one that counts goes before one that was discarded',
      ended({ endedAt: 110 }),
      ended({ endedAt: 120, ...discarded }),
    ],
    ['the one that ended later goes before', ended({ endedAt: 120 }), ended({ endedAt: 110 })],
  ])('%s', (_, first, second) => {
    expect(newer(first, second)).toBe(true);
    expect(newer(second, first)).toBe(false);
  });
});
