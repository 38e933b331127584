import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fleetDetail } from '../../src/daemon/agent-store.ts';
import type { Claimed } from '../../src/model/delivery.ts';
import type { FleetOptions } from '../../src/store/fleet-options.ts';
import { FleetStore } from '../../src/store/fleet-store.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, guidOf, legOf, reportOf, tenant } from './leg-of.ts';
import { batch, intervalOf, origin, presenceOf, slotSeconds, streamOf } from './measured.ts';
import { skipped, suffix } from './postgres-server.ts';
import { serverOfTests } from './server-of-tests.ts';

describe.skipIf(skipped)(`a fleet's store${suffix}`, () => {
  const server = serverOfTests();
  let folder: string;
  let url: string;
  let time: number;
  let said: { fields: Readonly<Record<string, unknown>>; message: string }[];
  const opened: FleetStore[] = [];
  beforeEach(() => {
    folder = newFolder();
    url = server.database();
    time = origin;
    said = [];
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  const log = {
    info: (fields: object, message: string) => void said.push({ fields: { ...fields }, message }),
    warn: (fields: object, message: string) => void said.push({ fields: { ...fields }, message }),
  };
  const make = (owner: string, more: Partial<FleetOptions> = {}): FleetStore => {
    const path = join(folder, `${owner}.db`);
    const store = new FleetStore({ path, shared: { url }, owner, now: () => time, log, ...more });
    opened.push(store);
    return store;
  };
  const agent = async (owner = 'agent-1', more: Partial<FleetOptions> = {}): Promise<FleetStore> => {
    const store = make(owner, more);
    await store.open();
    return store;
  };
  const own = (name: string, owner = 'agent-1') => legOf(name, { owner });
  const end = async (store: FleetStore, name: string, owner = 'agent-1'): Promise<string> => {
    const leg = own(name, owner);
    await store.putLeg(leg, 0);
    const stream = streamOf(leg.mediaLegId);
    const presence = [presenceOf(leg.mediaLegId, 0)];
    await store.appendIntervals(batch({ streams: [stream], intervals: [intervalOf(stream, 0)], presence }));
    await store.endLeg(endedOf(leg), { report: reportOf(leg) });
    return leg.mediaLegId;
  };
  const handOver = async (store: FleetStore): Promise<number> => {
    await store.packEnded(0, 1000);
    return store.handOver();
  };
  const claim = (store: FleetStore, owner = 'agent-1', leaseSeconds = 60): Promise<readonly Claimed[]> =>
    store.claimReports({ owner, now: time + 1e6, limit: 100, leaseSeconds, heldTenants: [] });
  const ids = (claimed: readonly Claimed[]): string[] => claimed.map(({ report }) => report.mediaLegId).sort();
  const rows = (statement: string): string => server.execute(new URL(url).pathname.slice(1), statement);

  describe('whose hosts do not agree on the time', () => {
    const real = (): number => Date.now() / 1000;
    const ask = (owner: string, now: number) => ({ owner, now, limit: 100, leaseSeconds: 60, heldTenants: [] });

    it.each([600, -600])(
      'sends what a host left whose clock was %d s off when it is due, and no later',
      async (off) => {
        const one = await agent('agent-1', { now: () => real() + off });
        const leg = { ...own('a'), startedAt: real() + off - 60 };
        await one.putLeg(leg, 0);
        await one.endLeg(endedOf(leg), { report: reportOf(leg) });
        expect(await handOver(one)).toBe(1);
        await one.close();
        const two = await agent('agent-2', { now: real });
        expect(await two.nextDueAt()).toBeLessThanOrEqual(real() + 1);
        const [claimed] = await two.claimReports(ask('agent-2', real()));
        expect(claimed?.report.mediaLegId).toBe(leg.mediaLegId);
      },
    );

    it.each([600, -600])('tries again when a host meant whose clock is %d s off', async (off) => {
      const one = await agent('agent-1', { now: () => real() + off });
      const id = await end(one, 'a');
      await handOver(one);
      const [claimed] = await one.claimReports(ask('agent-1', real() + off));
      const at = real() + off;
      await one.settleReport(id, claimed?.fence ?? -1, { kind: 'keep', at, dueAt: at + 100 });
      expect((await one.nextDueAt()) ?? 0).toBeCloseTo(at + 100, -1);
      await one.close();
      const two = await agent('agent-2', { now: real });
      expect(((await two.nextDueAt()) ?? 0) - real()).toBeGreaterThan(60);
      expect(((await two.nextDueAt()) ?? 0) - real()).toBeLessThanOrEqual(101);
      expect(await two.requeueReport(id, real())).toBe(true);
      expect(await two.claimReports(ask('agent-2', real()))).toHaveLength(1);
    });

    const callChainId = guidOf('a call');
    /** A leg of a call whose record is due so many seconds from now. */
    const owing = async (store: FleetStore, now: number, dueIn: number): Promise<void> => {
      const leg = { ...own('a'), startedAt: now - 60, control: { callChainId } };
      await store.putLeg(leg, 0);
      const callRecord = { callChainId, tenantId: tenant, endedAt: now, dueAt: now + dueIn };
      await store.endLeg(endedOf(leg), { callRecord });
      expect(await handOver(store)).toBe(1);
    };
    const turn = { state: 'waiting', attempts: 1 } as const;

    it.each([600, -600])(
      'reads a call record of a host that was %d s off when it is due, and no later',
      async (off) => {
        const one = await agent('agent-1', { now: () => real() + off });
        await owing(one, real() + off, 100);
        expect((await one.nextCallRecordAt()) ?? 0).toBeCloseTo(real() + off + 100, -1);
        const two = await agent('agent-2', { now: real });
        expect(((await two.nextCallRecordAt()) ?? 0) - real()).toBeGreaterThan(60);
        expect(((await two.nextCallRecordAt()) ?? 0) - real()).toBeLessThanOrEqual(100);
        expect(await two.claimCallRecords(ask('agent-2', real() + 1e6))).toEqual([]);
        rows(`update call_records set due_at = due_at - 100`);
        const [task] = await two.claimCallRecords(ask('agent-2', real() - 1e6));
        expect(task).toMatchObject({ callChainId });
      },
    );

    it.each([600, -600])('reads a call record again when a host meant whose clock is %d s off', async (off) => {
      const skewed = (): number => real() + off;
      const [one, two] = [await agent('agent-1', { now: skewed }), await agent('agent-2', { now: real })];
      await owing(one, skewed(), -1);
      const [task] = await one.claimCallRecords(ask('agent-1', skewed()));
      const again = { ...turn, at: skewed(), dueAt: skewed() + 100 };
      expect(await one.settleCallRecord(callChainId, task?.fence ?? -1, again)).toBe(true);
      expect(((await two.nextCallRecordAt()) ?? 0) - real()).toBeGreaterThan(60);
      expect(((await two.nextCallRecordAt()) ?? 0) - real()).toBeLessThanOrEqual(100);
      // Somebody asks for it, due by the clock of the host that was asked.
      await one.askCallRecord({ callChainId, tenantId: tenant, endedAt: skewed(), dueAt: skewed() - 1 });
      expect(await two.claimCallRecords(ask('agent-2', real()))).toMatchObject([{ callChainId, attempts: 0 }]);
    });

    it.each([600, -600])('counts from late identifiers at a host whose clock is %d s off', async (off) => {
      const skewed = (): number => real() + off;
      const [one, two] = [await agent('agent-1'), await agent('agent-2', { now: skewed })];
      const leg = own('a');
      await one.putLeg(leg, 0);
      await one.endLeg(endedOf(leg, { delivery: { state: 'waiting' } }), {});
      await handOver(one);
      const callRecord = { callChainId, tenantId: tenant, endedAt: skewed(), dueAt: skewed() + 100 };
      expect(await two.completeLeg(endedOf(leg), reportOf(leg), callRecord)).toMatchObject({ state: 'queued' });
      expect(((await two.nextCallRecordAt()) ?? 0) - skewed()).toBeGreaterThan(60);
      const due = rows(
        'select due_at - extract(epoch from clock_timestamp()) from call_records union all select due_at - extract(epoch from clock_timestamp()) from reports',
      );
      const [record = 0, report = 0] = due.split('\n').map(Number);
      expect(record).toBeGreaterThan(60);
      expect(record).toBeLessThanOrEqual(100);
      expect(Math.abs(report)).toBeLessThan(60);
    });
  });

  it('lets one of two hosts with a copy of one disk go on alone, and says so', async () => {
    const first = await agent('agent-1', { host: 'one 1' });
    const id = await end(first, 'a');
    await handOver(first);
    await claim(first);
    const twin = join(folder, 'twin.db');
    // As an image of the disk is taken while the agent is stopped.
    await first.close();
    copyFileSync(join(folder, 'agent-1.db'), twin);
    const again = await agent('agent-1', { host: 'one 1' });
    const [leased] = await claim(again);
    const second = await agent('agent-1', { path: twin, host: 'two 1' });
    expect(second.outage).toMatch(/another host, with a copy/);
    expect(said.at(-1)?.fields['hint']).toMatch(/disk image.*agent\.name/);
    await second.renew();
    expect(await claim(second)).toEqual([]);
    const apart = await end(second, 'b');
    expect(ids(await claim(second))).toEqual([apart]);
    await second.close();
    // The lease of the first is still its own, and so is what it claimed.
    expect(rows('select host from agents where lease_until > extract(epoch from now())')).toBe('one 1');
    expect(await again.settleReport(id, leased?.fence ?? -1, { kind: 'accepted', at: time })).toBe(true);
    expect(again.outage).toBeUndefined();
  });

  it('goes on alone while its last life on another host counts as alive, and joins by itself when that is over', async () => {
    const first = await agent('agent-1', { host: 'pod-a 1' });
    const copied = own('copied');
    await first.putLeg(copied, 0);
    await first.mirror();
    const before = await end(first, 'before');
    const there = await end(first, 'there');
    expect(ids(await claim(first))).toEqual([before, there].sort());
    // Killed: nobody has ended the lease. The volume goes on with the next pod.
    for (const log of ['', '-wal']) copyFileSync(join(folder, `agent-1.db${log}`), join(folder, `volume.db${log}`));
    const back = await agent('agent-1', { path: join(folder, 'volume.db'), host: 'pod-b 1' });
    expect(fleetDetail({ store: back, outbox: back, fleet: back })).toMatchObject({
      fleet: { shared: false, outage: expect.stringMatching(/agent-1 .*another host/) },
    });
    expect(said.at(-1)).toMatchObject({
      fields: {
        op: 'fleet',
        reason: expect.stringMatching(/another host/),
        hint: expect.stringMatching(/restart.*joins by itself/),
      },
      message: expect.stringMatching(/all goes on here/),
    });
    // Reports and ends go on; what had a copy waits, since another may have ended it.
    const meanwhile = await end(back, 'meanwhile');
    const [live] = await back.liveLegs('agent-1');
    if (live === undefined) throw new Error('the live leg is gone');
    expect(await back.endLeg(endedOf(live.leg), { report: reportOf(live.leg) })).toMatchObject({ state: 'queued' });
    const mine = await claim(back);
    expect(ids(mine)).toEqual([before, there, meanwhile].sort());
    for (const { report, fence } of mine)
      expect(await back.settleReport(report.mediaLegId, fence, { kind: 'accepted', at: time })).toBe(true);
    expect(await handOver(back)).toBe(0);
    await expect(back.check()).resolves.toBeUndefined();
    expect(await back.nextDueAt()).toBeUndefined();

    rows('update agents set lease_until = extract(epoch from clock_timestamp())');
    await expect.poll(() => back.renew().then(() => back.outage), { interval: 100, timeout: 30_000 }).toBeUndefined();
    expect(fleetDetail({ store: back, outbox: back, fleet: back })).toMatchObject({ fleet: { shared: true } });
    expect(said.at(-1)).toMatchObject({ fields: { op: 'fleet' }, message: 'the shared store is back' });
    expect(rows('select host from agents where lease_until > extract(epoch from now())')).toBe('pod-b 1');
    expect(ids(await claim(back))).toEqual([copied.mediaLegId]);
    expect(await handOver(back)).toBe(3);
    // The first life, should it still be there, is the one that is out now.
    await first.renew();
    expect(first.outage).toMatch(/another host/);
  }, 60_000);

  it.each([
    ['killed on the same host', 'one 1'],
    ['killed by a release that did not name its host', undefined],
  ])('knows an agent that comes back after it was %s', async (_, host) => {
    const first = await agent('agent-1', host === undefined ? {} : { host });
    if (host === undefined) rows('update agents set host = null');
    for (const log of ['', '-wal']) copyFileSync(join(folder, `agent-1.db${log}`), join(folder, `same.db${log}`));
    const back = await agent('agent-1', { path: join(folder, 'same.db'), host: host ?? 'one 1' });
    expect(back.outage).toBeUndefined();
    expect(first.outage).toBeUndefined();
  });

  it('shows each agent what the others measured', async () => {
    const [one, two] = [await agent('agent-1'), await agent('agent-2')];
    const ended = await end(one, 'a');
    const live = own('b');
    const stream = streamOf(live.mediaLegId);
    await one.putLeg({ ...live, control: { ...live.control, aliases: ['lobby'] } }, 0);
    const slots = Array.from({ length: 30 }, (_, slot) => slot);
    const intervals = slots.map((slot) => intervalOf(stream, slot));
    const presence = slots.map((slot) => presenceOf(live.mediaLegId, slot));
    await one.appendIntervals(batch({ streams: [stream], intervals, presence }));
    const series = { ended: await one.series(ended), live: await one.series(live.mediaLegId) };
    expect(await handOver(one)).toBe(1);
    await one.mirror();

    const both = [live.mediaLegId, ended].sort();
    for (const store of [one, two]) {
      expect((await store.legs({ limit: 10 })).items.map(({ mediaLegId }) => mediaLegId).sort()).toEqual(both);
      expect(await store.series(ended)).toStrictEqual(series.ended);
      expect(await store.series(live.mediaLegId)).toStrictEqual(series.live);
      // A copy lies there minute by minute: what is read row by row is read where it is measured.
      expect((await store.piece(live.mediaLegId)) !== undefined).toBe(store === one);
      expect(await store.piece(ended)).toBeUndefined();
      expect(await store.report(ended)).toStrictEqual(reportOf(own('a')));
      expect((await store.leg({ alias: 'lobby' }))?.mediaLegId).toBe(live.mediaLegId);
      expect((await store.reports({ limit: 10 })).items).toHaveLength(1);
    }
    expect(series.live.intervals).toHaveLength(30);
    expect(await two.liveLegs('agent-1')).toEqual([]);

    // What changes of a slot later, and what comes, is copied again; no more than that.
    time = origin + 30 * slotSeconds;
    await one.mirror();
    const changed = intervalOf(stream, 29, { packets: 7 });
    const next = intervalOf(stream, 30);
    await one.appendIntervals(batch({ intervals: [changed, next] }));
    rows('update mirrored set body = \'{"streams":[],"rows":[]}\' where minute = (select min(minute) from mirrored)');
    await one.mirror();
    const seen = (await two.series(live.mediaLegId)).intervals;
    expect(seen.slice(-2)).toStrictEqual([changed, next]);
    expect(seen.length).toBeLessThan(31);
  });

  it('takes the place of the copy when the leg has ended', async () => {
    const [one, two] = [await agent('agent-1'), await agent('agent-2')];
    const leg = own('a');
    await one.putLeg(leg, 0);
    await one.mirror();
    const stored = await two.leg({ mediaLegId: leg.mediaLegId });
    expect(stored?.state).toBe('live');
    await expect(two.putLeg(own('a'), 1)).rejects.toMatchObject({ code: 'STORE_FAILED', hint: /agent-1/ });
    const told = two.completeLeg(endedOf(own('a')), reportOf(own('a')));
    await expect(told).rejects.toMatchObject({ hint: /agent-1/ });
    await one.endLeg(endedOf(leg), { report: reportOf(leg) });
    await handOver(one);
    expect(await two.leg({ mediaLegId: leg.mediaLegId })).toMatchObject({ state: 'ended', revision: 2 });
    expect(rows('select count(*) from mirrored')).toBe('0');
    await one.mirror();
    expect((await two.leg({ mediaLegId: leg.mediaLegId }))?.state).toBe('ended');
  });

  it('leaves a report with its agent while that lives, and to the others afterwards', async () => {
    const [one, two] = [await agent('agent-1'), await agent('agent-2')];
    await end(one, 'a');
    await handOver(one);
    await one.renew();
    expect(await claim(two, 'agent-2')).toEqual([]);
    // The end of the other's lease by the database's clock, told as one of ours.
    const due = await two.nextDueAt();
    expect(due).toBeGreaterThan(origin);
    expect(due).toBeLessThanOrEqual(origin + 30.1);
    rows("update agents set lease_until = extract(epoch from clock_timestamp()) where owner = 'agent-1'");
    expect(ids(await claim(two, 'agent-2'))).toEqual([guidOf('a')]);
    expect(two.counters.takenOver).toBe(1);
    expect(said.at(-1)).toMatchObject({ fields: { op: 'takeover', from: 'agent-1', reports: 1 } });
    expect(await claim(one)).toEqual([]);
  });

  it('leaves its reports to the others at once when it stops', async () => {
    const [one, two] = [await agent('agent-1'), await agent('agent-2')];
    await end(one, 'a');
    await handOver(one);
    expect(await claim(two, 'agent-2')).toEqual([]);
    await one.close();
    expect(ids(await claim(two, 'agent-2'))).toEqual([guidOf('a')]);
  });

  it('counts leases by the clock of the database, whatever its own says', async () => {
    const [one, two] = [await agent('agent-1'), await agent('agent-2')];
    await end(one, 'a');
    await handOver(one);
    time += 86_400;
    expect(await claim(two, 'agent-2')).toEqual([]);
    const [claimed] = await claim(one);
    time -= 2 * 86_400;
    expect(await claim(one)).toEqual([]);
    const outcome = { kind: 'accepted', at: time } as const;
    expect(await one.settleReport(guidOf('a'), claimed?.fence ?? -1, outcome)).toBe(true);
  });

  it('does not hand over what is being sent, nor what is not packed', async () => {
    const store = await agent('agent-1', { leaseClock: (now) => now });
    await end(store, 'a');
    expect(await store.handOver()).toBe(0);
    const [claimed] = await claim(store);
    expect(await handOver(store)).toBe(0);
    const outcome = { kind: 'keep', at: time, dueAt: time + 5 } as const;
    expect(await store.settleReport(guidOf('a'), claimed?.fence ?? -1, outcome)).toBe(true);
    expect(await handOver(store)).toBe(1);
    expect(await store.attempts(guidOf('a'))).toEqual([outcome]);
    expect((await store.owedHere({ state: 'queued', limit: 1 })).items).toEqual([]);
    expect((await store.reports({ limit: 5 })).items).toMatchObject([
      { attempts: 1, dueAt: time + 5, state: 'queued' },
    ]);
  });

  it('takes late identifiers of a leg that was handed over, at any agent', async () => {
    const [one, two] = [await agent('agent-1'), await agent('agent-2')];
    const leg = own('a');
    await one.putLeg(leg, 0);
    await one.endLeg(endedOf(leg, { delivery: { state: 'waiting' } }), {});
    await handOver(one);
    expect(await two.completeLeg(endedOf(leg), reportOf(leg))).toMatchObject({ state: 'queued' });
    expect((await one.leg({ mediaLegId: leg.mediaLegId }))?.delivery.state).toBe('queued');
    expect(ids(await claim(one))).toEqual([leg.mediaLegId]);
  });

  it('refuses a second agent of the same name', async () => {
    await agent('agent-1');
    const second = make('agent-1', { path: join(folder, 'other.db') });
    await expect(second.open()).rejects.toMatchObject({ code: 'STORE_LOCKED', hint: /agent.name/ });
  });

  it('comes back on its own file at once, whatever its lease', async () => {
    const first = await agent('agent-1');
    await end(first, 'a');
    await handOver(first);
    const [early] = await claim(first);
    // As after a kill: nobody has ended the lease.
    rows('update agents set lease_until = lease_until');
    await first.close();
    rows('update agents set lease_until = extract(epoch from now()) + 1000');
    const again = await agent('agent-1');
    expect(ids(await claim(again))).toEqual([guidOf('a')]);
    expect(await again.settleReport(guidOf('a'), early?.fence ?? -1, { kind: 'accepted', at: time })).toBe(false);
  });

  it('keeps a leg that PostgreSQL does not take, and hands the others over', async () => {
    const store = await agent();
    rows("alter table legs add constraint no_poison check (device_name <> 'poison')");
    await end(store, 'a');
    const leg = { ...own('b'), device: { name: 'poison', description: '-' } };
    await store.putLeg(leg, 0);
    await store.endLeg(endedOf(leg), { report: reportOf(leg) });
    await end(store, 'c');
    expect(await handOver(store)).toBe(2);
    expect(said.at(-1)).toMatchObject({ fields: { op: 'handover', leg: leg.mediaLegId } });
    expect((await store.owedHere({ limit: 5 })).items.map(({ mediaLegId }) => mediaLegId)).toEqual([leg.mediaLegId]);
    expect(ids(await claim(store))).toEqual([guidOf('a'), guidOf('b'), guidOf('c')].sort());
  });

  it('takes what a device may say, also a character 0', async () => {
    const store = await agent();
    const leg = own('a');
    await store.putLeg(
      { ...leg, device: { ...leg.device, name: 'a\0b' }, control: { ...leg.control, aliases: ['x\0y'] } },
      0,
    );
    await store.mirror();
    await store.endLeg(endedOf({ ...leg, device: { ...leg.device, name: 'a\0b' } }), { report: reportOf(leg) });
    expect(await handOver(store)).toBe(1);
    expect((await store.leg({ mediaLegId: leg.mediaLegId }))?.state).toBe('ended');
  });

  it('forgets copies and handovers of long ago', async () => {
    const [one, two] = [await agent('agent-1'), await agent('agent-2')];
    await end(one, 'a');
    await handOver(one);
    await one.putLeg(own('b'), 0);
    await one.mirror();
    const [claimed] = await claim(one);
    await one.settleReport(guidOf('a'), claimed?.fence ?? -1, { kind: 'accepted', at: time });
    expect(await two.purge(Date.now() / 1000 + 60, 10)).toBe(1);
    expect(rows('select count(*) from legs')).toBe('0');
    expect((await one.legs({ limit: 9 })).items.map(({ mediaLegId }) => mediaLegId)).toEqual([guidOf('b')]);
  });

  describe('while PostgreSQL is away', () => {
    const outage = async (work: () => Promise<void>): Promise<void> => {
      server.halt();
      try {
        await work();
      } finally {
        server.resume();
      }
    };
    /** After an outage nobody asks for a second. */
    const back = async (store: FleetStore): Promise<void> => {
      await expect
        .poll(() => store.renew().then(() => store.outage), { interval: 100, timeout: 20_000 })
        .toBeUndefined();
    };

    it('begins, ends and delivers as before, and hands over when it is back', async () => {
      const store = await agent();
      const before = await end(store, 'before');
      await handOver(store);
      await outage(async () => {
        const delivered = await end(store, 'a');
        const [claimed] = await claim(store);
        expect(claimed?.report.mediaLegId).toBe(delivered);
        expect(await store.settleReport(delivered, claimed?.fence ?? -1, { kind: 'accepted', at: time })).toBe(true);
        await end(store, 'b');
        expect(await handOver(store)).toBe(0);
        expect(ids(await claim(store))).toEqual([guidOf('b')]);
        await expect(store.check()).resolves.toBeUndefined();
        await expect(store.mirror()).resolves.toBeUndefined();
        expect((await store.legs({ limit: 9 })).items).toHaveLength(2);
        expect(await store.leg({ mediaLegId: guidOf('nobody') })).toBeUndefined();
        expect(await store.nextDueAt()).toBeDefined();
        // What went there cannot be had, and is not taken for unknown.
        await expect(store.leg({ mediaLegId: before })).rejects.toMatchObject({
          code: 'STORE_FAILED',
          hint: /PostgreSQL/,
        });
        await expect(store.putLeg(endedOf(own('before')), 2)).rejects.toMatchObject({ code: 'STORE_FAILED' });
        await expect(store.putLeg(own('before'), 0)).rejects.toMatchObject({ code: 'STORE_FAILED' });
        // It may lie there: late identifiers must not make a second leg of it here.
        const late = store.completeLeg(endedOf(own('x')), reportOf(own('x')));
        await expect(late).rejects.toMatchObject({ code: 'STORE_FAILED' });
        await expect(store.dropReport(guidOf('x'), time)).rejects.toMatchObject({ code: 'STORE_FAILED' });
      });
      expect(said.filter(({ message }) => message.includes('away'))).toHaveLength(1);
      await back(store);
      expect(said.at(-1)?.message).toContain('back');
      expect(await handOver(store)).toBe(1); // b is being sent
      expect(store.counters).toMatchObject({ handedOver: 2, outages: 1 });
      expect((await store.leg({ mediaLegId: before }))?.state).toBe('ended');
    });

    it('starts', async () => {
      await outage(async () => {
        const store = await agent();
        await end(store, 'a');
        expect(store.outage).toBeDefined();
        expect(ids(await claim(store))).toEqual([guidOf('a')]);
      });
      const [store] = opened;
      if (store !== undefined) await back(store);
      expect(rows('select owner from agents')).toBe('agent-1');
    });

    it('keeps the outcome of a report that lies there, also over a restart, and tells it', async () => {
      const store = await agent();
      for (const name of ['a', 'b']) await end(store, name);
      await handOver(store);
      const claimed = await claim(store);
      expect(claimed).toHaveLength(2);
      await outage(async () => {
        for (const { report, fence } of claimed) {
          expect(await store.settleReport(report.mediaLegId, fence, { kind: 'accepted', at: time })).toBe(true);
        }
        await store.close();
      });
      const again = await agent();
      expect(await claim(again)).toEqual([]);
      expect((await again.reports({ state: 'delivered', limit: 9 })).items).toHaveLength(2);
      expect(again.counters.lateOutcomes).toBe(0);
    });

    it('counts an outcome that came too late', async () => {
      const one = await agent('agent-1', { leaseSeconds: 0 });
      const two = await agent('agent-2');
      await end(one, 'a');
      await handOver(one);
      const [claimed] = await claim(one, 'agent-1', 0);
      await outage(async () => {
        await one.settleReport(guidOf('a'), claimed?.fence ?? -1, { kind: 'accepted', at: time });
      });
      await back(two);
      const [taken] = await claim(two, 'agent-2');
      expect(taken?.report.mediaLegId).toBe(guidOf('a'));
      await back(one);
      expect(await claim(one)).toEqual([]);
      expect(one.counters.lateOutcomes).toBe(1);
    });
  });
});
