import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Leg } from '../../src/model/leg.ts';
import { maskAddressesIn } from '../../src/report/address.ts';
import { expand } from '../../src/store/compaction.ts';
import { FleetStore } from '../../src/store/fleet-store.ts';
import { maskedSeries } from '../../src/store/masking.ts';
import { postgresStore } from '../../src/store/postgres-store.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, legOf, reportOf } from './leg-of.ts';
import { batch, intervalOf, origin, presenceOf, streamOf } from './measured.ts';
import { skipped, suffix } from './postgres-server.ts';
import { serverOfTests } from './server-of-tests.ts';

/** Nowhere in here: what a store holds of a leg with all its addresses. */
const SECRETS = ['10.9.8.77', '10.9.8.78', '2001:db8:aa:bb::77', '192.0.2.177'];
const DAY = 86_400;

type Place = { readonly store: Store; readonly raw: () => string; readonly close: () => Promise<void> };

function sqlitePlace(): Place {
  const folder = newFolder();
  const store = sqliteStore({ path: join(folder, 'otherleg.db'), owner: 'agent-1', now: () => origin });
  return {
    store,
    // The file and its log, octet by octet.
    raw: () =>
      readdirSync(folder)
        .map((name) => readFileSync(join(folder, name), 'latin1'))
        .join('\n'),
    close: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function addressed(name: string, more: Partial<Leg> = {}): Leg {
  const leg = legOf(name, more);
  const sdp = { local: 'v=0\r\nc=IN IP4 10.9.8.77\r\na=rtcp:9 IN IP6 2001:db8:aa:bb::77\r\n' };
  return {
    ...leg,
    device: { ...leg.device, description: 'sip:room@10.9.8.78' },
    control: { ...leg.control, sdp, deviceAddress: '192.0.2.177', aliases: [`${name}-call-1@10.9.8.77`] },
  };
}

function describeMasking(name: string, open: () => Place): void {
  describe(name, () => {
    let place: Place;
    beforeEach(async () => {
      place = open();
      await place.store.open();
      await place.store.eraseDeleted?.();
    });
    afterEach(() => place.close());

    async function ended(name: string, owed = true): Promise<Leg> {
      const { store } = place;
      const leg = addressed(name);
      await store.putLeg(leg, 0);
      // Changed while it lives: what was written before lies about in the file otherwise.
      for (let revision = 1; revision < 4; revision += 1) await store.putLeg({ ...leg, revision }, revision);
      const from = (address: string, port: number) => ({
        ...streamOf(leg.mediaLegId),
        streamId: `${leg.mediaLegId} ${address}:${port}`,
        remote: { address, port },
      });
      const streams = [from('10.9.8.77', 5004), from('10.9.8.78', 5004)];
      const intervals = streams.flatMap((stream) => [0, 1, 2].map((slot) => intervalOf(stream, slot)));
      await store.appendIntervals(batch({ streams, intervals, presence: [presenceOf(leg.mediaLegId, 0)] }));
      const body = JSON.stringify({ quality: { mediaLegId: leg.mediaLegId, remoteIPAddress: '10.9.8.78' } });
      await store.endLeg(
        endedOf(leg, owed ? {} : { delivery: { state: 'none', reason: 'discarded' } }),
        owed ? { report: { ...reportOf(leg), body } } : {},
      );
      await store.packEnded(0, 10);
      return leg;
    }
    async function settle(kind: 'accepted' | 'refused', at = origin + 10): Promise<void> {
      const ask = { owner: 'agent-1', now: at, limit: 10, leaseSeconds: 60, heldTenants: [] };
      for (const { report, fence } of await place.store.claimReports(ask)) {
        const trace = { status: kind === 'accepted' ? 200 : 403, message: 'for 10.9.8.78' };
        await place.store.settleReport(report.mediaLegId, fence, { kind, at, trace });
      }
    }
    const mask = async (before = origin - 7 * DAY): Promise<number> => {
      const masked = await place.store.maskDelivered?.({ mask: maskAddressesIn, before, limit: 10 });
      return masked ?? Number.NaN;
    };
    const found = (): string[] => SECRETS.filter((secret) => place.raw().includes(secret));

    it('leaves no address behind once Graph has the report', async () => {
      const leg = await ended('a');
      const before = await place.store.series(leg.mediaLegId);
      expect(await mask()).toBe(0);
      expect(found()).toEqual(expect.arrayContaining(SECRETS.slice(0, 1)));
      expect((await place.store.report(leg.mediaLegId))?.body).toContain('10.9.8.78');
      await settle('accepted');
      expect(await mask()).toBe(1);
      expect(await mask()).toBe(0);
      expect(found()).toEqual([]);

      const after = await place.store.series(leg.mediaLegId);
      expect(after.intervals).toHaveLength(6);
      expect(JSON.stringify(after)).not.toMatch(/10\.9\.8\.7[78]/);
      expect(after.streams.map(({ remote }) => remote)).toEqual(Array(2).fill({ address: '10.9.8.0', port: 5004 }));
      expect(new Set(after.intervals.map(({ streamId }) => streamId)).size).toBe(2);
      const bare = (series: typeof after) => series.intervals.map(({ streamId: _, ...rest }) => rest);
      expect(bare(after)).toEqual(bare(before));
      expect(await place.store.report(leg.mediaLegId)).toMatchObject({ body: expect.stringContaining('10.9.8.0') });
      const shown = await place.store.leg({ alias: 'a-call-1@10.9.8.0' });
      expect(shown).toMatchObject({
        control: { deviceAddress: '192.0.2.0' },
        device: { description: 'sip:room@10.9.8.0' },
      });
    });

    it('keeps a dead letter as it was sent while an operator may send it again', async () => {
      const leg = await ended('a');
      const sent = (await place.store.report(leg.mediaLegId))?.body;
      await settle('refused');
      expect(await mask()).toBe(0);
      expect(await place.store.requeueReport(leg.mediaLegId, origin + 20)).toBe(true);
      expect((await place.store.report(leg.mediaLegId))?.body).toBe(sent);
      await settle('refused', origin + 30);
      expect(await mask(origin + 30)).toBe(0);
      expect(await mask(origin + 60)).toBe(1);
      expect(found()).toEqual([]);
    });

    it('masks what is owed to nobody, and again what is told later', async () => {
      const leg = await ended('a', false);
      expect(await mask()).toBe(1);
      expect(found()).toEqual([]);
      const stored = await place.store.leg({ mediaLegId: leg.mediaLegId });
      if (stored === undefined) throw new Error('the leg is gone');
      const told = { ...stored, control: { ...stored.control, deviceAddress: '192.0.2.177' } };
      expect(await place.store.putLeg(told, stored.revision)).toBe(true);
      expect(found()).toEqual(['192.0.2.177']);
      expect(await mask()).toBe(1);
      expect(found()).toEqual([]);
    });

    it('waits for the call record, which is found by an address', async () => {
      const leg = await ended('a');
      const callChainId = leg.control.callChainId ?? '';
      const task = { callChainId, tenantId: 't', dueAt: origin, endedAt: origin };
      await place.store.completeLeg({ ...leg, state: 'ended', endedAt: origin + 5 }, reportOf(leg), task);
      await settle('accepted');
      expect(await mask()).toBe(0);
      const ask = { owner: 'agent-1', now: origin + 10, limit: 10, leaseSeconds: 60, heldTenants: [] };
      const [claimed] = await place.store.claimCallRecords(ask);
      const stream = { callerAddress: '10.9.8.77' };
      const record = { id: callChainId, version: 1, sessions: [{ streams: [stream] }] } as never; // enough of one
      const turn = { at: origin, state: 'read', attempts: 1, record } as const;
      expect(await place.store.settleCallRecord(callChainId, claimed?.fence ?? -1, turn)).toBe(true);
      expect(await mask()).toBe(2);
      expect(await mask()).toBe(0);
      expect(found()).toEqual([]);
      expect(JSON.stringify((await place.store.callRecord(callChainId))?.record)).toContain('10.9.8.0');
    });
  });
}

describeMasking('a SQLite file that is masked', sqlitePlace);

describe.skipIf(skipped)(`a PostgreSQL that is masked${suffix}`, () => {
  const server = serverOfTests();
  /** All rows of all tables there are, and what lies packed in them. Its files are its own affair: they go with its vacuum. */
  function dump(url: string): string {
    const run = (statement: string): string => server.execute(new URL(url).pathname.slice(1), statement);
    const tables = run(`select table_name, query_to_xml(format('select * from %I', table_name), true, false, '')
      from information_schema.tables where table_schema = 'public'`);
    for (const table of ['legs', 'series', 'reports', 'mirrored', 'outcomes']) expect(tables).toMatch(`${table}|`);
    const packed = run("select media_leg_id || ' ' || encode(body, 'hex') from series").split('\n').filter(Boolean);
    const series = packed.map((row) => {
      const [id = '', hex = ''] = row.split(' ');
      return JSON.stringify(expand(id, Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')));
    });
    return [tables, ...series].join('\n');
  }

  describeMasking('in all its tables', () => {
    const url = server.database();
    const store = postgresStore({ url, owner: 'agent-1', now: () => origin });
    return { store, raw: () => dump(url), close: () => store.close() };
  });

  it('has no address in a dump of what a fleet left there: mirrored live, handed over, delivered', async () => {
    const folder = newFolder();
    const url = server.database();
    const log = { info: () => undefined, warn: () => undefined };
    const options = { shared: { url }, owner: 'agent-1', log, now: () => origin, leaseClock: () => origin };
    const store = new FleetStore({ ...options, path: join(folder, 'otherleg.db') });
    try {
      await store.open();
      const leg = addressed('a');
      await store.putLeg(leg, 0);
      const address = { address: '10.9.8.77', port: 5004 };
      const stream = { ...streamOf(leg.mediaLegId), streamId: `${leg.mediaLegId} 10.9.8.78:5004`, remote: address };
      const intervals = [0, 1, 2].map((slot) => intervalOf(stream, slot));
      await store.appendIntervals(batch({ streams: [stream], intervals, presence: [] }));
      await store.mirror();
      const found = (): string[] => SECRETS.filter((secret) => dump(url).includes(secret));
      expect(found()).toEqual(SECRETS);
      const body = JSON.stringify({ quality: { mediaLegId: leg.mediaLegId, remoteIPAddress: '10.9.8.78' } });
      await store.endLeg(endedOf(leg), { report: { ...reportOf(leg), body } });
      const ask = { owner: 'agent-1', now: origin, limit: 10, leaseSeconds: 60, heldTenants: [] };
      await store.packEnded(0, 10);
      await store.claimReports({ ...ask, limit: 0 });
      expect(await store.handOver()).toBe(1);
      const [claimed] = await store.claimReports(ask);
      const trace = { status: 200, message: 'for 10.9.8.78' };
      await store.settleReport(leg.mediaLegId, claimed?.fence ?? -1, { kind: 'accepted', at: origin, trace });
      expect(found()).toEqual(SECRETS);
      expect(await store.maskDelivered({ mask: maskAddressesIn, before: 0, limit: 10 })).toBe(1);
      expect(found()).toEqual([]);
    } finally {
      await store.close();
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a series without an address', () => {
  it('is not written anew', () => {
    expect(
      maskedSeries({ mediaLegId: 'a', streams: [], intervals: [], presence: [] }, maskAddressesIn),
    ).toBeUndefined();
  });
});
