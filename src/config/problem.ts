/** Where in which file something stands; lines and columns from 1. Environment variables have no line. */
export type Place = { readonly file: string; readonly line?: number; readonly column?: number };

/** One thing that is wrong with a configuration, and what to do about it. */
export type Problem = Place & {
  /** The option: `devices[0].match.addresses`; empty for the file as a whole. */
  readonly path: string;
  readonly reason: string;
  /** What was found instead, as it may be shown; never of a secret. */
  readonly got?: string;
  readonly remedy?: string;
};

/** An option as people write it: `devices[0].name`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** `otherleg.yaml:3:13: sampling.interval: must divide 60 s (got "7s"); use one of 1s, …`. */
export function problemText(problem: Problem): string {
  const { file, line, column, path, reason, got, remedy } = problem;
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const parts = [place, ...(path === '' ? [] : [path]), reason];
  return `${parts.join(': ')}${got === undefined ? '' : ` (got ${got})`}${remedy === undefined ? '' : `; ${remedy}`}`;
}

/** Keeps the files' order, then by line and column. */
export function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  const files = [...new Set(problems.map(({ file }) => file))];
  const order = (a: Problem, b: Problem): number =>
    files.indexOf(a.file) - files.indexOf(b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
  return problems.toSorted(order);
}
