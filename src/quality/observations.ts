/** How many values were at most each bound, the last beyond all of them; and their sum. What a histogram shows. */
export type Observations = { readonly bounds: readonly number[]; readonly counts: number[]; sum: number };

/** None yet. `bounds` rise. */
export const noObservations = (bounds: readonly number[]): Observations => ({
  bounds,
  counts: new Array<number>(bounds.length + 1).fill(0),
  sum: 0,
});

/** Adds one value. */
export function observe(into: Observations, value: number): void {
  const found = into.bounds.findIndex((bound) => value <= bound);
  const index = found < 0 ? into.bounds.length : found;
  into.counts[index] = (into.counts[index] ?? 0) + 1;
  into.sum += value;
}
