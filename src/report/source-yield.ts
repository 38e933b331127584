import type { Absence } from '../model/figures.ts';
import type { Origin, RoundTripOrigin } from '../model/interval.ts';

/** Graph's twelve values as six: each is an average and a maximum (`average…` and `maximum…` of these names). */
export const YIELDED = [
  'InboundPacketLossRateInPercentage',
  'OutboundPacketLossRateInPercentage',
  'InboundJitter',
  'OutboundJitter',
  'InboundRoundTripDelay',
  'OutboundRoundTripDelay',
] as const;

export type Yielded = (typeof YIELDED)[number];

/** Short names of the six for tables. */
export const YIELDED_NAMES: Readonly<Record<Yielded, string>> = {
  InboundPacketLossRateInPercentage: 'loss in',
  OutboundPacketLossRateInPercentage: 'loss out',
  InboundJitter: 'jitter in',
  OutboundJitter: 'jitter out',
  InboundRoundTripDelay: 'round trip in',
  OutboundRoundTripDelay: 'round trip out',
};

/** Why a value may be missing although the source can yield it: what it needs, and the reason it has without. */
export type Need = { readonly needs: string; readonly otherwise: Absence };

/** By which origins a source yields a value, or why it never does. */
export type Yield =
  | { readonly by: readonly (Origin | RoundTripOrigin)[]; readonly need?: Need }
  | { readonly absent: Absence };

/** What a source yields of a leg. */
export type SourceYield = { readonly source: string; readonly values: Readonly<Record<Yielded, Yield>> };

const CLOCK: Need = {
  needs: 'the clock rate: SDP, payloadTypes of the channel, a static payload type, or two seconds of media',
  otherwise: 'clock-unknown',
};
const REPORTS: Need = { needs: 'RTCP of the device that passes here', otherwise: 'no-reports' };
const ANSWERS: Need = {
  needs: 'sender reports of the gateway that the device answers, or ICE',
  otherwise: 'no-sender-report',
};
const ICE: Need = { needs: 'ICE: checks of the gateway that the device answers', otherwise: 'encrypted' };
const KEYS: Need = {
  needs: 'the key of the device (SDP a=crypto, or crypto of the channel)',
  otherwise: 'encrypted',
};
const BOTH_KEYS: Need = { needs: 'the keys of both sides, or ICE', otherwise: 'no-sender-report' };
const PUSHED: Need = { needs: 'compounds of the device in POST …/rtcp', otherwise: 'encrypted' };
const BOTH_PUSHED: Need = { needs: 'compounds of both sides, or ICE', otherwise: 'no-sender-report' };
const REMOTE: Need = { needs: 'remote-inbound-rtp', otherwise: 'no-reports' };
const REMOTE_TIME: Need = { needs: 'roundTripTime, or a candidate-pair', otherwise: 'no-sender-report' };
const PAIR: Need = { needs: 'ICE that measures: the pair has a current round trip', otherwise: 'no-reports' };

const OBSERVED: Yield = { by: ['observed'] };
const LOOPS: readonly RoundTripOrigin[] = ['sr-chain', 'xr-dlrr', 'xr-voip', 'reverse-loop', 'stun'];

/** Packets with RTCP that can be read, each for its own reasons. */
const packets = (reports: Need, answers: Need): SourceYield['values'] => ({
  InboundPacketLossRateInPercentage: OBSERVED,
  OutboundPacketLossRateInPercentage: { by: ['reported'], need: reports },
  InboundJitter: { by: ['observed'], need: CLOCK },
  OutboundJitter: { by: ['reported'], need: reports },
  InboundRoundTripDelay: { by: LOOPS, need: answers },
  OutboundRoundTripDelay: { by: ['sr-rr', 'stun'], need: answers },
});

/** Statistics; jitter of video has the sender's pacing in it. */
const statistics = (
  inbound: readonly RoundTripOrigin[],
  outbound: readonly RoundTripOrigin[],
): SourceYield['values'] => ({
  InboundPacketLossRateInPercentage: OBSERVED,
  OutboundPacketLossRateInPercentage: { by: ['reported'], need: REMOTE },
  InboundJitter: { by: ['observed', 'paced'] },
  OutboundJitter: { by: ['reported', 'paced'], need: REMOTE },
  InboundRoundTripDelay: { by: inbound, need: REMOTE_TIME },
  OutboundRoundTripDelay: { by: outbound, need: REMOTE_TIME },
});

/** Which of the twelve values of a leg each source yields, and what is missing when: docs/sources.md and `doctor` show it. */
export const SOURCE_YIELDS: readonly SourceYield[] = [
  { source: 'capture, RTCP in the clear', values: packets(REPORTS, ANSWERS) },
  {
    source: 'capture, SRTP without keys',
    values: {
      ...packets(REPORTS, ANSWERS),
      OutboundPacketLossRateInPercentage: { absent: 'encrypted' },
      OutboundJitter: { absent: 'encrypted' },
      InboundRoundTripDelay: { by: ['stun'], need: ICE },
      OutboundRoundTripDelay: { by: ['stun'], need: ICE },
    },
  },
  { source: 'capture, SRTP with SDES keys', values: packets(KEYS, BOTH_KEYS) },
  { source: 'capture, SRTP, RTCP pushed', values: packets(PUSHED, BOTH_PUSHED) },
  { source: 'getstats, full', values: statistics(['stats', 'reverse-loop', 'stun'], ['stats', 'stun']) },
  { source: 'getstats, slim', values: statistics(['reverse-loop'], ['stats']) },
  {
    source: 'webrtc (WHIP)',
    values: {
      InboundPacketLossRateInPercentage: OBSERVED,
      OutboundPacketLossRateInPercentage: { absent: 'no-reports' },
      InboundJitter: { by: ['observed', 'paced'] },
      OutboundJitter: { absent: 'no-reports' },
      InboundRoundTripDelay: { by: ['stats', 'stun'], need: PAIR },
      OutboundRoundTripDelay: { absent: 'no-reports' },
    },
  },
];

/** A heading and one row a source; `(a)` refers to `yieldNotes`. */
export function yieldRows(): readonly (readonly string[])[] {
  const letters = letterOfNeed();
  const cell = (value: Yield): string => {
    if ('absent' in value) return `– ${value.absent}`;
    const letter = value.need && letters.get(value.need);
    return letter === undefined ? value.by.join(', ') : `${value.by.join(', ')} (${letter})`;
  };
  return [
    ['source', ...YIELDED.map((name) => YIELDED_NAMES[name])],
    ...SOURCE_YIELDS.map(({ source, values }) => [source, ...YIELDED.map((name) => cell(values[name]))]),
  ];
}

/** What the letters in `yieldRows` mean: `(a) needs …, else encrypted`. */
export const yieldNotes = (): readonly string[] =>
  [...letterOfNeed()].map(([{ needs, otherwise }, letter]) => `(${letter}) needs ${needs}; else ${otherwise}`);

function letterOfNeed(): ReadonlyMap<Need, string> {
  const needs = new Set(
    SOURCE_YIELDS.flatMap(({ values }) => YIELDED.map((name) => values[name])).flatMap((value) =>
      'absent' in value ? [] : (value.need ?? []),
    ),
  );
  return new Map([...needs].map((need, index) => [need, String.fromCharCode(97 + index)]));
}
