import { OTHERLEG } from './contestants.ts';
import type { Run } from './measured-run.ts';

/** One capture: how many calls of how many seconds, and its records. */
export type Scenario = { readonly calls: number; readonly seconds: number };

export type Measured = {
  readonly name: string;
  /** Medians of the runs. */
  readonly seconds: number;
  readonly packetsPerSecond: number;
  readonly peakMegabytes: number | undefined;
  /** Median over the rounds of otherleg's time ÷ this program's time in the same round. */
  readonly otherlegRatio: number;
  readonly runs: readonly Run[];
  /** How its figures differ from the truth. */
  readonly disagreements: readonly string[];
};

export type Comparison = Scenario & {
  readonly packets: number;
  readonly streams: number;
  readonly measured: readonly Measured[];
};

/** The median; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Sums up one program's runs beside otherleg's of the same rounds. */
export function sumUp(
  name: string,
  runs: readonly Run[],
  ours: readonly Run[],
  packets: number,
): Omit<Measured, 'disagreements'> {
  const seconds = median(runs.map((run) => run.seconds));
  const peaks = runs.flatMap(({ peakMegabytes }) => (peakMegabytes === undefined ? [] : [peakMegabytes]));
  return {
    ...{ name, seconds, packetsPerSecond: packets / seconds, runs },
    peakMegabytes: peaks.length === 0 ? undefined : Math.max(...peaks),
    otherlegRatio: median(runs.map((run, round) => (ours[round]?.seconds ?? Number.NaN) / run.seconds)),
  };
}

/** The comparisons as a Markdown table. */
export function markdown(comparisons: readonly Comparison[]): string {
  const rows = comparisons.flatMap((comparison) =>
    comparison.measured.map((row, index) => [
      index === 0 ? captureName(comparison) : '',
      row.name,
      `${row.seconds.toPrecision(3)} s`,
      `${(row.packetsPerSecond / 1e6).toPrecision(3)} M`,
      row.name === OTHERLEG ? '' : versus(row.otherlegRatio),
      row.peakMegabytes === undefined ? '?' : `${Math.round(row.peakMegabytes)} MB`,
      row.disagreements.length === 0 ? 'yes' : `${row.disagreements.length} differences`,
    ]),
  );
  const head = ['capture', 'program', 'time', 'packets/s', "otherleg's time", 'peak memory', 'equals the truth'];
  const align = ['---', '---', '--:', '--:', '---', '--:', '---'];
  return [head, align, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

/** How memory grew with ten times the packets: a sentence a program. */
export function growth(comparisons: readonly Comparison[]): readonly string[] {
  const [small, large] = comparisons.toSorted((a, b) => a.packets - b.packets).filter(sameLength(comparisons));
  if (small === undefined || large === undefined) return [];
  return large.measured.flatMap(({ name, peakMegabytes }) => {
    const before = small.measured.find((row) => row.name === name)?.peakMegabytes;
    if (peakMegabytes === undefined || before === undefined) return [];
    const times = (large.packets / small.packets).toFixed(1);
    return [`${name}: ${(peakMegabytes - before).toFixed(1)} MB more for ${times} times the packets`];
  });
}

/** The captures of calls as long as the first one's. */
const sameLength =
  ([first]: readonly Comparison[]) =>
  ({ seconds }: Comparison): boolean =>
    seconds === first?.seconds;

function captureName({ calls, seconds, packets, streams }: Comparison): string {
  const count = (value: number): string => value.toLocaleString('en-US');
  return `${count(calls)} calls × ${seconds} s: ${count(packets)} packets, ${count(streams)} streams`;
}

/** Empty where otherleg did not run. */
function versus(ratio: number): string {
  if (Number.isNaN(ratio)) return '';
  return ratio >= 1 ? `${ratio.toFixed(2)} × its time` : `${(1 / ratio).toFixed(1)} × faster`;
}
