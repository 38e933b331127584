import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Claimed, Delivery, Outcome, Report, ReportQuery } from '../../../src/model/delivery.ts';
import type { ClaimAsk, Store } from '../../../src/store/store.ts';
import { endedOf, guidOf, legOf, reportOf } from '../leg-of.ts';
import { origin } from '../measured.ts';
import type { Bench, MakeBench } from './bench.ts';

export function describeOutbox(make: MakeBench): void {
  describe('outbox', () => {
    let bench: Bench;
    let store: Store;
    beforeEach(async () => {
      bench = await make();
      bench.now = origin;
      store = await bench.open();
    });
    afterEach(() => bench.dispose());

    /** Ends a leg at the bench's time, so that its report is due then. */
    const queue = async (name: string, more: Partial<Report> = {}): Promise<string> => {
      const leg = legOf(name);
      await store.putLeg(leg, 0);
      await store.endLeg(endedOf(leg), { report: reportOf(leg, more) });
      return leg.mediaLegId;
    };
    const claim = (more: Partial<ClaimAsk> = {}): Promise<readonly Claimed[]> =>
      store.claimReports({ owner: 'agent-1', now: bench.now, limit: 10, leaseSeconds: 60, heldTenants: [], ...more });
    const ids = (claimed: readonly Claimed[]): string[] => claimed.map(({ report }) => report.mediaLegId);
    const entry = async (): Promise<Delivery | undefined> => (await store.reports({ limit: 1 })).items[0];

    const settle = async (name: string, outcome: Outcome): Promise<void> => {
      const claimed = (await claim()).find(({ report }) => report.mediaLegId === guidOf(name));
      expect(await store.settleReport(guidOf(name), claimed?.fence ?? -1, outcome)).toBe(true);
    };

    it('hands out what is due, longest due first', async () => {
      for (const [name, at] of Object.entries({ b: 20, a: 10, c: 30, d: 40 })) {
        bench.now = origin + at;
        await queue(name);
      }
      const claimed = await claim({ now: origin + 30, limit: 2 });
      expect(ids(claimed)).toEqual([guidOf('a'), guidOf('b')]);
      expect(claimed[0]).toStrictEqual({ report: reportOf(legOf('a')), fence: 1, attempts: 0 });
      expect(ids(await claim({ now: origin + 30 }))).toEqual([guidOf('c')]);
      expect(await claim({ now: origin + 30 })).toEqual([]);
      expect(await store.nextDueAt()).toBe(origin + 40);
    });

    it('hands a report out again when its lease ends, and ignores who had it before', async () => {
      const id = await queue('a');
      const [first] = await claim({ leaseSeconds: 60 });
      expect(await store.nextDueAt()).toBe(origin + 60);
      expect(await claim({ owner: 'agent-2', now: origin + 59.9 })).toEqual([]);
      const [second] = await claim({ owner: 'agent-2', now: origin + 60 });
      expect(second?.fence).toBeGreaterThan(first?.fence ?? Number.POSITIVE_INFINITY);
      expect(await store.settleReport(id, first?.fence ?? -1, { kind: 'refused', at: 1 })).toBe(false);
      expect(await store.attempts(id)).toEqual([]);
      expect(await store.settleReport(id, second?.fence ?? -1, { kind: 'accepted', at: 2 })).toBe(true);
      expect((await entry())?.state).toBe('delivered');
    });

    it('takes a late answer while nobody else has the report', async () => {
      const id = await queue('a');
      const [claimed] = await claim({ leaseSeconds: 1 });
      bench.now += 100;
      expect(await store.settleReport(id, claimed?.fence ?? -1, { kind: 'accepted', at: bench.now })).toBe(true);
    });

    it('takes one answer per claim', async () => {
      const id = await queue('a');
      const [claimed] = await claim();
      const fence = claimed?.fence ?? -1;
      expect(await store.settleReport(id.toUpperCase(), fence, { kind: 'keep', at: 1, dueAt: 2 })).toBe(true);
      expect(await store.settleReport(id, fence, { kind: 'accepted', at: 3 })).toBe(false);
      expect(await store.settleReport(guidOf('nobody'), 1, { kind: 'accepted', at: 3 })).toBe(false);
    });

    it('passes over held tenants without letting them block the others', async () => {
      for (const name of ['a', 'b', 'c']) await queue(name, { tenantId: 'held' });
      bench.now += 10;
      await queue('d', { tenantId: 'free' });
      expect(ids(await claim({ limit: 1, heldTenants: ['held', 'other'] }))).toEqual([guidOf('d')]);
      expect(await claim({ limit: 1, heldTenants: ['held'] })).toEqual([]);
      expect(ids(await claim())).toHaveLength(3);
    });

    const trace = { status: 400, code: 'BadRequest', message: 'no', hint: 'look' };
    it.each<{ outcome: Outcome; want: Partial<Delivery>; reason?: string }>([
      { outcome: { kind: 'accepted', at: 50 }, want: { state: 'delivered', settledAt: 50 } },
      { outcome: { kind: 'refused', at: 50, trace }, want: { state: 'refused', settledAt: 50 }, reason: 'BadRequest' },
      { outcome: { kind: 'refused', at: 50 }, want: { state: 'refused', settledAt: 50 } },
      { outcome: { kind: 'expired', at: 50, trace }, want: { state: 'expired', settledAt: 50 }, reason: 'maximum-age' },
      { outcome: { kind: 'keep', at: 50, dueAt: 99.5, trace }, want: { state: 'queued', dueAt: 99.5 } },
    ])('is $want.state after $outcome.kind', async ({ outcome, want, reason }) => {
      const id = await queue('a');
      await settle('a', outcome);
      const { body: _, ...report } = reportOf(legOf('a'));
      expect(await entry()).toStrictEqual({ ...report, attempts: 1, last: outcome, ...want });
      expect(await store.attempts(id)).toStrictEqual([outcome]);
      expect(await store.nextDueAt()).toBe(want.dueAt);
      expect((await store.leg({ mediaLegId: id }))?.delivery).toStrictEqual({
        state: want.state,
        attempts: 1,
        at: want.settledAt ?? origin,
        ...(want.dueAt !== undefined && { dueAt: want.dueAt }),
        ...(reason !== undefined && { reason }),
      });
    });

    it('counts the attempts that came before', async () => {
      await queue('a');
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const [claimed] = await claim();
        expect(claimed?.attempts).toBe(attempt);
        const outcome: Outcome = { kind: 'keep', at: attempt, dueAt: bench.now };
        await store.settleReport(guidOf('a'), claimed?.fence ?? -1, outcome);
      }
    });

    it('keeps the first attempt and the last 99', async () => {
      const id = await queue('a');
      for (let at = 1; at <= 103; at += 1) await settle('a', { kind: 'keep', at, dueAt: bench.now });
      const history = (await store.attempts(id)).map(({ at }) => at);
      expect(history).toEqual([1, ...Array.from({ length: 99 }, (_, n) => n + 5)]);
      expect(await entry()).toMatchObject({ attempts: 103 });
    });

    it('is due at once again when its own agent restarts, and not when another does', async () => {
      await queue('a');
      await queue('b');
      const [own] = await claim({ limit: 1 });
      const [others] = await claim({ owner: 'agent-2', limit: 1 });
      store = await bench.open('agent-1');
      expect(
        await store.settleReport(own?.report.mediaLegId ?? '', own?.fence ?? -1, { kind: 'accepted', at: 1 }),
      ).toBe(false);
      const again = await claim();
      expect(ids(again)).toEqual([own?.report.mediaLegId]);
      expect(again[0]?.fence).toBeGreaterThan(own?.fence ?? Number.POSITIVE_INFINITY);
      expect(
        await store.settleReport(others?.report.mediaLegId ?? '', others?.fence ?? -1, { kind: 'accepted', at: 1 }),
      ).toBe(true);
    });

    describe('for operators', () => {
      it.each<{ outcome: Outcome | 'drop'; retried: boolean }>([
        { outcome: { kind: 'refused', at: 1, trace }, retried: true },
        { outcome: { kind: 'expired', at: 1 }, retried: true },
        { outcome: 'drop', retried: true },
        { outcome: { kind: 'accepted', at: 1 }, retried: false },
        { outcome: { kind: 'keep', at: 1, dueAt: origin + 900 }, retried: true },
      ])('sends again: $outcome → $retried', async ({ outcome, retried }) => {
        const id = await queue('a');
        if (outcome === 'drop') await store.dropReport(id, 5);
        else await settle('a', outcome);
        const before = await entry();
        bench.now += 10;
        expect(await store.requeueReport(id.toUpperCase(), bench.now)).toBe(retried);
        if (!retried) return expect(await entry()).toStrictEqual(before);
        expect(await entry()).toMatchObject({
          state: 'queued',
          dueAt: bench.now,
          attempts: 0,
          createdAt: before?.createdAt,
        });
        expect((await store.leg({ mediaLegId: id }))?.delivery).not.toHaveProperty('reason');
        expect(ids(await claim())).toEqual([id]);
        expect(await store.attempts(id)).toHaveLength(outcome === 'drop' ? 0 : 1);
      });

      it('keeps to when Graph asked for a report, and no longer', async () => {
        const id = await queue('a');
        await settle('a', { kind: 'keep', at: 1, dueAt: origin + 900, told: true, trace });
        expect(await store.requeueReport(id, origin + 10)).toBe(true);
        expect(await entry()).toMatchObject({ state: 'queued', dueAt: origin + 900 });
        await store.dropReport(id, origin + 20);
        expect(await store.requeueReport(id, origin + 30)).toBe(true);
        expect(await entry()).toMatchObject({ state: 'queued', dueAt: origin + 900 });
        expect(await store.requeueReport(id, origin + 1000)).toBe(true);
        expect(await entry()).toMatchObject({ state: 'queued', dueAt: origin + 1000 });
      });

      it.each<{ outcome?: Outcome; dropped: boolean }>([
        { dropped: true },
        { outcome: { kind: 'keep', at: 1, dueAt: origin + 900 }, dropped: true },
        { outcome: { kind: 'refused', at: 1, trace }, dropped: true },
        { outcome: { kind: 'accepted', at: 1 }, dropped: false },
        { outcome: { kind: 'expired', at: 1 }, dropped: false },
      ])('gives up: $outcome.kind → $dropped', async ({ outcome, dropped }) => {
        const id = await queue('a');
        if (outcome) await settle('a', outcome);
        expect(await store.dropReport(id.toUpperCase(), origin + 7)).toBe(dropped);
        if (!dropped) return expect(await entry()).not.toMatchObject({ state: 'dropped' });
        expect(await entry()).toMatchObject({ state: 'dropped', settledAt: origin + 7 });
        expect((await store.leg({ mediaLegId: id }))?.delivery).toMatchObject({
          state: 'dropped',
          reason: 'by-operator',
        });
        expect(await store.nextDueAt()).toBeUndefined();
        expect(await claim({ now: origin + 1e6 })).toEqual([]);
        expect(await store.dropReport(id, origin + 8)).toBe(false);
      });

      it('knows nothing of what was never owed', async () => {
        expect(await store.requeueReport(guidOf('nobody'), 1)).toBe(false);
        expect(await store.dropReport(guidOf('nobody'), 1)).toBe(false);
      });

      it.each<{ outcome: Outcome; want: Delivery['state'] }>([
        { outcome: { kind: 'accepted', at: 9 }, want: 'delivered' },
        { outcome: { kind: 'refused', at: 9 }, want: 'dropped' },
        { outcome: { kind: 'keep', at: 9, dueAt: 10 }, want: 'dropped' },
      ])('a report dropped under way is $want after $outcome.kind', async ({ outcome, want }) => {
        const id = await queue('a');
        const [claimed] = await claim();
        await store.dropReport(id, origin + 1);
        expect(await store.settleReport(id, claimed?.fence ?? -1, outcome)).toBe(true);
        expect(await entry()).toMatchObject({ state: want, last: outcome });
        expect(await store.attempts(id)).toHaveLength(1);
      });

      it('lists reports newest first, by state, page by page', async () => {
        for (const [n, name] of Array.from('abcde').entries()) await queue(name, { createdAt: 100 + n });
        await settle('b', { kind: 'refused', at: 1 });
        const pages = async (query: Omit<ReportQuery, 'limit'>): Promise<string[][]> => {
          const read: string[][] = [];
          let after: string | undefined;
          do {
            const page = await store.reports({ limit: 2, ...query, ...(after !== undefined && { after }) });
            read.push(page.items.map(({ mediaLegId }) => mediaLegId));
            after = page.next;
          } while (after !== undefined);
          return read;
        };
        const of = (names: string): string[] => Array.from(names, guidOf);
        expect(await pages({})).toEqual([of('ed'), of('cb'), of('a')]);
        expect(await pages({ state: 'queued' })).toEqual([of('ed'), of('ca')]);
        expect(await pages({ state: 'refused' })).toEqual([of('b')]);
        expect(await pages({ state: 'expired' })).toEqual([[]]);
        await expect(store.reports({ limit: 1, after: 'x' })).rejects.toMatchObject({ code: 'BODY_INVALID' });
      });
    });
  });
}
