import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jsonSchema } from '../../src/config/json-schema.ts';
import { leafOptions } from '../../src/config/option-tree.ts';
import { parseDuration } from '../../src/config/value/duration.ts';
import { readUnit } from './unit-file.ts';

const UNIT = 'systemd/otherleg.service';
const unit = readUnit(UNIT);
const one = (name: string): string | undefined => unit.get(name)?.at(-1);

/** Skipped without the tool, with what cures it; under OTHERLEG_TEST_ALL the tests run, and fail. */
const missing = spawnSync('systemd-analyze', ['--version']).status !== 0;
const without = missing && process.env['OTHERLEG_TEST_ALL'] !== '1';
const cure = without ? ' (apt-get install -y --no-install-recommends systemd)' : '';

function analyze(...args: string[]): { output: string; complaints: string } {
  const { stdout, stderr, error } = spawnSync('systemd-analyze', args, {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  if (error !== undefined) throw error;
  return { output: stdout, complaints: stderr };
}

/** A copy whose programs exist: verify also looks for them. */
function copyThatCouldRun(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'otherleg.service');
  writeFileSync(path, text.replaceAll('/usr/bin/otherleg', '/bin/true'));
  return path;
}

describe(`systemd/otherleg.service in systemd-analyze${cure}`, () => {
  it.skipIf(without)('is exposed 1.5 at most', () => {
    // A copy without the drop-in that lies beside the unit.
    const { output } = analyze('security', '--offline=true', copyThatCouldRun(readFileSync(UNIT, 'utf8')));
    const level = Number(/Overall exposure level for otherleg\.service: (\d+\.\d+)/.exec(output)?.[1]);
    expect(level).toBeGreaterThan(0);
    expect(level).toBeLessThanOrEqual(1.5);
  });

  it.skipIf(without)('has nothing that systemd does not understand', () => {
    const text = readFileSync(UNIT, 'utf8');
    expect(analyze('verify', copyThatCouldRun(text)).complaints).toBe('');
    const wrong = text.replace('NoNewPrivileges=yes', 'NoNewPrivilege=yes');
    expect(analyze('verify', copyThatCouldRun(wrong)).complaints).toContain("Unknown key 'NoNewPrivilege'");
  });
});

describe('systemd/otherleg.service', () => {
  it('runs the agent, which tells by a child when it is ready', () => {
    expect(one('ExecStart')).toBe('/usr/bin/otherleg run --config /etc/otherleg/config.yaml');
    expect(one('Type')).toBe('notify');
    expect(one('NotifyAccess')).toBe('all');
  });

  it('is started again after a crash, not after a wrong configuration', () => {
    expect(one('Restart')).toBe('on-failure');
    expect(one('RestartPreventExitStatus')).toBe('2');
    expect(one('SuccessExitStatus')).toBe('3');
  });

  it('waits longer for the end than the agent drains', () => {
    const drain = leafOptions(jsonSchema()).find(({ path }) => path.join('.') === 'drain.deadline')?.node.default;
    expect(parseDuration(one('TimeoutStopSec') ?? '')).toBeGreaterThan((parseDuration(String(drain)) ?? 0) + 10);
    expect(one('KillMode')).toBe('mixed');
  });

  it('gives WebRTC its descriptors: 130 for each of as many sessions as may be', () => {
    expect(Number(one('LimitNOFILE'))).toBeGreaterThanOrEqual(130 * 64 + 1024);
  });

  it('lets V8 compile and Node see the processors', () => {
    expect(one('MemoryDenyWriteExecute')).toBe('no');
    expect(one('ProcSubset')).toBe('all');
    expect(one('RestrictAddressFamilies')?.split(' ')).toContain('AF_NETLINK');
  });

  it('hands over the credential that the example refers to, and writes where the default store lies', () => {
    const name = /clientSecret: \$\{credential:([\w-]+)\}/.exec(readFileSync('config/example.yaml', 'utf8'))?.[1];
    expect(one('LoadCredential')).toBe(`${name}:/etc/otherleg/${name}`);
    expect(one('StateDirectory')).toBe('otherleg');
    expect(one('WorkingDirectory')).toBe('%S/otherleg');
    expect(one('DynamicUser')).toBe('yes');
  });
});
