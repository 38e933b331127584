import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryState, Outcome } from '../../../src/model/delivery.ts';
import type { Leg } from '../../../src/model/leg.ts';
import type { Store } from '../../../src/store/store.ts';
import { endedOf, guidOf, legOf, reportOf, tenant } from '../leg-of.ts';
import { batch, intervalOf, origin, presenceOf, streamOf } from '../measured.ts';
import type { Bench, MakeBench } from './bench.ts';

export function describeEndings(make: MakeBench): void {
  describe('the end of a leg', () => {
    let bench: Bench;
    let store: Store;
    beforeEach(async () => {
      bench = await make();
      bench.now = origin + 100;
      store = await bench.open();
    });
    afterEach(() => bench.dispose());

    const leg = legOf('a');
    const { mediaLegId } = leg;
    const stored = (): Promise<Leg | undefined> => store.leg({ mediaLegId });

    const end = async (delivery: DeliveryState, report = false): Promise<DeliveryState> => {
      await store.putLeg(leg, 0);
      return store.endLeg(endedOf(leg, { delivery }), report ? { report: reportOf(leg) } : {});
    };
    const settle = async (outcome: Outcome): Promise<void> => {
      const ask = { owner: 'agent-1', now: bench.now, limit: 1, leaseSeconds: 60, heldTenants: [] };
      const [claimed] = await store.claimReports(ask);
      expect(await store.settleReport(mediaLegId, claimed?.fence ?? -1, outcome)).toBe(true);
    };

    it('closes the leg and queues its report', async () => {
      const state = await end({ state: 'queued' }, true);
      expect(state).toStrictEqual({ state: 'queued', attempts: 0, at: bench.now, dueAt: bench.now });
      expect(await stored()).toStrictEqual({ ...endedOf(leg), revision: 2, delivery: state });
      expect(await store.report(mediaLegId)).toStrictEqual(reportOf(leg));
      expect(await store.nextDueAt()).toBe(bench.now);
      expect(await store.liveLegs('agent-1')).toEqual([]);
    });

    it('keeps a leg that waits for another product until its wait ends', async () => {
      const wait: DeliveryState = { state: 'waiting', reason: 'webex-import' };
      await end(wait);
      const waiting = async () => (await store.waitingFor?.('agent-1', 'webex-import'))?.map((one) => one.mediaLegId);
      expect(await waiting()).toEqual([mediaLegId]);
      expect(await store.waitingFor?.('agent-2', 'webex-import')).toEqual([]);
      expect(await store.dropWaiting(bench.now + 1e6, bench.now)).toBe(0);
      await store.packEnded(0, 10); // packed or not, here or handed over: it makes no difference
      const stream = streamOf(mediaLegId, 'inbound', { source: 'webex' });
      const series = { mediaLegId, streams: [stream], intervals: [intervalOf(stream, 0)], presence: [] };
      const after = endedOf(leg, { revision: 2, severity: 0.5, delivery: { state: 'queued' } });
      const state = await store.endWait?.(after, { series, report: reportOf(leg) });
      expect(state).toMatchObject({ state: 'queued', attempts: 0 });
      expect(await store.series(mediaLegId)).toStrictEqual(series);
      expect(await stored()).toMatchObject({ severity: 0.5, delivery: { state: 'queued' } });
      expect(await waiting()).toEqual([]);
      // Once is enough.
      const again = await store.endWait?.({ ...after, severity: 9 }, { series: { ...series, intervals: [] } });
      expect(again).toEqual(state);
      expect((await store.series(mediaLegId)).intervals).toHaveLength(1);
      expect((await stored())?.severity).toBe(0.5);
    });

    it('lets a leg begin to wait after its end, unless there is a report of it', async () => {
      await end({ state: 'none', reason: 'nothing-measured' });
      const told = endedOf(leg, { revision: 2, severity: 0.25 });
      expect(await store.beginWait?.(told, 'webex-import')).toMatchObject({ state: 'waiting', reason: 'webex-import' });
      expect(await stored()).toMatchObject({ severity: 0.25, delivery: { state: 'waiting', reason: 'webex-import' } });
      expect(await store.waitingFor?.('agent-1', 'webex-import')).toHaveLength(1);
      const queued = { ...told, delivery: { state: 'queued' } as const };
      expect(await store.endWait?.(queued, { report: reportOf(leg) })).toMatchObject({ state: 'queued' });
      expect(await store.beginWait?.(queued, 'webex-import')).toMatchObject({ state: 'queued' });
      expect(await store.waitingFor?.('agent-1', 'webex-import')).toEqual([]);
    });

    it('lets a leg whose wait ended with nothing go without', async () => {
      await end({ state: 'waiting', reason: 'webex-import' });
      const none: DeliveryState = { state: 'none', reason: 'nothing-measured' };
      expect(await store.endWait?.(endedOf(leg, { delivery: none }), {})).toMatchObject(none);
      expect(await store.waitingFor?.('agent-1', 'webex-import')).toEqual([]);
    });

    it('leaves the series as it was, and the leg as the caller last knew it', async () => {
      const streams = [streamOf(mediaLegId, 'inbound'), streamOf(mediaLegId, 'outbound')];
      await store.putLeg(leg, 0);
      const slots = [0, 1, 2];
      await store.appendIntervals(
        batch({
          streams,
          intervals: slots.flatMap((slot) => streams.map((stream) => intervalOf(stream, slot))),
          presence: slots.map((slot) => presenceOf(mediaLegId, slot)),
        }),
      );
      const before = await store.series(mediaLegId);
      expect(before.intervals).toHaveLength(6);
      const ended = endedOf(leg, { severity: 1.5, control: { ...leg.control, aliases: ['last-alias'] } });
      await store.endLeg(ended, { report: reportOf(leg) });
      expect(await store.series(mediaLegId)).toStrictEqual(before);
      expect(await store.packEnded(Number(ended.endedAt) + 1, 5)).toBe(0);
      expect(await store.packEnded(Number(ended.endedAt), 5)).toBe(bench.packsAtOnce ? 0 : 1);
      expect(await store.series(mediaLegId)).toStrictEqual(before);
      expect(await store.leg({ alias: 'last-alias' })).toMatchObject({ severity: 1.5, endReason: 'ended' });
    });

    it.each<DeliveryState>([
      { state: 'none', reason: 'nothing-measured', at: 5 },
      { state: 'none', reason: 'discarded', at: 5 },
      { state: 'waiting', at: 5 },
    ])('answers $state $reason where there is nothing to send', async (delivery) => {
      expect(await end(delivery)).toStrictEqual(delivery);
      expect((await stored())?.delivery).toStrictEqual(delivery);
      expect(await store.nextDueAt()).toBeUndefined();
      expect(await store.report(mediaLegId)).toBeUndefined();
    });

    it('says since when, if the caller did not', async () => {
      expect(await end({ state: 'waiting' })).toStrictEqual({ state: 'waiting', at: bench.now });
    });

    it('changes nothing when repeated', async () => {
      await end({ state: 'queued' }, true);
      await settle({ kind: 'accepted', at: bench.now + 1 });
      bench.now += 50;
      const again = endedOf(leg, { endReason: 'again', endedAt: 1 });
      const state = await store.endLeg(again, { report: reportOf(leg, { body: 'other' }) });
      expect(state).toStrictEqual({ state: 'delivered', attempts: 1, at: origin + 101 });
      expect(await stored()).toMatchObject({ endReason: 'ended', revision: 2 });
      expect((await store.report(mediaLegId))?.body).toBe(reportOf(leg).body);
    });

    it('takes a leg that was never put', async () => {
      const { endedAt: _, ...timeless } = endedOf(leg);
      expect(await store.endLeg(timeless, { report: reportOf(leg) })).toMatchObject({ state: 'queued' });
      expect(await stored()).toMatchObject({ state: 'ended', revision: 1, endedAt: bench.now });
    });

    it('is whole or not at all', async () => {
      await store.putLeg(leg, 0);
      // A body that no engine can take: the last write of the transaction fails.
      const broken = { ...reportOf(leg), createdAt: undefined as unknown as number };
      await expect(store.endLeg(endedOf(leg), { report: broken })).rejects.toMatchObject({ code: 'STORE_FAILED' });
      expect(await stored()).toStrictEqual({ ...leg, revision: 1 });
      expect(await store.endLeg(endedOf(leg), { report: reportOf(leg) })).toMatchObject({ state: 'queued' });
    });

    describe('completed later', () => {
      const late: Leg = endedOf(leg, { control: { ...leg.control, callChainId: guidOf('late call') } });
      const lateReport = reportOf(late, { body: '{"quality":{"late":true}}', createdAt: origin + 200 });
      const complete = (): Promise<DeliveryState> => store.completeLeg(late, lateReport);
      const queued = (): DeliveryState => ({ state: 'queued', attempts: 0, at: bench.now, dueAt: bench.now });

      it.each<{ delivery: DeliveryState }>([
        { delivery: { state: 'waiting', at: 5 } },
        { delivery: { state: 'none', reason: 'nothing-measured', at: 5 } },
        { delivery: { state: 'dropped', reason: 'no-meeting', at: 5 } },
      ])('queues a report after $delivery.state', async ({ delivery }) => {
        await end(delivery);
        bench.now += 30;
        expect(await complete()).toStrictEqual(queued());
        expect(await store.report(mediaLegId)).toStrictEqual(lateReport);
        expect(await stored()).toMatchObject({ control: late.control, revision: 3, delivery: queued() });
      });

      it.each<Outcome>([
        { kind: 'refused', at: 1, trace: { code: 'BadRequest' } },
        { kind: 'expired', at: 1 },
      ])('queues the new body in place of a $kind one and keeps the history', async (outcome) => {
        await end({ state: 'queued' }, true);
        await settle(outcome);
        bench.now += 30;
        expect(await complete()).toStrictEqual(queued());
        expect(await store.report(mediaLegId)).toStrictEqual(lateReport);
        expect(await store.attempts(mediaLegId)).toEqual([outcome]);
        expect((await store.reports({ limit: 1 })).items[0]).not.toHaveProperty('last');
      });

      it('queues in place of one that the operator dropped', async () => {
        await end({ state: 'queued' }, true);
        await store.dropReport(mediaLegId, bench.now);
        expect(await complete()).toStrictEqual(queued());
      });

      it('puts the right identifiers into a report that still waits', async () => {
        await end({ state: 'queued' }, true);
        await settle({ kind: 'keep', at: 1, dueAt: bench.now + 900 });
        expect(await complete()).toStrictEqual(queued());
        expect((await store.report(mediaLegId))?.body).toBe(lateReport.body);
      });

      it('leaves a report alone that says the same already', async () => {
        await end({ state: 'queued' }, true);
        await settle({ kind: 'keep', at: 1, dueAt: bench.now + 900 });
        const state = await store.completeLeg(late, reportOf(leg));
        expect(state).toMatchObject({ state: 'queued', attempts: 1, dueAt: bench.now + 900 });
      });

      it('fences out whoever is sending the earlier body', async () => {
        await end({ state: 'queued' }, true);
        const ask = { owner: 'agent-1', now: bench.now, limit: 1, leaseSeconds: 60, heldTenants: [] };
        const [early] = await store.claimReports(ask);
        await complete();
        expect(await store.settleReport(mediaLegId, early?.fence ?? -1, { kind: 'refused', at: 1 })).toBe(false);
        const [next] = await store.claimReports(ask);
        expect(next?.report).toStrictEqual(lateReport);
        expect(next?.fence).toBeGreaterThan(early?.fence ?? Number.POSITIVE_INFINITY);
      });

      it('leaves a delivered report alone, but not the leg', async () => {
        await end({ state: 'queued' }, true);
        await settle({ kind: 'accepted', at: 9 });
        expect(await complete()).toStrictEqual({ state: 'delivered', attempts: 1, at: 9 });
        expect((await store.report(mediaLegId))?.body).toBe(reportOf(leg).body);
        expect(await stored()).toMatchObject({ control: late.control, delivery: { state: 'delivered' } });
      });

      it('does not send what was discarded', async () => {
        const discarded: DeliveryState = { state: 'none', reason: 'discarded', at: 5 };
        await end(discarded);
        expect(await complete()).toStrictEqual(discarded);
        expect(await store.report(mediaLegId)).toBeUndefined();
      });

      it('does not end a live leg', async () => {
        await store.putLeg(leg, 0);
        expect(await complete()).toStrictEqual({ state: 'none' });
        expect(await stored()).toStrictEqual({ ...leg, revision: 1 });
      });
    });

    it('is dropped when no identifiers came in time', async () => {
      const since = { early: 100, exact: 200, late: 300 };
      for (const [name, at] of Object.entries(since)) {
        const each = legOf(name);
        await store.putLeg(each, 0);
        await store.endLeg(endedOf(each, { delivery: { state: 'waiting', at } }), {});
      }
      await end({ state: 'queued' }, true);
      expect(await store.dropWaiting(200, 1000)).toBe(1);
      expect(await store.dropWaiting(200, 1000)).toBe(0);
      const delivery = async (name: string) => (await store.leg({ mediaLegId: guidOf(name) }))?.delivery;
      expect(await delivery('early')).toStrictEqual({ state: 'dropped', reason: 'no-meeting', at: 1000 });
      expect(await delivery('exact')).toStrictEqual({ state: 'waiting', at: 200 });
      expect(await delivery('a')).toMatchObject({ state: 'queued' });
    });

    describe('long ago', () => {
      const ended = async (
        name: string,
        endedAt: number,
        delivery: DeliveryState['state'] | Outcome,
      ): Promise<string> => {
        const each = legOf(name);
        await store.putLeg(each, 0);
        const outcome = typeof delivery === 'string' ? undefined : delivery;
        const state = typeof delivery === 'string' ? delivery : 'queued';
        const report = state === 'queued' ? { report: reportOf(each, { tenantId: outcome ? 'settled' : tenant }) } : {};
        await store.endLeg(endedOf(each, { endedAt, delivery: { state } }), report);
        if (outcome) {
          const ask = { owner: 'agent-1', now: bench.now, limit: 1, leaseSeconds: 60, heldTenants: [tenant] };
          const [claimed] = await store.claimReports(ask);
          await store.settleReport(each.mediaLegId, claimed?.fence ?? -1, outcome);
        }
        return each.mediaLegId;
      };
      const left = async () => (await store.legs({ limit: 50 })).items.map((each) => each.mediaLegId).sort();

      it('makes way in small steps, but never with a report owed', async () => {
        const owed = [
          await ended('queued', 10, 'queued'),
          await ended('waiting', 10, 'waiting'),
          await ended('kept', 10, { kind: 'keep', at: 1, dueAt: 1e12 }),
        ];
        const young = [await ended('young', 100, 'none')];
        await ended('none', 12, 'none');
        await ended('accepted', 11, { kind: 'accepted', at: 1 });
        await ended('refused', 13, { kind: 'refused', at: 1 });
        await store.putLeg(legOf('live', { startedAt: 1 }), 0);
        expect(await store.purge(100, 1)).toBe(1);
        expect(await left()).not.toContain(guidOf('accepted'));
        expect(await left()).toContain(guidOf('none'));
        expect(await store.purge(100, 50)).toBe(2);
        expect(await store.purge(100, 50)).toBe(0);
        expect(await left()).toEqual([...owed, ...young, guidOf('live')].sort());
      });

      it('takes everything of the leg along', async () => {
        const id = await ended('accepted', 11, { kind: 'accepted', at: 1 });
        expect(await store.attempts(id)).toHaveLength(1);
        await store.purge(100, 1);
        expect(await store.leg({ mediaLegId: id })).toBeUndefined();
        expect(await store.report(id)).toBeUndefined();
        expect(await store.attempts(id)).toEqual([]);
        expect((await store.legs({ limit: 1, identifier: guidOf('accepted call') })).items).toEqual([]);
        expect(await store.putLeg(legOf('accepted'), 0)).toBe(true);
      });
    });
  });
}
