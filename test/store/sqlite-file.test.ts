import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSqliteFile } from '../../src/store/sqlite-file.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, legOf } from './leg-of.ts';
import { intervalOf, presenceOf, streamOf } from './measured.ts';

describe('the file of a SQLite store', () => {
  let folder: string;
  let path: string;
  const opened: Store[] = [];
  beforeEach(() => {
    folder = newFolder();
    path = join(folder, 'otherleg.db');
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  const at = (where: string): Store => {
    const store = sqliteStore({ path: where, owner: 'agent-1', now: () => 1000 });
    opened.push(store);
    return store;
  };
  const open = async (): Promise<Store> => {
    const store = at(path);
    await store.open();
    return store;
  };

  it('is readable by its user only, also while it is written', async () => {
    await open();
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['otherleg.db', 'otherleg.db-wal']);
  });

  it('keeps the mode that an operator gave it', async () => {
    writeFileSync(path, '');
    chmodSync(path, 0o640);
    await open();
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('is one file once closed', async () => {
    const store = await open();
    await store.putLeg(legOf('a'), 0);
    await store.close();
    expect(readdirSync(folder)).toEqual(['otherleg.db']);
  });

  it('may be opened twice by the same store', async () => {
    const store = await open();
    await expect(store.open()).resolves.toBeUndefined();
    await expect(store.check()).resolves.toBeUndefined();
  });

  it.each([
    { name: 'journal_mode', want: 'wal' },
    { name: 'synchronous', want: 2 },
    { name: 'locking_mode', want: 'exclusive' },
    { name: 'foreign_keys', want: 1 },
    { name: 'user_version', want: 6 },
    { name: 'application_id', want: 0x6f746c67 },
    { name: 'integrity_check', want: 'ok' },
  ])('is opened with $name $want', ({ name, want }) => {
    for (const time of ['new', 'there']) {
      const database = openSqliteFile(path);
      expect([time, ...Object.values(database.prepare(`pragma ${name}`).get() ?? {})]).toEqual([time, want]);
      database.close();
    }
  });

  it('is refused to a second agent in the same process', async () => {
    await open();
    const second = at(path);
    await expect(second.open()).rejects.toMatchObject({
      code: 'STORE_LOCKED',
      hint: expect.stringContaining('store.url'),
    });
    await expect(second.check()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('is refused to a second agent until the first is dead, and its kill leaves no lock', async () => {
    const script = new URL('./holding-child.ts', import.meta.url).pathname;
    const first = spawn(process.execPath, [script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(first.stdout, 'data');
    await expect(at(path).open()).rejects.toMatchObject({ code: 'STORE_LOCKED' });
    const exit = once(first, 'exit');
    first.kill('SIGKILL');
    await exit;
    await expect((await open()).check()).resolves.toBeUndefined();
  });

  it('is left alone when another program made it', async () => {
    const database = new DatabaseSync(path);
    database.exec('create table songs (title text)');
    database.close();
    const before = readFileSync(path);
    await expect(at(path).open()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('another program'),
    });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('is left alone when a newer otherleg wrote it', async () => {
    await (await open()).close();
    const database = new DatabaseSync(path);
    database.exec('pragma user_version = 99');
    database.close();
    await expect(at(path).open()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining('schema 99'),
    });
    const after = new DatabaseSync(path);
    expect(after.prepare('pragma user_version').get()).toEqual({ user_version: 99 });
    after.close();
  });

  it.each<{ name: string; where: (folder: string) => string; hint: string }>([
    { name: 'no folder', where: (folder) => join(folder, 'missing', 'otherleg.db'), hint: 'must exist' },
    { name: 'a folder', where: (folder) => join(folder, 'sub'), hint: '' },
  ])('is refused where there is $name', async ({ where, hint }) => {
    mkdirSync(join(folder, 'sub'));
    await expect(at(where(folder)).open()).rejects.toMatchObject({
      code: 'STORE_FAILED',
      ...(hint && { hint: expect.stringContaining(hint) }),
    });
  });

  it('has no row of a slot left once an ended leg is packed, nor takes one after its end', async () => {
    const store = await open();
    const leg = legOf('a');
    const stream = streamOf(leg.mediaLegId);
    const measured = {
      streams: [stream],
      intervals: [intervalOf(stream, 0)],
      presence: [presenceOf(leg.mediaLegId, 0)],
      cursors: new Map([[leg.mediaLegId, new Uint8Array(8)]]),
    };
    await store.putLeg(leg, 0);
    await store.appendIntervals(measured);
    await store.endLeg(endedOf(leg), {});
    await store.appendIntervals(measured);
    const before = await store.series(leg.mediaLegId);
    expect(before).toMatchObject({ intervals: measured.intervals, presence: measured.presence });
    expect([await store.packEnded(0, 5), await store.packEnded(0, 5)]).toEqual([1, 0]);
    expect(await store.series(leg.mediaLegId)).toStrictEqual(before);
    await store.close();
    const database = new DatabaseSync(path);
    const rows = (table: string): unknown => database.prepare(`select count(*) as rows from ${table}`).get()?.['rows'];
    expect(['measured', 'streams', 'cursors', 'series'].map(rows)).toEqual([0, 0, 0, 1]);
    database.close();
  });

  it('needs no file for a test', async () => {
    const store = at(':memory:');
    await store.open();
    expect(await store.putLeg(legOf('a'), 0)).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });
});
