import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { helpText, verbs } from '../../src/cli/verbs.ts';

// Starts commands, which takes a busy machine many seconds.
describe('the verbs', { timeout: 90_000 }, () => {
  it('are those of this release', () => {
    expect(verbs.map(({ name }) => name)).toEqual([
      'run',
      'analyze',
      'demo',
      'check-config',
      'legs',
      'outbox',
      'doctor',
      'version',
    ]);
  });

  it.each(verbs)('$name can be called and says how', async ({ name, load }) => {
    const { run, usage } = await load();
    expect(run).toBeTypeOf('function');
    expect(usage ?? '').toMatch(new RegExp(`^Usage: otherleg ${name}( |$)`, 'm'));
  });

  it('load nothing heavy before they are called', () => {
    const script = `
      const { registerHooks } = await import('node:module');
      const loaded = [];
      registerHooks({ load: (url, context, next) => { loaded.push(url); return next(url, context); } });
      const { dispatch } = await import('./src/cli/main.ts');
      const { verbs } = await import('./src/cli/verbs.ts');
      await dispatch(['version'], { ...process, stdout: process.stderr }, verbs);
      const ours = loaded.filter((url) => url.includes('/src/')).map((url) => url.split('/src/')[1]);
      console.log(JSON.stringify({ ours, packages: loaded.filter((url) => url.includes('/node_modules/')) }));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    const { ours, packages } = JSON.parse(stdout);
    expect(packages).toEqual([]);
    expect(ours.toSorted()).toEqual([
      'cli/arguments.ts',
      'cli/main.ts',
      'cli/verbs.ts',
      'cli/version.ts',
      'config/did-you-mean.ts',
      'config/version.ts',
      'model/error.ts',
    ]);
  });
});

describe('helpText', () => {
  it('lines the summaries up and fits a terminal', () => {
    const lines = helpText(verbs).split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines).toContain('  check-config  say all that is wrong with a configuration');
    expect(lines).toContain('  run           run the agent beside a gateway');
  });
});
