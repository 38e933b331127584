import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verbs } from '../../src/cli/verbs.ts';
import { commandsOf, fencesOf } from './fences.ts';

const root = resolve(import.meta.dirname, '../..');
const textOf = (name: string): string => readFileSync(join(root, name), 'utf8');
const tasks = ['install', 'rights', 'wire-the-bot', 'read-a-call', 'absent-figures'].map((name) => `docs/${name}.md`);
const all = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
const { scripts, version, name: packageName } = JSON.parse(textOf('package.json'));
const unit = `${textOf('systemd/otherleg.service')}\n${textOf('systemd/otherleg.service.d/capture.conf')}`;

const byHand = tasks.flatMap((page) =>
  fencesOf(textOf(page))
    .filter(({ language, isByHand }) => language === 'sh' && isByHand)
    .flatMap(({ text }) => commandsOf(text).map((command) => [page, command] as const)),
);

/** Every `otherleg …` of a page, in its blocks and in its text. */
function callsIn(page: string): readonly string[] {
  const text = textOf(page);
  const lines = fencesOf(text).flatMap((fence) => (fence.language === 'sh' ? commandsOf(fence.text) : []));
  const inline = [...text.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
  return [...lines, ...inline].flatMap((line) => /(?:^|\s)otherleg ([a-z-]+(?: .*)?)$/.exec(line)?.[1] ?? []);
}

describe('the pages by task', () => {
  it.each(tasks)('%s says at its end how its commands are tested', (page) => {
    expect(textOf(page).trimEnd().split('\n---\n').at(-1)).toMatch(
      /^\nHow these commands are tested: .*`test\/docs\/`/,
    );
  });

  it.each(tasks)('%s names the language of every block, so that none of its commands is passed over', (page) => {
    const languages = fencesOf(textOf(page)).map(({ language }) => language);
    expect(languages.filter((language) => !['sh', 'yaml', 'ts', 'text'].includes(language))).toEqual([]);
  });

  it('are led to from the README, and lead from one to the next', () => {
    const readme = textOf('README.md');
    for (const page of tasks) expect(readme).toContain(`(${page})`);
    for (const [at, page] of tasks.slice(1).entries())
      expect(textOf(tasks[at] ?? '')).toContain(`](${basename(page)})`);
  });
});

describe('a command that is run by hand', () => {
  it('is one that cannot be run here, and there are some', () => {
    expect(byHand.length).toBeGreaterThanOrEqual(10);
    for (const [page, command] of byHand) expect(`${page}: ${command}`).toMatch(/: (sudo|npm|systemctl) /);
  });

  it.each(byHand)('%s: %s', (_, command) => {
    const words = command.split(/\s+/);
    // npm packs under the name and version of the package.
    const files = words.filter((word) => /^(\.\/|systemd\/|config\/|deploy\/)/.test(word));
    const made = `./${packageName}-${version}.tgz`;
    expect(files.filter((file) => file !== made && !existsSync(join(root, file)))).toEqual([]);
    // Where the unit looks for it, or puts it itself.
    const places = words.filter((word) => word.startsWith('/etc/otherleg'));
    expect(places.filter((place) => !unit.includes(place))).toEqual([]);
    const drops = words.filter((word) => word.startsWith('/etc/systemd/system/'));
    const known = ['/etc/systemd/system/', '/etc/systemd/system/otherleg.service.d/capture.conf'];
    expect(drops.filter((drop) => !known.includes(drop))).toEqual([]);
    const [, script] = /^npm run (?:-s )?(\S+)/.exec(command) ?? [];
    if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
    const [, service] = /systemctl (?:[a-z-]+ )(?:--now )?(\S+)$/.exec(command) ?? [];
    if (service !== undefined) expect(existsSync(join(root, `systemd/${service}.service`))).toBe(true);
  });

  it('installs the command where the unit starts it', () => {
    expect(byHand.map(([, command]) => command)).toContainEqual(expect.stringMatching(/--prefix \/usr /));
    expect(unit).toContain('ExecStart=/usr/bin/otherleg ');
  });
});

// The first call of a verb loads it, which takes a busy machine many seconds.
describe('every call of the command line in the documents', { timeout: 90_000 }, () => {
  it.each(all.flatMap((page) => callsIn(page).map((call) => [page, call] as const)))(
    '%s: otherleg %s',
    async (_, call) => {
      const [verb = '', ...words] = call.split(/\s+/);
      const known = verbs.find(({ name }) => name === verb);
      expect(known, `no verb ${verb}`).toBeDefined();
      const { usage = '' } = (await known?.load()) ?? {};
      const flags = words.flatMap((word) => /^\[?(--[a-z-]+)/.exec(word)?.[1] ?? []);
      expect(flags.filter((flag) => !usage.includes(flag))).toEqual([]);
    },
  );
});
