/**
 * otherleg analyze beside tshark and a C program of the same work, on generated captures whose truth is known: every
 * program runs once in every round, its figures are compared with the truth, and medians are told.
 *
 *   npm run bench -- [--quick] [--runs 5] [--without NAME]… [--json] [--write]
 *
 * --quick: small captures, three rounds. --write: puts the table into bench/README.md.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { disagreements } from './agreement.ts';
import { type Comparison, growth, type Measured, markdown, type Scenario, sumUp } from './comparison.ts';
import { type Contestant, contestants, isBuilt, isMissing, OTHERLEG } from './contestants.ts';
import { DEFAULTS, generate } from './generate.ts';
import { machine } from './machine.ts';
import { measuredRun, type Run } from './measured-run.ts';

const FULL: readonly Scenario[] = [
  { calls: 10, seconds: 60 },
  { calls: 100, seconds: 60 },
  { calls: 1000, seconds: 5 },
];
const QUICK: readonly Scenario[] = [
  { calls: 2, seconds: 20 },
  { calls: 20, seconds: 20 },
  { calls: 100, seconds: 2 },
];
const README = join(import.meta.dirname, 'README.md');
const MARKS = { begin: '<!-- table:begin -->\n', end: '<!-- table:end -->' };
/** Differences shown of one program. */
const SHOWN = 5;

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    runs: { type: 'string' },
    without: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.runs ?? (values.quick ? 3 : 5));

const directory = mkdtempSync(join(tmpdir(), 'otherleg-bench-'));
const remove = (): void => rmSync(directory, { recursive: true, force: true });
process.once('exit', remove);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const tell = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** One round: every program once. `round` 0 warms up and is compared with the truth. */
async function compare(scenario: Scenario, programs: readonly Contestant[]): Promise<Comparison> {
  const capture = join(directory, 'calls.pcap');
  tell(`${scenario.calls} calls × ${scenario.seconds} s`);
  const truth = generate(capture, { ...DEFAULTS, ...scenario });
  const { packets } = truth.capture;
  const runs = new Map<string, Run[]>(programs.map(({ name }) => [name, []]));
  const differences = new Map<string, readonly string[]>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, command, findings, counting } of programs) {
      const output = join(directory, 'output');
      const [program, ...args] = command(capture);
      const run = await measuredRun(program, args, output);
      tell(`  ${round === 0 ? 'check' : `round ${round}`}  ${name}: ${run.seconds.toFixed(3)} s`);
      if (round > 0) runs.get(name)?.push(run);
      else differences.set(name, disagreements(truth, findings(readFileSync(output, 'utf8')), counting));
    }
  }
  const ours = runs.get(OTHERLEG) ?? [];
  const measured = programs.map(({ name }): Measured => {
    const wrong = differences.get(name) ?? [];
    for (const line of wrong.slice(0, SHOWN)) tell(`  ${name}: ${line}`);
    return { ...sumUp(name, runs.get(name) ?? [], ours, packets), disagreements: wrong };
  });
  return { ...scenario, packets, streams: truth.streams.length, measured };
}

function writeTable(text: string): void {
  const readme = readFileSync(README, 'utf8');
  const [before] = readme.split(MARKS.begin);
  const [, after] = readme.split(MARKS.end);
  if (after === undefined) throw new Error('bench/README.md has lost the marks of its table');
  writeFileSync(README, `${before}${MARKS.begin}\n${text}\n${MARKS.end}${after}`);
}

const entries = contestants(directory).filter(({ name }) => !values.without.includes(name));
for (const entry of entries) if (isMissing(entry)) tell(`${entry.name}: left out; ${entry.missing} brings it`);
const programs = entries.filter((entry): entry is Contestant => !isMissing(entry));
tell(
  `otherleg runs ${isBuilt() ? 'as the package built in dist/' : 'from its sources (npm run build first: as a package)'}`,
);

const comparisons: Comparison[] = [];
for (const scenario of values.quick ? QUICK : FULL) comparisons.push(await compare(scenario, programs));

const notes = growth(comparisons).map((line) => `* Memory of ${line}.\n`);
const text = [
  `On ${machine()}; medians of ${rounds} interleaved rounds.\n\n`,
  markdown(comparisons),
  '\n',
  ...notes,
].join('');
if (values.json) process.stdout.write(`${JSON.stringify({ machine: machine(), rounds, comparisons })}\n`);
else process.stdout.write(text);
if (values.write) writeTable(text);
process.exitCode = comparisons.some(({ measured }) =>
  measured.some((row) => row.name === OTHERLEG && row.disagreements.length > 0),
)
  ? 1
  : 0;
