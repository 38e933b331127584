import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countOwed } from '../../src/store/owed.ts';
import type { Quarantined } from '../../src/store/quarantine.ts';
import { sqliteEngine } from '../../src/store/sqlite-engine.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, guidOf, legOf, reportOf } from './leg-of.ts';
import { intervalOf, presenceOf, streamOf } from './measured.ts';

const NOW = Date.UTC(2026, 10, 22, 3, 15) / 1000;
const PAGE = 4096;
const RENEWING = new URL('./renewing-child.ts', import.meta.url).pathname;

describe('a damaged file', () => {
  let folder: string;
  let path: string;
  let told: Quarantined[];
  const opened: Store[] = [];
  beforeEach(() => {
    folder = newFolder();
    path = join(folder, 'otherleg.db');
    told = [];
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  async function open(): Promise<Store> {
    const onQuarantine = (quarantined: Quarantined) => void told.push(quarantined);
    const store = sqliteStore({ path, owner: 'agent-1', now: () => NOW, onQuarantine });
    opened.push(store);
    await store.open();
    return store;
  }

  /** So many ended legs that owe a report, and one live leg that was measured. */
  async function filled(legs: number): Promise<void> {
    const store = await open();
    const live = legOf('live');
    await store.putLeg(live, 0);
    const stream = streamOf(live.mediaLegId);
    await store.appendIntervals({
      streams: [stream],
      intervals: [intervalOf(stream, 0)],
      presence: [presenceOf(live.mediaLegId, 0)],
      cursors: new Map(),
    });
    const all = Array.from({ length: legs }, (_, n) => legOf(`${n}`));
    await Promise.all(all.map((leg) => store.endLeg(endedOf(leg), { report: reportOf(leg) })));
    await store.close();
  }

  const pagesOf = (): number => Math.floor(readFileSync(path).length / PAGE);
  const spoil = (from: number, to: number): void => {
    const octets = readFileSync(path);
    octets.fill(0xee, from, Math.min(to, octets.length));
    writeFileSync(path, octets);
  };
  const aside = () => readdirSync(folder).filter((name) => name.includes('.damaged-'));

  it.each([
    ['no octet of its own', () => writeFileSync(path, 'remember the milk\n'.repeat(500))],
    ['zeros', () => writeFileSync(path, Buffer.alloc(8 * PAGE))],
    ['its first page lost', () => spoil(0, PAGE)],
    ['its first octets lost', () => spoil(0, 100)],
    ['its schema lost', () => spoil(100, PAGE)],
    ['everything but its first page lost', () => spoil(PAGE, Number.POSITIVE_INFINITY)],
    ['cut off in the middle', () => truncateSync(path, PAGE * 5 + 17)],
  ])('with %s is moved aside as it is, under a name that says when, and a new one serves', async (_name, damage) => {
    await filled(50);
    damage();
    const before = readFileSync(path);
    const store = await open();
    const movedTo = `${path}.damaged-20261122T031500Z`;
    expect(told).toMatchObject([{ at: NOW, movedTo, reason: expect.any(String) }]);
    expect(told[0]?.reason).not.toBe('');
    expect(readFileSync(movedTo).length).toBe(before.length);
    const leg = legOf('after');
    await store.endLeg(endedOf(leg), { report: reportOf(leg) });
    expect(await store.report(leg.mediaLegId)).toEqual(reportOf(leg));
    await store.close();
    // The next start finds nothing to complain of.
    await open();
    expect(told).toHaveLength(1);
  });

  /** A database of another program, cut off in the middle. */
  const foreignDatabase = (): void => {
    const database = new DatabaseSync(path);
    database.exec(`pragma application_id = 252006675; create table messages (subject text);
      with recursive n (n) as (select 1 union all select n + 1 from n where n < 60)
      insert into messages select printf('%0900d', n) from n`);
    database.close();
    truncateSync(path, PAGE * 5 + 17);
    spoil(100, PAGE);
  };

  it.each([
    ['a text', () => writeFileSync(path, 'remember the milk\n'.repeat(500))],
    ['a log of ours', () => writeFileSync(path, '{"mediaLegId":"0"}\n'.repeat(500))],
    [
      'a photo',
      () => writeFileSync(path, Buffer.from(`ffd8ffe000104a46494600${'a7005c'.repeat(5_000_000 / 3)}`, 'hex')),
    ],
    ['a line', () => writeFileSync(path, 'x\n')],
    ['the damaged database of another program', foreignDatabase],
  ])('that is none, but %s, is refused and left as it is, by the agent and by who only looks', async (_name, write) => {
    path = join(folder, 'elsewhere');
    write();
    const before = readFileSync(path);
    const message = expect.stringContaining('is a file of another program and was left as it is');
    const refusal = { code: 'STORE_FAILED', message, hint: expect.stringContaining('store.url') };
    await expect(open()).rejects.toMatchObject(refusal);
    await expect(sqliteEngine(path, { leaveDamaged: true }).open()).rejects.toMatchObject(refusal);
    expect(readdirSync(folder)).toEqual(['elsewhere']);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(told).toEqual([]);
  });

  it('of a database that another program marked is refused whatever its name', async () => {
    foreignDatabase();
    await expect(open()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    expect(readdirSync(folder)).toEqual(['otherleg.db']);
  });

  it('gives back what it still owes, wherever in it the damage is', async () => {
    await filled(400);
    const pages = pagesOf();
    const sound = readFileSync(path);
    const saved: number[] = [];
    for (let page = 2; page < pages; page += Math.ceil(pages / 12)) {
      writeFileSync(path, sound);
      spoil(page * PAGE, (page + 1) * PAGE);
      told = [];
      const store = await open();
      const claimed = await store.claimReports({
        owner: 'agent-1',
        now: NOW * 2,
        limit: 1_000,
        leaseSeconds: 1,
        heldTenants: [],
      });
      await store.close();
      rmSync(path);
      if (told.length === 0) {
        expect(claimed).toHaveLength(400);
        continue;
      }
      expect(claimed).toHaveLength(told[0]?.reports ?? -1);
      for (const { report } of claimed) expect(report.body).toBe(`{"quality":{"mediaLegId":"${report.mediaLegId}"}}`);
      saved.push(claimed.length);
    }
    // A page holds some ten of them: what lies before and behind it is there, unless the way to many led through it.
    expect(saved.length).toBeGreaterThan(3);
    expect(saved.filter((count) => count > 350).length).toBeGreaterThanOrEqual(saved.length * 0.6);
    expect(aside()).toHaveLength(saved.length);
  });

  it('whose damage lies elsewhere gives back the live leg with what was measured of it', async () => {
    await filled(400);
    const sound = readFileSync(path);
    const recovered: boolean[] = [];
    for (let page = 40; page < 52; page += 3) {
      writeFileSync(path, sound);
      spoil(page * PAGE, (page + 1) * PAGE);
      const store = await open();
      const [live] = await store.liveLegs('agent-1');
      recovered.push(live?.leg.mediaLegId === guidOf('live') && live.series.intervals.length === 1);
      await store.close();
      rmSync(path);
    }
    expect(recovered).toContain(true);
    expect(recovered.filter(Boolean).length).toBeGreaterThanOrEqual(3);
  });

  it('that shows its damage only while it runs is replaced then, and who asked has the answer of the new one', async () => {
    await filled(400);
    const store = await open();
    // What is in memory does not have to be read: a size beyond the cache would cost seconds here, a cut file does not.
    const { spawnSync } = await import('node:child_process');
    const octets = readFileSync(path);
    octets.fill(0xee, PAGE, octets.length);
    spawnSync('dd', [`of=${path}`, `bs=${PAGE}`, 'seek=1', 'conv=notrunc', 'status=none'], {
      input: octets.subarray(PAGE),
    });
    const leg = legOf('meanwhile');
    const ends = Array.from({ length: 5 }, (_, n) => legOf(`meanwhile ${n}`));
    await Promise.all(ends.map((each) => store.endLeg(endedOf(each), { report: reportOf(each) })));
    await Promise.all(Array.from({ length: 400 }, (_, n) => store.leg({ mediaLegId: guidOf(`${n}`) })));
    await store.endLeg(endedOf(leg), { report: reportOf(leg) });
    expect(await store.report(leg.mediaLegId)).toEqual(reportOf(leg));
    expect(told.length).toBeLessThanOrEqual(1);
    await store.close();
    await open();
    expect(told).toHaveLength(1);
  });

  it('that could not be replaced while it ran is replaced when it can be, without a restart', async () => {
    await filled(10);
    const engine = sqliteEngine(path, { now: () => NOW, onQuarantine: (quarantined) => void told.push(quarantined) });
    await engine.open();
    const met = Object.assign(new Error('database disk image is malformed'), { errcode: 11 });
    const failed = { code: 'STORE_FAILED', message: expect.stringContaining('.renewing') };
    mkdirSync(`${path}.renewing`);
    await expect(engine.run(() => Promise.reject(met))).rejects.toMatchObject(failed);
    await expect(engine.run(countOwed)).rejects.toMatchObject(failed);
    expect([told, aside()]).toEqual([[], []]);
    rmSync(`${path}.renewing`, { recursive: true });
    expect(await engine.run(countOwed)).toMatchObject({ reports: 10 });
    expect(told).toMatchObject([{ reports: 10 }]);
    await engine.close();
  });

  it('gives back what it owes also when the agent is killed while it is replaced', async () => {
    await filled(300);
    spoil(PAGE * (pagesOf() - 1), Number.POSITIVE_INFINITY);
    const damagedFile = readFileSync(path);
    const expected = (await owedAfter()) ?? 0;
    expect(expected).toBeGreaterThan(280);
    for (const mark of ['.damaged-', '.renewing', '.renewed']) {
      for (const name of readdirSync(folder)) rmSync(join(folder, name));
      writeFileSync(path, damagedFile);
      await killedWhen((names) => names.some((name) => name.includes(mark)));
      expect([mark, await owedAfter()]).toEqual([mark, expected]);
    }
  }, 30_000);

  it('whose replacement was ready is replaced by it, though only its log is left', async () => {
    await filled(20);
    renameSync(path, `${path}.renewed`);
    writeFileSync(`${path}-wal`, 'of the one that was moved aside');
    writeFileSync(`${path}.renewing`, 'half');
    expect(await owedAfter()).toBe(20);
    expect(told).toMatchObject([{ legs: 21, reports: 20 }]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.renewed'))).toEqual([]);
    expect(aside()).toEqual(['otherleg.db.damaged-20261122T031500Z-wal']);
  });

  it('keeps by what a fleet knows its agent', async () => {
    await filled(1);
    const file = new DatabaseSync(path);
    file.exec(`update agent set instance = 'of a life'`);
    file.close();
    spoil(PAGE * (pagesOf() - 1), Number.POSITIVE_INFINITY);
    const store = await open();
    await store.close();
    expect(told).toHaveLength(1);
    const fresh = new DatabaseSync(path);
    expect(fresh.prepare('select instance from agent').get()).toEqual({ instance: 'of a life' });
    fresh.close();
  });

  async function owedAfter(): Promise<number | undefined> {
    const store = await open();
    const owed = await store.owed?.();
    await store.close();
    return owed?.reports;
  }

  async function killedWhen(seen: (names: readonly string[]) => boolean): Promise<void> {
    const child = spawn(process.execPath, [RENEWING, folder, 'start'], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    while (child.exitCode === null && child.signalCode === null) {
      if (seen(readdirSync(folder))) child.kill('SIGKILL');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await exited;
  }
});
