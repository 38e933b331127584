import { describe, expect, test } from 'vitest';
import type { RoundTripOrigin, Spread } from '../../src/model/interval.ts';
import { chooseRoundTrip, type RoundTrips, withReverseLoop } from '../../src/quality/round-trip-choice.ts';

const counts = (samples: Partial<Record<RoundTripOrigin, number>>): RoundTrips =>
  Object.fromEntries(
    Object.entries(samples).map(([origin, count]) => [
      origin,
      { origin: 'reported', sum: count / 10, count } satisfies Spread,
    ]),
  );

describe('the origin of a report', () => {
  test.each<{ name: string; samples: Parameters<typeof counts>[0]; origin: RoundTripOrigin | undefined }>([
    { name: 'none', samples: {}, origin: undefined },
    { name: 'none with a sample', samples: { stun: 0 }, origin: undefined },
    { name: 'the only one', samples: { stun: 1 }, origin: 'stun' },
    { name: 'stats before STUN', samples: { stun: 15, stats: 3 }, origin: 'stats' },
    { name: 'not with two samples', samples: { stun: 9, stats: 2 }, origin: 'stun' },
    { name: 'not with less than a fifth', samples: { stun: 16, stats: 3 }, origin: 'stun' },
    { name: 'nobody has three: the most', samples: { stun: 2, stats: 1 }, origin: 'stun' },
    { name: 'nobody has three, equally many: the better', samples: { stun: 2, stats: 2 }, origin: 'stats' },
    {
      name: 'the chain before DLRR before VoIP metrics',
      samples: { 'xr-voip': 9, 'xr-dlrr': 9, 'sr-chain': 9 },
      origin: 'sr-chain',
    },
    { name: 'the reverse loop before STUN', samples: { stun: 9, 'reverse-loop': 9 }, origin: 'reverse-loop' },
    { name: 'what Webex says where nothing else does', samples: { imported: 9 }, origin: 'imported' },
  ])('$name', ({ samples, origin }) => {
    const chosen = chooseRoundTrip(counts(samples));
    expect(chosen?.origin).toBe(origin);
    if (chosen !== undefined) expect(chosen.spread.count).toBe(samples[chosen.origin]);
  });

  test('is none where nothing was measured', () => {
    expect(chooseRoundTrip(undefined)).toBeUndefined();
  });
});

describe('the reverse loop', () => {
  test.each<{
    name: string;
    inbound: RoundTrips | undefined;
    outbound: RoundTrips | undefined;
    reverse: number | undefined;
  }>([
    { name: 'is the outbound one', inbound: counts({ stun: 5 }), outbound: counts({ stats: 7, stun: 9 }), reverse: 7 },
    {
      name: 'is not STUN, which inbound has itself',
      inbound: undefined,
      outbound: counts({ stun: 9 }),
      reverse: undefined,
    },
    {
      name: 'stays what the source said',
      inbound: counts({ 'reverse-loop': 4 }),
      outbound: counts({ stats: 7 }),
      reverse: 4,
    },
    { name: 'is none without outbound samples', inbound: counts({ stun: 5 }), outbound: undefined, reverse: undefined },
  ])('$name', ({ inbound, outbound, reverse }) => {
    const all = withReverseLoop(inbound, outbound);
    expect(all['reverse-loop']?.count).toBe(reverse);
    expect(all.stun).toEqual(inbound?.stun);
  });
});
