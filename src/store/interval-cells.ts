import type { Interval, Loss, Origin, Peak, RoundTripOrigin, Spread, Taint } from '../model/interval.ts';
import { type Cell, cell, rounded, words } from './cell.ts';

/*
 * An interval less its stream and slot, as a short list: members by position, words by number. With names it would be
 * three times as much to write with every tick.
 *
 * Figures are rounded here, before the first write and not at compaction, so that a series reads the same while its leg
 * lives, after a crash and after its end: equal series, equal figures.
 */

/** `after`: seconds from the slot's start. */
type PeakCells = readonly [value: number, after: number];
type SpreadCells = readonly [origin: number, sum: number, count: number, worst?: PeakCells];
type LossCells = readonly [
  origin: number,
  lost: number,
  of: number,
  unit: number,
  approximate: 0 | 1,
  worst?: PeakCells,
  windowSeconds?: number,
];
type Optional<Cells> = Cells | null;

/** What the body of an interval's row says. */
export type IntervalCells = readonly [
  seconds: number,
  coveredSeconds: number,
  taint: Cell,
  packets: Cell,
  octets: Cell,
  frames: Cell,
  height: Cell,
  loss: Optional<LossCells>,
  jitter: Optional<SpreadCells>,
  earlyJitter: Optional<SpreadCells>,
  ...roundTrip: (readonly [origin: number, spread: SpreadCells])[],
];

const taints = words<Taint>({ 'capture-dropped': 0, 'capture-restarted': 1, 'agent-down': 2, 'clock-step': 3 });
const origins = words<Origin>({ observed: 0, reported: 1, inferred: 2, paced: 3 });
const units = words<Loss['unit']>({ packets: 0, seconds: 1 });
const trips = words<RoundTripOrigin>({
  'sr-rr': 0,
  'sr-chain': 1,
  'xr-dlrr': 2,
  'xr-voip': 3,
  'reverse-loop': 4,
  stun: 5,
  stats: 6,
  imported: 7,
});

/** When in its slot a peak was reached is kept to 10 ms. */
const peakDecimals = 2;

/** Writes an interval that starts at `startedAt`. */
export function toIntervalCells(interval: Interval, startedAt: number): IntervalCells {
  const { seconds, coveredSeconds, taint, packets, octets, frames, height, loss, jitter, earlyJitter } = interval;
  // Object.entries forgets the type of the keys.
  const roundTrip = Object.entries(interval.roundTrip ?? {}) as [RoundTripOrigin, Spread][];
  return [
    rounded(seconds),
    rounded(coveredSeconds),
    taint === undefined ? null : taints.numberOf(taint),
    cell(packets),
    cell(octets),
    cell(frames),
    cell(height),
    loss ? toLossCells(loss, startedAt) : null,
    jitter ? toSpreadCells(jitter, startedAt) : null,
    earlyJitter ? toSpreadCells(earlyJitter, startedAt) : null,
    ...roundTrip.map(([origin, spread]) => [trips.numberOf(origin), toSpreadCells(spread, startedAt)] as const),
  ];
}

/** Reads what `toIntervalCells` wrote. */
export function fromIntervalCells(cells: IntervalCells, streamId: string, startedAt: number): Interval {
  const [seconds, coveredSeconds, taint, packets, octets, frames, height, loss, jitter, earlyJitter, ...byOrigin] =
    cells;
  const roundTrip = byOrigin.map(([origin, spread]) => [trips.wordOf(origin), fromSpreadCells(spread, startedAt)]);
  return {
    streamId,
    startedAt,
    seconds,
    coveredSeconds,
    ...(taint !== null && { taint: taints.wordOf(taint) }),
    ...(packets !== null && { packets }),
    ...(octets !== null && { octets }),
    ...(frames !== null && { frames }),
    ...(height !== null && { height }),
    ...(loss && { loss: fromLossCells(loss, startedAt) }),
    ...(jitter && { jitter: fromSpreadCells(jitter, startedAt) }),
    ...(earlyJitter && { earlyJitter: fromSpreadCells(earlyJitter, startedAt) }),
    ...(roundTrip.length > 0 && { roundTrip: Object.fromEntries(roundTrip) }),
  };
}

function toLossCells({ origin, lost, of, unit, approximate, worst }: Loss, startedAt: number): LossCells {
  const cells = [
    origins.numberOf(origin),
    rounded(lost),
    rounded(of),
    units.numberOf(unit),
    approximate ? 1 : 0,
  ] as const;
  return worst ? [...cells, toPeakCells(worst, startedAt), rounded(worst.windowSeconds)] : cells;
}

function fromLossCells(
  [origin, lost, of, unit, approximate, worst, windowSeconds]: LossCells,
  startedAt: number,
): Loss {
  return {
    origin: origins.wordOf(origin),
    lost,
    of,
    unit: units.wordOf(unit),
    ...(worst && { worst: { ...fromPeakCells(worst, startedAt), windowSeconds: windowSeconds ?? 0 } }),
    ...(approximate === 1 && { approximate: true }),
  };
}

function toSpreadCells({ origin, sum, count, worst }: Spread, startedAt: number): SpreadCells {
  const cells = [origins.numberOf(origin), rounded(sum), rounded(count)] as const;
  return worst ? [...cells, toPeakCells(worst, startedAt)] : cells;
}

function fromSpreadCells([origin, sum, count, worst]: SpreadCells, startedAt: number): Spread {
  return { origin: origins.wordOf(origin), sum, count, ...(worst && { worst: fromPeakCells(worst, startedAt) }) };
}

function toPeakCells({ value, at }: Peak, startedAt: number): PeakCells {
  return [rounded(value), rounded(at - startedAt, peakDecimals)];
}

function fromPeakCells([value, after]: PeakCells, startedAt: number): Peak {
  return { value, at: startedAt + after };
}
