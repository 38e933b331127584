import type { Interval } from '../model/interval.ts';

/** Slots in a row that were all beyond a border: their value together, and when the worst of them began. */
export type Run = { readonly value: number; readonly at: number; readonly seconds: number };

type Parts = readonly [sum: number, weight: number];

/** Slots further apart than their own length are not in a row. Seconds of rounding. */
const TOUCH = 0.01;

/** What makes a run: `bridged` are the seconds in it that may go by without a value at a time. */
export type RunRule = {
  readonly isBeyond: (value: number) => boolean;
  readonly atLeast: number;
  readonly bridged: number;
};

type Told = readonly [Interval, Parts];

/**
 * The runs of slots, each beyond the border, that last so many seconds. `partsOf` gives a slot's sum and weight, whose ratio
 * is its value; slots without one are part of a run that goes on after them, as far as the rule lets it.
 */
export function longestRuns(
  slots: readonly Interval[],
  partsOf: (slot: Interval) => Parts | undefined,
  { isBeyond, atLeast, bridged }: RunRule,
): readonly Run[] {
  const runs: Run[] = [];
  let run: Told[] = [];
  let end = 0;
  let seconds = 0;
  let untold = 0;
  const close = (): void => {
    if (run.length > 0 && seconds >= atLeast) runs.push({ ...worstOf(run), seconds });
    run = [];
    seconds = 0;
    untold = 0;
  };
  for (const slot of inOrder(slots)) {
    if (run.length > 0 && slot.startedAt - end > TOUCH) close();
    end = slot.startedAt + slot.seconds;
    const parts = partsOf(slot);
    if (parts === undefined || parts[1] <= 0) {
      untold += slot.seconds;
      if (untold > bridged) close();
    } else if (isBeyond(parts[0] / parts[1])) {
      seconds += slot.seconds + (run.length > 0 ? untold : 0);
      untold = 0;
      run.push([slot, parts]);
    } else close();
  }
  close();
  return runs;
}

/** Four measures ask for runs of the same slots, which are in order as a rule. */
function inOrder(slots: readonly Interval[]): readonly Interval[] {
  const isInOrder = slots.every(({ startedAt }, n) => n === 0 || startedAt >= (slots[n - 1]?.startedAt ?? 0));
  return isInOrder ? slots : slots.toSorted((a, b) => a.startedAt - b.startedAt);
}

function worstOf(run: readonly Told[]): Pick<Run, 'value' | 'at'> {
  const sum = run.reduce((total, [, [value]]) => total + value, 0);
  const weight = run.reduce((total, [, [, one]]) => total + one, 0);
  return { value: sum / weight, at: run[0]?.[0].startedAt ?? 0 };
}
