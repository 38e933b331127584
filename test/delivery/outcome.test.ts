import { describe, expect, it } from 'vitest';
import { outcomeOf } from '../../src/delivery/outcome.ts';

const patience = { firstRetrySeconds: 1, maximumRetrySeconds: 900, maximumAgeSeconds: 100 };
const report = { mediaLegId: 'leg', tenantId: 'tenant', callChainId: 'call', body: '{}', createdAt: 1_000 };
const claimed = { report, fence: 1, attempts: 3 };
const trace = { status: 503 };
const keep = { kind: 'keep', trace, throttled: false } as const;
const attempt = { claimed, at: 1_050, random: 0.5, stopped: false };

describe('outcomeOf', () => {
  it.each([
    { name: 'accepted', result: { kind: 'accepted', trace }, more: {}, want: { kind: 'accepted' } },
    {
      name: 'accepted however old',
      result: { kind: 'accepted', trace },
      more: { at: 9_999 },
      want: { kind: 'accepted' },
    },
    {
      name: 'accepted while stopping',
      result: { kind: 'accepted', trace },
      more: { stopped: true },
      want: { kind: 'accepted' },
    },
    { name: 'refused', result: { kind: 'refused', trace }, more: {}, want: { kind: 'refused' } },
    { name: 'kept with backoff', result: keep, more: {}, want: { kind: 'keep', dueAt: 1_054 } },
    {
      name: 'kept by Retry-After',
      result: { ...keep, retryAfterSeconds: 20 },
      more: {},
      want: { kind: 'keep', dueAt: 1_071, told: true },
    },
    { name: 'kept just below the age', result: keep, more: { at: 1_099 }, want: { kind: 'keep', dueAt: 1_103 } },
    { name: 'expired at the age', result: keep, more: { at: 1_100 }, want: { kind: 'expired' } },
    { name: 'stopped: due at once', result: keep, more: { stopped: true }, want: { kind: 'keep', dueAt: 1_050 } },
    {
      name: 'stopped: never expired',
      result: keep,
      more: { stopped: true, at: 9_999 },
      want: { kind: 'keep', dueAt: 9_999 },
    },
    {
      name: 'stopped, but Graph had said when',
      result: { ...keep, retryAfterSeconds: 20 },
      more: { stopped: true },
      want: { kind: 'keep', dueAt: 1_071, told: true },
    },
  ] as const)('$name', ({ result, more, want }) => {
    const given = { ...attempt, result, ...more };
    expect(outcomeOf(given, patience)).toEqual({ at: given.at, trace, ...want });
  });
});
