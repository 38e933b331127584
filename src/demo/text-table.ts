/** A cell of a table: text goes left, numbers (given as text that begins with a digit or sign) go right. */
export type Row = readonly string[];

const NUMERIC = /^[-+±≤]?\d/;

/** Lines of a table with its columns aligned, two spaces apart; the first row is the heading. */
export function textTable(rows: readonly Row[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  const rightward = widths.map((_, at) => rows.slice(1).some((row) => NUMERIC.test(row[at] ?? '')));
  return rows.map((row) =>
    widths
      .map((width, at) => (rightward[at] ? (row[at] ?? '').padStart(width) : (row[at] ?? '').padEnd(width)))
      .join('  ')
      .trimEnd(),
  );
}
