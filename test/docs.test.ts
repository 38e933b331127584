import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkConfig } from '../src/config/check.ts';
import { parseStats } from '../src/source/getstats/parse-stats.ts';

const root = resolve(import.meta.dirname, '..');
const pages = [...readdirSync(root), ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith('.md'),
);
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

describe('the documents', () => {
  it.each(pages)('%s links only to what is there', (page) => {
    const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target = '']) => target);
    const missing = links.filter((target) => !existsSync(resolve(root, dirname(page), target)));
    expect(missing).toEqual([]);
  });

  it('show a configuration that an agent takes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'otherleg-docs-'));
    const yaml = /```yaml\n([\s\S]*?)```/.exec(textOf('README.md'))?.[1]?.replace(/^ {3}/gm, '') ?? '';
    writeFileSync(join(folder, 'config.yaml'), yaml);
    writeFileSync(join(folder, 'graph-client-secret'), 'secret');
    const { problems, config } = checkConfig(join(folder, 'config.yaml'), { CREDENTIALS_DIRECTORY: folder });
    rmSync(folder, { recursive: true });
    expect(problems).toEqual([]);
    expect(config?.devices[0]).toMatchObject({ name: 'Cisco SX80', room: 'Boardroom' });
  });

  it('show statistics that an agent takes', () => {
    const json = /```json\n([\s\S]*?)```/.exec(textOf('docs/control-api.md'))?.[1] ?? '';
    expect(parseStats(JSON.parse(json)).stats).toHaveLength(2);
  });
});
