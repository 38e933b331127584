import { spawnSync } from 'node:child_process';

export type Line = { readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly value: number };

/** The samples of a text in Prometheus' format. */
export function samplesOf(text: string): readonly Line[] {
  return text.split('\n').flatMap((line): readonly Line[] => {
    const [, name, inner = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const labels = [...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', of = '']) => [key, of] as const);
    return [{ name, labels: Object.fromEntries(labels), value: Number(value) }];
  });
}

/** The value of the one sample that has this name and all these labels. */
export function sampleOf(
  text: string,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const found = samplesOf(text).filter(
    (line) => line.name === name && Object.entries(labels).every(([key, value]) => line.labels[key] === value),
  );
  if (found.length > 1) throw new Error(`${found.length} samples of ${name}`);
  return found[0]?.value;
}

/** Every name that a query may use. */
export const sampleNames = (text: string): ReadonlySet<string> => {
  const declared = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? ['bucket', 'sum', 'count'].map((suffix) => `${name}_${suffix}`) : [name],
  );
  return new Set(declared);
};

/** Skipped without the tool, with what cures it; under OTHERLEG_TEST_ALL the tests run, and fail. */
const missing = spawnSync('promtool', ['--version']).status !== 0;
export const withoutPromtool = missing && process.env['OTHERLEG_TEST_ALL'] !== '1';
export const promtoolCure = withoutPromtool ? ' (apt-get install -y --no-install-recommends prometheus)' : '';

/** What promtool says of it; empty where it has nothing against it. */
export function promtool(args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  if (error !== undefined) throw error;
  return status === 0 && stderr === '' ? '' : `${status}: ${stdout}${stderr}`;
}
