import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Io, VerbModule } from '../../src/cli/io.ts';
import { dispatch } from '../../src/cli/main.ts';
import type { Verb } from '../../src/cli/verbs.ts';
import { OtherlegError } from '../../src/model/error.ts';
import { recordingIo } from './recording-io.ts';

const verb = (name: string, run: VerbModule['run'], usage?: string): Verb => ({
  name,
  summary: `does ${name}`,
  load: async () => ({ run, ...(usage === undefined ? {} : { usage }) }),
});

const known: readonly Verb[] = [
  verb('run', async (args, io) => {
    io.stdout.write(`ran with ${args.join(' ')}`);
    return 3;
  }),
  verb('legs', async () => 0, 'Usage: legs'),
  { name: 'broken', summary: 'must not be loaded', load: () => Promise.reject(new Error('loaded')) },
];

/** Calls the command line; answers all that can be seen of it. */
async function call(argv: readonly string[], verbs: readonly Verb[] = known, env: NodeJS.ProcessEnv = {}) {
  const { io, out, err } = recordingIo(env);
  const code = await dispatch(argv, io, verbs);
  return { code, out: out(), err: err() };
}

const failing = (error: unknown): readonly Verb[] => [
  verb('fail', (_: readonly string[], __: Io) => Promise.reject(error)),
];

describe('dispatch', () => {
  it('loads the verb that is called and no other, and hands on its arguments and exit code', async () => {
    expect(await call(['run', '--config', 'a', 'b'])).toEqual({ code: 3, out: 'ran with --config a b', err: '' });
  });

  it.each([['--help'], ['-h'], ['help']])('helps at %s', async (flag) => {
    const { code, out, err } = await call([flag]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('Usage: otherleg VERB');
    for (const { name, summary } of known) expect(out).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  });

  it('helps on standard error when no verb is given', async () => {
    const { code, out, err } = await call([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: otherleg VERB');
  });

  it('helps with a verb without running it', async () => {
    expect(await call(['legs', 'x', '--help'])).toEqual({ code: 0, out: 'Usage: legs\n', err: '' });
    expect(await call(['run', '-h'])).toEqual({ code: 0, out: 'otherleg run: does run\n', err: '' });
  });

  it.each([
    [['leg'], 'otherleg: unknown verb leg; did you mean legs?\nTry: otherleg --help\n'],
    [['analyze', 'a.pcap'], 'otherleg: unknown verb analyze\nTry: otherleg --help\n'],
    [['--verison'], 'otherleg: unknown option --verison; did you mean --version?\nTry: otherleg --help\n'],
    [['--config', 'a'], 'otherleg: unknown option --config\nTry: otherleg --help\n'],
    [[''], 'otherleg: unknown verb \nTry: otherleg --help\n'],
  ])('refuses %j', async (argv, err) => {
    expect(await call(argv)).toEqual({ code: 2, out: '', err });
  });

  it.each([
    ['USAGE', 2],
    ['CONFIG_INVALID', 2],
    ['STORE_LOCKED', 1],
    ['LISTEN_FAILED', 1],
  ] as const)('tells an error %s and what to try, exit code %i', async (code, exit) => {
    const error = new OtherlegError(code, 'it went wrong', { hint: 'mend it' });
    expect(await call(['fail'], failing(error))).toEqual({
      code: exit,
      out: '',
      err: 'otherleg: it went wrong\nTry: mend it\n',
    });
  });

  it('has nothing to try where the error has no hint', async () => {
    const { err } = await call(['fail'], failing(new OtherlegError('STORE_FAILED', 'disk full')));
    expect(err).toBe('otherleg: disk full\n');
  });

  it.each([
    [new TypeError('x is not a function'), 'x is not a function'],
    ['a text', 'a text'],
    [undefined, 'undefined'],
  ])('tells what nobody foresaw without its stack', async (error, message) => {
    expect(await call(['fail'], failing(error))).toEqual({
      code: 1,
      out: '',
      err: `otherleg: unexpected: ${message}\nTry: set OTHERLEG_DEBUG=1 to see where it comes from\n`,
    });
  });

  it('shows the stack and the cause to those who ask for it', async () => {
    const error = new OtherlegError('STORE_FAILED', 'disk full', { cause: new Error('ENOSPC') });
    const { err } = await call(['fail'], failing(error), { OTHERLEG_DEBUG: '1' });
    expect(err).toMatch(/^otherleg: disk full\n/);
    expect(err).toMatch(/ {4}at .*main\.test\.ts/);
    expect(err).toContain('ENOSPC');
  });

  it('tells also that a verb could not be loaded', async () => {
    expect(await call(['broken'])).toMatchObject({ code: 1, err: expect.stringContaining('unexpected: loaded') });
  });
});

// Starts commands, which takes a busy machine many seconds.
describe('bin/otherleg.js', { timeout: 90_000 }, () => {
  const otherleg = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['bin/otherleg.js', ...args], { encoding: 'utf8' });
    return { status, stdout, stderr };
  };

  it('answers with the exit code and keeps the streams apart', () => {
    expect(otherleg('--version')).toEqual({ status: 0, stdout: expect.stringMatching(/^otherleg \d/), stderr: '' });
    expect(otherleg('vresion')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'otherleg: unknown verb vresion; did you mean version?\nTry: otherleg --help\n',
    });
    expect(otherleg('run', '--config', '/no/such.yaml')).toMatchObject({ status: 2, stdout: '' });
  });

  it('ends quietly when its reader leaves', async () => {
    const child = spawn(process.execPath, ['bin/otherleg.js', '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect({ said, code }).toEqual({ said: '', code: 0 });
  });
});
