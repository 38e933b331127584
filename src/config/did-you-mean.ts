/** Letters alone, so that `idle_end` and `Idle-End` are as good as `idleEnd`. */
export function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Edits (insert, delete, replace, swap of neighbours) between two words: optimal string alignment distance. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edits = [cell(above, j) + 1, cell(row, j - 1) + 1, cell(above, j - 1) + (same ? 0 : 1)];
      if (swapped) edits.push(cell(before, j - 2) + 1);
      row.push(Math.min(...edits));
    }
    before = above;
    above = row;
  }
  return cell(above, b.length);
}

/** A cell of the distance table; every index asked for lies inside it. */
function cell(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

/** The candidate that `word` was most likely meant to be: at most one edit in three letters away. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(word).slice(0, 64);
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  let best: { name: string; edits: number } | undefined;
  for (const name of candidates) {
    const edits = distance(wanted, plain(name));
    if (edits <= allowed && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name, edits };
  }
  return best?.name;
}
