import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { endedOf, guidOf, legOf, reportOf } from '../store/leg-of.ts';

const bin = resolve(import.meta.dirname, '../../bin/otherleg.js');

// Starts commands, which takes a busy machine many seconds.
describe('otherleg outbox, where no agent runs and the store is damaged', { timeout: 90_000 }, () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'otherleg-cli-'));
    path = join(folder, 'otherleg.db');
    const lines = [
      'control: { listen: "http://127.0.0.1:9" }',
      `store: { url: "sqlite:${path}" }`,
      'graph: { baseUrl: "http://127.0.0.1:9", auth: { kind: none, tenantId: 00000000-0000-0000-0000-000000000001 } }',
    ];
    writeFileSync(join(folder, 'config.yaml'), lines.join('\n'));
    const store = sqliteStore({ path, owner: 'agent-1', now: () => 1000 });
    await store.open();
    const legs = Array.from({ length: 200 }, (_, n) => legOf(`${n}`));
    await Promise.all(legs.map((leg) => store.endLeg(endedOf(leg), { report: reportOf(leg) })));
    await store.close();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const spoil = (from: number, to?: number): void => {
    const octets = readFileSync(path);
    octets.fill(0xee, from, to ?? octets.length);
    writeFileSync(path, octets);
  };
  const files = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder).map((name) => [
        name,
        createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex'),
      ]),
    );

  it.each([
    { what: 'its head', from: 0, to: 4096, verb: ['list'] },
    { what: 'its pages', from: 8 * 4096, verb: ['list'] },
    { what: 'its pages', from: 8 * 4096, verb: ['retry', guidOf('1')] },
    { what: 'its pages', from: 8 * 4096, verb: ['show', guidOf('1')] },
  ])('$verb says so of $what and moves nothing', ({ from, to, verb }) => {
    spoil(from, to);
    const before = files();
    const args = [bin, 'outbox', ...verb, '--config', join(folder, 'config.yaml')];
    const { status, stderr, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/is damaged and was left as it is: \S/);
    expect(stderr).toContain('start the agent');
    expect(files()).toEqual(before);
  });

  it('lists what lies in a sound one', () => {
    const args = [bin, 'outbox', 'list', '--json', '--limit', '500', '--config', join(folder, 'config.yaml')];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as { items: unknown[] }).items).toHaveLength(200);
  });
});
