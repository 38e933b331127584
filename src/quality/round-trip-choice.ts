import type { Interval, RoundTripOrigin, Spread } from '../model/interval.ts';

export type RoundTrips = NonNullable<Interval['roundTrip']>;
export type ChosenRoundTrip = { readonly origin: RoundTripOrigin; readonly spread: Spread };

/** Best first (docs/metrics.md, section 6). */
const ORDER: readonly RoundTripOrigin[] = [
  'sr-rr',
  'sr-chain',
  'stats',
  'xr-dlrr',
  'xr-voip',
  'reverse-loop',
  'stun',
  'imported',
];
const FEWEST_SAMPLES = 3;
const LEAST_SHARE = 0.2;

/**
 * The one origin that a report's round trip comes from: the first with at least 3 samples and a fifth of the count of the
 * best-covered one; if none has, the one with most samples.
 */
export function chooseRoundTrip(roundTrips: RoundTrips | undefined): ChosenRoundTrip | undefined {
  if (roundTrips === undefined) return undefined;
  const measured: ChosenRoundTrip[] = [];
  for (const origin of ORDER) {
    const spread = roundTrips[origin];
    if (spread !== undefined && spread.count > 0) measured.push({ origin, spread });
  }
  if (measured.length <= 1) return measured[0];
  const most = Math.max(...measured.map(({ spread }) => spread.count));
  return (
    measured.find(({ spread }) => spread.count >= FEWEST_SAMPLES && spread.count >= LEAST_SHARE * most) ??
    measured.find(({ spread }) => spread.count === most)
  );
}

/**
 * The inbound round trips with the outbound samples of the same channel beside them: a loop has no direction, and the
 * sender's way round it is physically the same.
 */
export function withReverseLoop(inbound: RoundTrips | undefined, outbound: RoundTrips | undefined): RoundTrips {
  const { stun, imported, ...loop } = outbound ?? {};
  const reverse = chooseRoundTrip(loop)?.spread;
  return reverse === undefined || inbound?.['reverse-loop'] !== undefined
    ? { ...inbound }
    : { ...inbound, 'reverse-loop': reverse };
}
