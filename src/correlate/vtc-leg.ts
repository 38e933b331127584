import type { ChannelId, Direction } from '../model/channel.ts';
import type { ChannelSummary, Figure, GraphCountName, GraphFigureName, MeasuredFigure } from '../model/figures.ts';
import type { Interval, Series } from '../model/interval.ts';
import type { Grade, GradedLeg, Journey, Thresholds } from '../model/verdict.ts';
import { channelStreams, isSameChannel, joinSlots } from '../quality/channel-series.ts';
import { above, below, gradeMeasures, type Measure, type Measures } from './grading.ts';
import { gradedLeg, LEAST, THRESHOLDS } from './levels.ts';
import { longestRuns, type Run } from './runs.ts';

/** A leg of ours with its figures and the series they were folded from. */
export type MeasuredLeg = {
  readonly channels: readonly ChannelSummary[];
  readonly series: Series;
  readonly assignment: ReadonlyMap<string, ChannelId>;
};

/** Reports come every five seconds, now sooner and now later (RFC 3550, 6.2): not every slot has one. Seconds. */
const REPORT_PAUSE = 10;

const directions: readonly Direction[] = ['inbound', 'outbound'];

/** Our own leg, graded by its averages, by what lasted, and by what never came (docs/metrics.md, section 9). */
export function gradeVtcLeg(leg: MeasuredLeg, thresholds: Thresholds = THRESHOLDS): GradedLeg {
  const sides = leg.channels.flatMap((channel) => directions.map((direction) => ({ channel, direction })));
  const grades = sides.flatMap((side) => gradesOf(leg, side, thresholds));
  const expected = sides
    .filter(({ channel, direction }) => isExpected(channel, direction))
    .map(({ channel, direction }) => [channel.media, journeyOf(direction)] as const);
  return gradedLeg(grades, expected);
}

type SideOf = { readonly channel: ChannelSummary; readonly direction: Direction };

const journeyOf = (direction: Direction): Journey => (direction === 'inbound' ? 'fromRoom' : 'toRoom');

function gradesOf(leg: MeasuredLeg, side: SideOf, thresholds: Thresholds): readonly Grade[] {
  const silence = silenceOf(leg, side, thresholds);
  if (!isMeasured(side) || coverageOf(side) < LEAST.coverage) return silence;
  const slots = joinSlots(
    channelStreams(leg.series, leg.assignment, side.channel, side.direction),
    leg.series.intervals,
  );
  const grades = [...gradeMeasures(measuresOf(side, slots), thresholds), ...lasting(side, slots, thresholds)];
  return [...silence, ...(isSentWell(side, grades) ? [] : grades)];
}

/** That the gateway sends pictures enough does not tell how they arrive. */
function isSentWell({ direction }: SideOf, grades: readonly Grade[]): boolean {
  return direction === 'outbound' && grades.every(({ measure, level }) => measure === 'frameRate' && level === 'good');
}

function isExpected({ media, figures }: ChannelSummary, direction: Direction): boolean {
  const packets = figures[direction === 'inbound' ? 'inboundPackets' : 'outboundPackets'];
  // Nobody has to share a screen.
  if ('absent' in packets) return packets.absent !== 'not-expected' && media !== 'screenSharing';
  return packets.value > 0 || media !== 'screenSharing';
}

/** Where packets were not counted, those that a loss rate expected stand for them. */
function isMeasured({ channel, direction }: SideOf): boolean {
  const packets = channel.figures[direction === 'inbound' ? 'inboundPackets' : 'outboundPackets'];
  if (!('absent' in packets)) return packets.value >= LEAST.packets;
  const loss = figureOf(channel, direction, 'average', 'PacketLossRateInPercentage');
  return !('absent' in loss) && loss.samples >= LEAST.packets;
}

/** Of all its figures the same. A side that nobody observed has none, and nothing that could be graded. */
function coverageOf({ channel, direction }: SideOf): number {
  const side = direction === 'inbound' ? 'Inbound' : 'Outbound';
  const own = Object.entries(channel.figures).filter(([name]) => name.includes(side));
  return Math.max(...own.map(([, figure]) => ('absent' in figure ? 0 : figure.coverage)));
}

type Name = 'PacketLossRateInPercentage' | 'RoundTripDelay' | 'Jitter';

function figureOf({ figures }: ChannelSummary, direction: Direction, kind: 'average' | 'maximum', name: Name): Figure {
  const side = direction === 'inbound' ? 'Inbound' : 'Outbound';
  const full: GraphFigureName = `${kind}${side}${name}`;
  return figures[full];
}

function measuresOf({ channel, direction }: SideOf, slots: readonly Interval[]): Measures {
  const average = (name: Name): Measure | undefined =>
    measureOf(figureOf(channel, direction, 'average', name), figureOf(channel, direction, 'maximum', name));
  const loss = average('PacketLossRateInPercentage');
  const worst = figureOf(channel, direction, 'maximum', 'PacketLossRateInPercentage');
  const lossMaximum = measureOf(worst, worst);
  const roundTrip = average('RoundTripDelay');
  const jitter = average('Jitter');
  const rate: GraphCountName = direction === 'inbound' ? 'averageInboundFrameRate' : 'averageOutboundFrameRate';
  const frameRate = whileSeen(measureOf(channel.figures[rate], channel.figures[rate]), slots);
  return {
    media: channel.media,
    journey: journeyOf(direction),
    ...(loss && { loss }),
    ...(lossMaximum && { lossMaximum }),
    ...(roundTrip && { roundTrip }),
    ...(jitter && { jitter }),
    ...(frameRate && { frameRate }),
  };
}

