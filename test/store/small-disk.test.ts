import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newFolder } from './bench-sqlite.ts';

const child = new URL('./small-disk-child.ts', import.meta.url).pathname;
const renewing = new URL('./renewing-child.ts', import.meta.url).pathname;
/** A mount namespace of its own; without root one user namespace more. What is mounted there goes with the process. */
const unshare = ['-m', ...(process.getuid?.() === 0 ? [] : ['-r']), 'sh', '-ec'];
const mount = 'mount -t tmpfs -o size=4m,mode=700 tmpfs "$1"';

const possible = spawnSync('unshare', [...unshare, `${mount}`, 'sh', '/mnt']).status === 0;
const suffix = possible ? '' : ' (skipped: needs root or user namespaces, and unshare of util-linux)';

describe.skipIf(!possible)(`a small disk${suffix}`, () => {
  let folder: string;
  beforeEach(() => {
    folder = newFolder();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (script: string): unknown => {
    const text = execFileSync('unshare', [...unshare, `${mount}; ${script}`, 'sh', folder, process.execPath, child]);
    return JSON.parse(text.toString());
  };

  it('that is full loses nothing that was promised, and nothing need be restarted', () => {
    const result = run('"$2" "$3" "$1"');
    expect(result).toMatchObject({
      full: { code: 'STORE_FAILED', hint: expect.stringContaining('free space') },
      halfWritten: null,
      afterwards: null,
      last: true,
    });
    const { promised, kept } = result as { promised: number; kept: number };
    expect(promised).toBeGreaterThan(20);
    expect(kept).toBe(promised);
  });

  it('that is full leaves a damaged store as it is, and gives back what it owes once there is room', () => {
    const text = execFileSync('unshare', [
      ...unshare,
      `${mount}; "$2" "$3" "$1"`,
      'sh',
      folder,
      process.execPath,
      renewing,
    ]);
    const { owed, ...result } = JSON.parse(text.toString());
    expect(result).toEqual({
      opening: { code: 'STORE_FAILED', hint: expect.stringContaining('free space') },
      there: true,
      aside: 0,
    });
    expect(owed).toBeGreaterThan(280);
  });

  it('that is read-only is refused with the remedy', () => {
    const result = run('mount -o remount,ro "$1"; "$2" "$3" "$1" only');
    expect(result).toEqual({ opening: { code: 'STORE_FAILED', hint: expect.stringContaining('writable') } });
  });
});
