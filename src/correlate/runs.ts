import type { Interval } from '../model/interval.ts';

/** Slots in a row that were all beyond a border: their value together, and when the worst of them began. */
export type Run = { readonly value: number; readonly at: number; readonly seconds: number };

type Parts = readonly [sum: number, weight: number];

/** Slots further apart than their own length are not in a row. Seconds of rounding. */
const TOUCH = 0.01;

/**
 * The runs of slots, each `isBeyond`, that last `atLeast` seconds. `partsOf` gives a slot's sum and weight, whose ratio is
 * its value; a slot without breaks a run.
 */
export function longestRuns(
  slots: readonly Interval[],
  partsOf: (slot: Interval) => Parts | undefined,
  isBeyond: (value: number) => boolean,
  atLeast: number,
): readonly Run[] {
  const runs: Run[] = [];
  let run: (readonly [Interval, Parts])[] = [];
  const close = (): void => {
    const seconds = run.reduce((sum, [slot]) => sum + slot.seconds, 0);
    if (run.length > 0 && seconds >= atLeast) runs.push({ ...worstOf(run), seconds });
    run = [];
  };
  for (const slot of slots.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const last = run.at(-1)?.[0];
    if (last !== undefined && slot.startedAt - (last.startedAt + last.seconds) > TOUCH) close();
    const parts = partsOf(slot);
    if (parts === undefined || parts[1] <= 0 || !isBeyond(parts[0] / parts[1])) close();
    else run.push([slot, parts]);
  }
  close();
  return runs;
}

function worstOf(run: readonly (readonly [Interval, Parts])[]): Pick<Run, 'value' | 'at'> {
  const sum = run.reduce((total, [, [value]]) => total + value, 0);
  const weight = run.reduce((total, [, [, one]]) => total + one, 0);
  return { value: sum / weight, at: run[0]?.[0].startedAt ?? 0 };
}
