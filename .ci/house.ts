/**
 * The rules of the house that no compiler knows: import rules (over every source file, or it fails), length of files
 * and functions, rooms known. Prints the figures; exits 1 with each place that breaks a rule.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { rooms } from './rooms.mjs';

const FILE_CAP = 500;
const FUNCTION_CAP = 60;

type Cruise = {
  modules: { source: string }[];
  summary: { violations: { from: string; to: string; rule: { name: string; severity: string } }[] };
};

const problems: string[] = [];
const tracked = (pattern: string): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', pattern], { encoding: 'utf8' })
    .split('\n')
    .filter((name) => name !== '');

function cruise(): Cruise {
  const args = ['node_modules/.bin/depcruise', 'src', '--config', '.dependency-cruiser.mjs'];
  try {
    return JSON.parse(run([...args, '--output-type', 'json']));
  } catch (error) {
    const { stdout } = error as { stdout?: string }; // execFileSync throws what the child printed
    if (stdout?.startsWith('{')) return JSON.parse(stdout);
    throw error;
  }
}

function run(args: string[]): string {
  return execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
}

function checkImports(files: readonly string[]): void {
  const seen = cruise();
  const cruised = new Set(seen.modules.map((module) => module.source).filter((source) => source.startsWith('src/')));
  for (const file of files) if (!cruised.has(file)) problems.push(`${file}: not seen by dependency-cruiser`);
  for (const file of cruised)
    if (!files.includes(file)) problems.push(`${file}: seen by dependency-cruiser, unknown to git`);
  for (const { from, to, rule } of seen.summary.violations) problems.push(`${from} → ${to}: ${rule.name}`);
}

function checkRooms(files: readonly string[]): void {
  for (const file of files) {
    const room = file.split('/')[1] ?? '';
    if (file !== 'src/index.ts' && !(room in rooms)) problems.push(`${file}: no such room (docs/architecture.md)`);
  }
}

function functionLengths(file: string, text: string): number[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lengths: number[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const first = source.getLineAndCharacterOfPosition(node.getStart()).line;
      const length = source.getLineAndCharacterOfPosition(node.getEnd()).line - first + 1;
      lengths.push(length);
      if (length > FUNCTION_CAP)
        problems.push(`${file}:${first + 1}: function of ${length} lines, cap ${FUNCTION_CAP}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lengths;
}

const quantile = (values: readonly number[], q: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;

function measure(files: readonly string[], capped: boolean): string {
  const lines: number[] = [];
  const functions: number[] = [];
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const length = text.split('\n').length - 1;
    lines.push(length);
    if (capped && length > FILE_CAP) problems.push(`${file}: ${length} lines, cap ${FILE_CAP}`);
    if (capped) functions.push(...functionLengths(file, text));
  }
  const sum = lines.reduce((total, length) => total + length, 0);
  const files_ = `${files.length} files, ${sum} lines, median ${quantile(lines, 0.5)}, p90 ${quantile(lines, 0.9)}`;
  return capped ? `${files_}; functions: median ${quantile(functions, 0.5)}, p90 ${quantile(functions, 0.9)}` : files_;
}

const sources = tracked('src/*.ts');
checkImports(sources);
checkRooms(sources);
process.stdout.write(`src:  ${measure(sources, true)}\n`);
process.stdout.write(`test: ${measure(tracked('test/*.ts'), false)}\n`);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
