import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { disagreements } from '../../bench/agreement.ts';
import { answers, type Contestant, contestants, isMissing, OTHERLEG } from '../../bench/contestants.ts';
import { DEFAULTS, type GenerateOptions, generate } from '../../bench/generate.ts';

const directory = mkdtempSync(join(tmpdir(), 'otherleg-contestants-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const capture = join(directory, 'capture');

/** What the program finds wrong or differently in a generated capture. */
function differencesOf(
  { command, findings, counting }: Contestant,
  options: Partial<GenerateOptions>,
): readonly string[] {
  const truth = generate(capture, { ...DEFAULTS, calls: 2, seconds: 12, ...options });
  const [program, ...args] = command(capture);
  const output = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return disagreements(truth, findings(output), counting);
}

const variants: Record<string, readonly Partial<GenerateOptions>[]> = {
  [OTHERLEG]: [{}, { format: 'pcapng', vlan: 5 }, { addresses: 'ipv6' }],
  'C, own reads': [{}, { vlan: 5 }, { addresses: 'ipv6', seed: 3 }],
  'C over libpcap': [{}, { format: 'pcapng' }],
  tshark: [{}, { format: 'pcapng', vlan: 5 }],
};

const entries = contestants(directory);

describe.each(entries.map((entry) => ({ name: entry.name, entry })))('$name', ({ name, entry }) => {
  const all = process.env['OTHERLEG_TEST_ALL'] === '1';
  const reason = isMissing(entry) ? ` (skipped: ${entry.missing})` : '';
  it.skipIf(isMissing(entry) && !all).each(variants[name] ?? [])(`finds the truth in %o${reason}`, (options) => {
    if (isMissing(entry)) expect.unreachable(`${name} is missing: ${entry.missing}`);
    expect(differencesOf(entry, options)).toEqual([]);
  });
});

describe('the reference', () => {
  const entry = entries.find(({ name }) => name === 'C, own reads');
  it.skipIf(entry === undefined || isMissing(entry))('refuses what it does not read', () => {
    const [program] = (entry as Contestant).command(capture); // skipped when missing
    generate(capture, { ...DEFAULTS, calls: 1, seconds: 1, format: 'pcapng' });
    expect(answers(program, capture)).toBe(false);
    expect(answers(program, join(directory, 'absent'))).toBe(false);
    expect(answers(program)).toBe(false);
  });
});
