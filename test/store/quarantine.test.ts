import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Quarantined } from '../../src/store/quarantine.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, guidOf, legOf, reportOf } from './leg-of.ts';
import { intervalOf, presenceOf, streamOf } from './measured.ts';

const NOW = Date.UTC(2026, 10, 22, 3, 15) / 1000;
const PAGE = 4096;

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
    ['no database', () => writeFileSync(path, 'remember the milk\n'.repeat(500))],
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
});
