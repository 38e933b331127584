import type { Media } from '../model/channel.ts';
import type { Absence, ChannelSummary, Figure, MeasuredFigure } from '../model/figures.ts';
import type { Loss, Spread } from '../model/interval.ts';
import { present } from './present.ts';
import { chooseRoundTrip, type RoundTrips, withReverseLoop } from './round-trip-choice.ts';
import { absenceOf, type Side } from './summary-side.ts';

export type Sides = {
  readonly media: Media;
  readonly inbound: Side;
  readonly outbound: Side;
  /** Why there is nothing where the device did not report. */
  readonly reportsAbsent: Absence;
};

type Figures = ChannelSummary['figures'];
type Pair = { readonly average: Figure; readonly maximum: Figure };

/** Below this coverage a loss is not published: rule 3 of docs/metrics.md. */
const LEAST_COVERAGE = 0.5;
/** From this share of approximate packets on, a loss is approximate itself. */
const APPROXIMATE_SHARE = 0.1;

/** By so much a sum of equal values may be above them. */
const ROUNDING = 1e-9;

/** All figures of a channel, each a value or the reason why there is none. */
export function figuresOf(sides: Sides): Figures {
  const { media, inbound, outbound } = sides;
  const lossIn = lossOf(inbound, sides);
  const lossOut = lossOf(outbound, sides);
  const jitterIn = jitterOf(inbound, sides);
  const jitterOut = jitterOf(outbound, sides);
  const tripIn = roundTripOf(inbound, sides, withReverseLoop(inbound.total?.roundTrip, outbound.total?.roundTrip));
  const tripOut = roundTripOf(outbound, sides, outbound.total?.roundTrip);
  return {
    averageInboundPacketLossRateInPercentage: lossIn.average,
    maximumInboundPacketLossRateInPercentage: lossIn.maximum,
    averageOutboundPacketLossRateInPercentage: lossOut.average,
    maximumOutboundPacketLossRateInPercentage: lossOut.maximum,
    averageInboundJitter: jitterIn.average,
    maximumInboundJitter: jitterIn.maximum,
    averageOutboundJitter: jitterOut.average,
    maximumOutboundJitter: jitterOut.maximum,
    averageInboundRoundTripDelay: tripIn.average,
    maximumInboundRoundTripDelay: tripIn.maximum,
    averageOutboundRoundTripDelay: tripOut.average,
    maximumOutboundRoundTripDelay: tripOut.maximum,
    inboundPackets: packetsOf(inbound),
    outboundPackets: packetsOf(outbound),
    averageInboundBitRate: bitRateOf(media, inbound),
    averageOutboundBitRate: bitRateOf(media, outbound),
    averageInboundFrameRate: frameRateOf(media, inbound),
    averageOutboundFrameRate: frameRateOf(media, outbound),
  };
}

function lossOf(side: Side, sides: Sides): Pair {
  const loss = side.total?.loss;
  const absent = sideAbsence(side, sides) ?? lossAbsence(side, sides);
  if (absent !== undefined || loss === undefined) return none(absent ?? 'source-down');
  const average = Math.min(1, Math.max(0, loss.lost / loss.of));
  const samples = loss.unit === 'packets' ? Math.round(loss.of) : loss.of;
  const approximate = side.approximateShare >= APPROXIMATE_SHARE ? true : undefined;
  const figure = present<Omit<MeasuredFigure, 'value'>>({
    unit: 'ratio',
    origin: loss.origin,
    samples,
    coverage: side.coverage,
    approximate,
  });
  return pairOf(average, loss.worst, figure);
}

function lossAbsence(side: Side, sides: Sides): Absence | undefined {
  if ((side.total?.loss?.of ?? 0) <= 0) return missing(side, sides);
  return side.coverage < LEAST_COVERAGE ? 'tainted' : undefined;
}

function jitterOf(side: Side, sides: Sides): Pair {
  const { jitter, earlyJitter } = side.total ?? {};
  const spread = weighs(jitter) ? jitter : earlyJitter;
  const absent = sideAbsence(side, sides);
  if (absent !== undefined) return none(absent);
  if (!weighs(spread)) return none(lacksClock(side) ? 'clock-unknown' : missing(side, sides));
  return spreadPair(side, spread, spread.origin);
}

