import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../src/cli/check-config.ts';
import { configFile, GRAPH, TENANT } from '../config/temporary.ts';
import { recordingIo } from './recording-io.ts';

/** Runs the verb; answers all that can be seen of it. */
async function check(text: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const { io, out, err } = recordingIo(env);
  const path = configFile(text);
  const code = await run(['--config', path, ...args], io);
  return { path, code, out: out(), err: err() };
}

const SECRET = `graph: { auth: { kind: secret, tenantId: ${TENANT}, clientId: ${TENANT}, clientSecret: "\${env:SECRET}" } }\n`;

// Starts commands, which takes a busy machine many seconds.
describe('otherleg check-config', { timeout: 90_000 }, () => {
  it('says that all is in order', async () => {
    const { path, ...seen } = await check(GRAPH);
    expect(seen).toEqual({ code: 0, out: `${path} is in order\n`, err: '' });
  });

  it('tells warnings apart from what it prints', async () => {
    const room = 'devices: [{ name: Room, description: "1", webex: true, match: { uris: ["room@example.com"] } }]';
    const { out, err } = await check(`${GRAPH}callRecords: { enabled: true }\n${room}\n`, ['--print']);
    expect(err).toBe('warning: devices: Room has webex: true, but webex.enabled is false: nothing is imported\n');
    expect(parse(out)).toMatchObject({ callRecords: { enabled: true, delay: '15m' }, sampling: { interval: '5s' } });
  });

  it('prints references in place of secrets', async () => {
    for (const args of [['--print'], ['--print', '--json']]) {
      const { out, err } = await check(SECRET, args, { SECRET: 'hunter2' });
      expect(out).toContain(`\${env:SECRET}`);
      expect(out + err).not.toContain('hunter2');
    }
  });

  it('passes with a credential that only systemd hands over, and says that it was not checked', async () => {
    const { code, err } = await check(SECRET.replace('env:SECRET', 'credential:graph'));
    expect(code).toBe(0);
    expect(err).toMatch(/^warning: graph\.auth\.clientSecret: \$\{credential:graph\} is not checked here/);
  });

  it('is one JSON document with --json', async () => {
    const { code, out, err } = await check(GRAPH, ['--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toEqual({ ok: true, problems: [], warnings: [] });
    const printed = JSON.parse((await check(GRAPH, ['--json', '--print'])).out);
    expect(printed.config.graph.auth).toEqual({ kind: 'none', tenantId: TENANT });
  });

  it('is one JSON document also of problems', async () => {
    const { path, code, out } = await check(`${GRAPH}log: { level: loud }\nlgo: 1\n`, ['--json', '--print']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toEqual({
      ok: false,
      warnings: [],
      problems: [
        {
          file: path,
          line: 2,
          column: 15,
          path: 'log.level',
          reason: 'must be one of info, debug, trace, warn, error, fatal, silent',
          got: '"loud"',
        },
        { file: path, line: 3, column: 1, path: 'lgo', reason: 'is no option', remedy: 'did you mean log?' },
      ],
    });
  });

  it.each([[[]], [['--config']], [['--config', 'a', 'b']], [['--confg', 'a']]])('refuses %j', async (args) => {
    await expect(run(args, recordingIo().io)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('as a command exits 2 and lists every problem on standard error', () => {
    const path = configFile(`${GRAPH}log: { level: loud }\nlgo: 1\n`);
    const args = ['bin/otherleg.js', 'check-config', '--config', path];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.split('\n')).toEqual([
      `otherleg: 2 problems in the configuration ${path}`,
      `  ${path}:2:15: log.level: must be one of info, debug, trace, warn, error, fatal, silent (got "loud")`,
      `  ${path}:3:1: lgo: is no option; did you mean log?`,
      `Try: correct it, then: otherleg check-config --config ${path}`,
      '',
    ]);
  });
});
