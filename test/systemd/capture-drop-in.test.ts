import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readUnit } from './unit-file.ts';

const UNIT = 'systemd/otherleg.service';
const DROP_IN = 'systemd/otherleg.service.d/capture.conf';
const settings = readUnit(DROP_IN);

/** Skipped without the tool, with what cures it; under OTHERLEG_TEST_ALL the tests run, and fail. */
const missing = spawnSync('systemd-analyze', ['--version']).status !== 0;
const without = missing && process.env['OTHERLEG_TEST_ALL'] !== '1';
const cure = without ? ' (apt-get install -y --no-install-recommends systemd)' : '';

function analyze(...args: string[]): { output: string; complaints: string } {
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout, stderr, error } = spawnSync('systemd-analyze', args, { encoding: 'utf8', env });
  if (error !== undefined) throw error;
  return { output: stdout, complaints: stderr };
}

/** Unit and drop-in side by side as systemd finds them; the programs of the copy exist. */
function installed(dropIn = readFileSync(DROP_IN, 'utf8')): string {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-unit-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const unit = join(folder, 'otherleg.service');
  cpSync(UNIT, unit);
  writeFileSync(unit, readFileSync(unit, 'utf8').replaceAll('/usr/bin/otherleg', '/bin/true'));
  mkdirSync(`${unit}.d`);
  writeFileSync(join(`${unit}.d`, 'capture.conf'), dropIn);
  return unit;
}

const exposure = (unit: string): number =>
  Number(
    /Overall exposure level for otherleg\.service: (\d+\.\d+)/.exec(
      analyze('security', '--offline=true', unit).output,
    )?.[1],
  );

describe(`systemd/otherleg.service.d/capture.conf in systemd-analyze${cure}`, () => {
  it.skipIf(without)('leaves the service exposed 1.8 at most', () => {
    const level = exposure(installed());
    expect(level).toBeLessThanOrEqual(1.8);
    expect(level).toBeGreaterThan(exposure(installed('')));
  });

  it.skipIf(without)('has nothing that systemd does not understand', () => {
    expect(analyze('verify', installed()).complaints).toBe('');
    const wrong = readFileSync(DROP_IN, 'utf8').replace('AmbientCapabilities', 'AmbientCapability');
    expect(analyze('verify', installed(wrong)).complaints).toContain("Unknown key 'AmbientCapability'");
  });
});

describe('systemd/otherleg.service.d/capture.conf', () => {
  it('gives the one right that a capture needs, so that a child without file capabilities inherits it', () => {
    expect(settings.get('CapabilityBoundingSet')).toEqual(['CAP_NET_RAW']);
    expect(settings.get('AmbientCapabilities')).toEqual(['CAP_NET_RAW']);
    expect(settings.has('NoNewPrivileges')).toBe(false);
  });

  it('lets packet sockets be made, and the right hold for the host', () => {
    expect(settings.get('RestrictAddressFamilies')?.join(' ').split(' ')).toEqual(['AF_PACKET', 'AF_NETLINK']);
    expect(settings.get('PrivateUsers')).toEqual(['no']);
  });
});
