/** Points as uPlot takes them: times, and values of which null is a gap. */
export type Points = readonly [xs: number[], ys: (number | null)[]];

/** Values on a regular axis; NaN where nothing was measured. Times in epoch seconds, of the middle of each slot. */
export type Column = { readonly from: number; readonly interval: number; readonly values: Float64Array };

/** Nulls as NaN: a day of numbers beside nulls would weigh three times as much. */
export const columnOf = (from: number, interval: number, values: readonly (number | null)[]): Column => ({
  from: from + interval / 2,
  interval,
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
});

/**
 * The points to draw between two times on `width` pixels: all of them where they fit, else the least and the greatest of
 * each pixel, in order, so that no peak is lost. A pixel in which nothing was measured stays a gap.
 */
export function pointsWithin(column: Column, from: number, to: number, width: number): Points {
  const { values, interval } = column;
  // One more on either side, so that lines run out of the picture and not to a stop before its edge.
  const first = Math.max(0, Math.floor((from - column.from) / interval) - 1);
  const last = Math.min(values.length - 1, Math.ceil((to - column.from) / interval) + 1);
  const step = Math.max(1, (last - first + 1) / Math.max(1, width));
  const xs: number[] = [];
  const ys: (number | null)[] = [];
  const put = (index: number): void => {
    const value = values[index] ?? Number.NaN;
    xs.push(column.from + index * interval);
    ys.push(Number.isNaN(value) ? null : value);
  };
  if (step <= 2) for (let index = first; index <= last; index += 1) put(index);
  else
    for (let begin = first; begin <= last; begin += step)
      extremes(values, Math.round(begin), Math.min(last + 1, Math.round(begin + step)), put);
  return [xs, ys];
}

/** The least and the greatest of a stretch, the earlier first; of a stretch without any its first. */
function extremes(values: Float64Array, begin: number, end: number, put: (index: number) => void): void {
  let least = -1;
  let greatest = -1;
  for (let index = begin; index < end; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    if (least < 0 || value < (values[least] ?? 0)) least = index;
    if (greatest < 0 || value > (values[greatest] ?? 0)) greatest = index;
  }
  if (least < 0) return void (begin < end && put(begin));
  put(Math.min(least, greatest));
  if (least !== greatest) put(Math.max(least, greatest));
}