/** What the sender's pacing is in, or was observed too little, is never graded. */
function measureOf(figure: Figure, worst: Figure): Measure | undefined {
  if ('absent' in figure || figure.coverage < LEAST.coverage || figure.origin === 'paced') return undefined;
  const at = 'absent' in worst ? undefined : worst.at;
  return {
    value: figure.value,
    coverage: figure.coverage,
    ...(at === undefined ? {} : { at }),
    ...(isReported(figure) ? { isReported: true } : {}),
  };
}

/** The figure is over all the enabled time; pictures that came while we were blind are not missing ones. */
function whileSeen(rate: Measure | undefined, slots: readonly Interval[]): Measure | undefined {
  if (rate?.coverage === undefined || rate.coverage >= 1 || rate.coverage <= 0) return rate;
  const seen = slots.filter(({ taint, coveredSeconds }) => taint === undefined && coveredSeconds > 0);
  const seconds = seen.reduce((sum, slot) => sum + slot.coveredSeconds, 0);
  if (seconds === 0) return rate;
  const perSecond = seen.reduce((sum, { frames = 0 }) => sum + frames, 0) / seconds;
  return { ...rate, value: Math.max(rate.value, Math.min(perSecond, rate.value / rate.coverage)) };
}

const isReported = ({ origin }: MeasuredFigure): boolean => origin === 'reported' || origin === 'xr-voip';

/** What went on for 15 s is poor, however good the rest of the call was. */
function lasting(side: SideOf, slots: readonly Interval[], { poor, inARow }: Thresholds): readonly Grade[] {
  const { channel, direction } = side;
  const where = { media: channel.media, journey: journeyOf(direction) };
  const told = direction === 'outbound' ? ({ isReported: true } as const) : {};
  const run = (
    partsOf: (slot: Interval) => readonly [number, number] | undefined,
    isPoor: (value: number) => boolean,
    bridged = 0,
  ) => longestRuns(slots, partsOf, { isBeyond: isPoor, atLeast: inARow, bridged });
  const untold = direction === 'outbound' ? REPORT_PAUSE : 0;
  const loss = run(
    ({ loss: one }) => one && [one.lost, one.of],
    (value) => value > poor.loss,
    untold,
  );
  const jitter = run(
    ({ jitter: one }) => (one === undefined || one.origin === 'paced' ? undefined : [one.sum, one.count]),
    (value) => value > poor.audioJitter,
    untold,
  );
  const trip = run(roundTripOf, (value) => value > poor.roundTrip, REPORT_PAUSE);
  const frames = run(framesOf, (value) => value < poor.videoFrameRate);
  const grade = (measure: Grade['measure'], found: Run, border: number, reported: object): Grade =>
    above({ ...where, measure, value: found.value, at: found.at, ...reported }, border, border);
  return [
    ...loss.map((found) => grade('loss', found, poor.loss, told)),
    ...trip.map((found) => grade('roundTrip', found, poor.roundTrip, {})),
    ...(channel.media === 'audio' ? jitter.map((found) => grade('jitter', found, poor.audioJitter, told)) : []),
    ...(channel.media === 'video'
      ? frames.map(({ value, at }) => below({ ...where, measure: 'frameRate', value, at }, poor.videoFrameRate))
      : []),
  ];
}

/** The origin with most samples: which one the report takes is a matter of the whole call. */
function roundTripOf({ roundTrip }: Interval): readonly [number, number] | undefined {
  if (roundTrip === undefined) return undefined;
  const [first, ...others] = Object.values(roundTrip);
  const most = others.reduce((a, b) => (b.count > (a?.count ?? 0) ? b : a), first);
  return most && [most.sum, most.count];
}

/** Pictures per second while there were any: none at all is silence. */
function framesOf({ frames, coveredSeconds, packets }: Interval): readonly [number, number] | undefined {
  if (frames === undefined || frames === 0 || packets === 0 || coveredSeconds === 0) return undefined;
  return [frames, coveredSeconds];
}

type Silence = { readonly seconds: number; readonly at: number };

/** Media was expected, the source was alive, and nothing came. Nobody has to share a screen. */
function silenceOf({ series }: MeasuredLeg, { channel, direction }: SideOf, thresholds: Thresholds): readonly Grade[] {
  if (channel.media === 'screenSharing') return [];
  const slots = series.presence
    .filter((slot) => isSameChannel(slot, channel))
    .toSorted((a, b) => a.startedAt - b.startedAt);
  let longest: Silence = { seconds: 0, at: 0 };
  let run: Silence | undefined;
  for (const { startedAt, enabledSeconds, silentSeconds } of slots) {
    const silent = silentSeconds[direction];
    const isFirst = run === undefined;
    run = silent === 0 ? undefined : { at: run?.at ?? startedAt, seconds: (run?.seconds ?? 0) + silent };
    if (run !== undefined && run.seconds > longest.seconds) longest = run;
    // A slot that was silent in part begins a silence, or ends it.
    if (!isFirst && silent < enabledSeconds) run = undefined;
  }
  if (longest.seconds < thresholds.poor.silence) return [];
  const { poor } = thresholds;
  return [
    {
      media: channel.media,
      journey: journeyOf(direction),
      measure: 'silence',
      level: 'poor',
      value: longest.seconds,
      threshold: poor.silence,
      severity: longest.seconds / poor.silence,
      at: longest.at,
    },
  ];
}