function roundTripOf(side: Side, sides: Sides, roundTrips: RoundTrips | undefined): Pair {
  const chosen = chooseRoundTrip(roundTrips);
  const absent = sideAbsence(side, sides);
  if (absent !== undefined) return none(absent);
  if (chosen === undefined) return none(hasReports(sides.outbound) ? 'no-sender-report' : sides.reportsAbsent);
  return spreadPair(side, chosen.spread, chosen.origin);
}

function packetsOf(side: Side): Figure {
  const packets = side.total === undefined ? 0 : side.total.packets;
  const absent = absenceOf(side);
  if (absent !== undefined && absent !== 'silent') return { absent };
  if (packets === undefined) return { absent: 'source-down' };
  const value = Math.max(0, Math.round(packets));
  return { value, unit: 'packets', origin: 'observed', samples: value, coverage: side.coverage };
}

function bitRateOf(media: Media, side: Side): Figure {
  const octets = side.total?.octets;
  return rateOf(media, side, octets === undefined ? undefined : 8 * octets, 'bits per second');
}

function frameRateOf(media: Media, side: Side): Figure {
  return rateOf(media, side, side.total?.frames, 'frames per second');
}

/** Over the enabled duration; for the media that Graph has rates of. */
function rateOf(media: Media, side: Side, amount: number | undefined, unit: MeasuredFigure['unit']): Figure {
  if (media === 'audio') return { absent: 'not-expected' };
  const absent = absenceOf(side);
  if (absent !== undefined) return { absent };
  if (amount === undefined || side.enabledSeconds <= 0) return { absent: 'source-down' };
  const samples = Math.round(side.total?.packets ?? 0);
  return { value: amount / side.enabledSeconds, unit, origin: 'observed', samples, coverage: side.coverage };
}

function spreadPair(side: Side, spread: Spread, origin: MeasuredFigure['origin']): Pair {
  const figure = { unit: 'seconds', origin, samples: spread.count, coverage: side.coverage } as const;
  return pairOf(spread.sum / spread.count, spread.worst, figure);
}

/** A maximum is never below its average: where there is none, or a lower one, it equals the average. */
function pairOf(value: number, worst: Loss['worst'] | Spread['worst'], figure: Omit<MeasuredFigure, 'value'>): Pair {
  const average = { value, ...figure };
  if (worst === undefined || worst.value < value * (1 - ROUNDING)) return { average, maximum: average };
  return { average, maximum: { ...worst, ...figure, value: Math.max(value, worst.value) } };
}

function none(absent: Absence): Pair {
  return { average: { absent }, maximum: { absent } };
}

/** Outbound quality is the device's to tell: where our own side was not seen either, its reports are what is missing. */
function sideAbsence(side: Side, sides: Sides): Absence | undefined {
  const absent = absenceOf(side);
  const isReportsMissing = absent === 'source-down' && side.direction === 'outbound' && sides.inbound.observed;
  return isReportsMissing ? sides.reportsAbsent : absent;
}

/** Why a value is missing of a side that was observed. */
function missing(side: Side, sides: Sides): Absence {
  if (side.total?.taint !== undefined && side.coverage < LEAST_COVERAGE) return 'tainted';
  return side.direction === 'outbound' && !hasReports(side) ? sides.reportsAbsent : 'source-down';
}

function hasReports(outbound: Side): boolean {
  const { loss, jitter, earlyJitter } = outbound.total ?? {};
  return loss !== undefined || weighs(jitter) || weighs(earlyJitter);
}

function weighs(spread: Spread | undefined): spread is Spread {
  return spread !== undefined && spread.count > 0;
}

/** Packets, and reports of them, tell no jitter as long as nobody knows their clock. */
function lacksClock(side: Side): boolean {
  if (side.direction === 'outbound' && !hasReports(side)) return false;
  return side.streams.some(
    ({ source, clockRate }) => (source === 'capture' || source === 'hep') && clockRate === undefined,
  );
}
