import { describe, expect, it } from 'vitest';
import { run, usage } from '../../src/cli/version.ts';
import { version } from '../../src/config/version.ts';
import { recordingIo } from './recording-io.ts';

describe('otherleg version', () => {
  it('prints the version', async () => {
    const { io, out } = recordingIo();
    expect(await run([], io)).toBe(0);
    expect(out()).toBe(`otherleg ${version()}\n`);
  });

  it('prints as JSON also what it runs on', async () => {
    const { io, out } = recordingIo();
    expect(await run(['--json'], io)).toBe(0);
    const { platform, arch } = process;
    expect(JSON.parse(out())).toEqual({ version: version(), node: process.version, platform, arch });
  });

  it.each([[['now']], [['--jsn']]])('refuses %j', async (args) => {
    await expect(run(args, recordingIo().io)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('tells its options', () => {
    expect(usage).toContain('--json');
  });
});
