import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../../src/model/call-record.ts';
import type { CallRecordTask, ClaimedTask, Store } from '../../../src/store/store.ts';
import { endedOf, guidOf, legOf, reportOf, tenant } from '../leg-of.ts';
import type { Bench, MakeBench } from './bench.ts';

const callChainId = guidOf('a call');
const record = (version: number): CallRecord => ({
  id: callChainId,
  version,
  startedAt: 1000.5,
  sessions: [
    {
      id: 's',
      modalities: ['audio'],
      caller: { kind: 'participant', applicationIds: [], identities: [], displayName: 'Zoë \u{1F600}' },
      callee: { kind: 'service', role: 'customBot', applicationIds: ['x'], identities: [] },
      streams: [{ label: 'main-audio', media: 'audio', direction: 'callerToCallee', averageLoss: 0.0138 }],
    },
  ],
});

export function describeCallRecords(make: MakeBench): void {
  describe('call records', () => {
    let bench: Bench;
    let store: Store;
    beforeEach(async () => {
      bench = await make();
      bench.now = 1000;
      store = await bench.open();
    });
    afterEach(() => bench.dispose());

    const owe = async (name: string, more: Partial<CallRecordTask> = {}): Promise<void> => {
      const leg = legOf(name);
      await store.putLeg(leg, 0);
      const callRecord = { callChainId, tenantId: tenant, endedAt: 1000, dueAt: 1900, ...more };
      await store.endLeg(endedOf({ ...leg, control: { callChainId: callRecord.callChainId } }), { callRecord });
    };
    const claim = (now: number, more: object = {}): Promise<readonly ClaimedTask[]> =>
      store.claimCallRecords({ owner: 'agent-1', now, limit: 10, leaseSeconds: 60, heldTenants: [], ...more });
    const settle = (fence: number, turn: object) =>
      store.settleCallRecord(callChainId, fence, { at: 2000, state: 'waiting', attempts: 1, ...turn });

    it('are due when the end of a leg said so, and had by one reader at a time', async () => {
      await owe('a', { callChainId: callChainId.toUpperCase() });
      expect(await store.nextCallRecordAt()).toBe(1900);
      expect(await claim(1899)).toEqual([]);
      const task = { callChainId, tenantId: tenant, endedAt: 1000, state: 'waiting', attempts: 0, fence: 1 };
      expect(await claim(1900)).toEqual([task]);
      expect(await claim(1901)).toEqual([]);
      expect(await store.callRecord(callChainId)).toEqual({
        callChainId,
        tenantId: tenant,
        state: 'waiting',
        dueAt: 1900,
      });
      expect(await store.callRecord(guidOf('another'))).toBeUndefined();
    });

    it('go to somebody else with the end of the lease, and the late answer is not taken', async () => {
      await owe('a');
      const [first] = await claim(1900);
      const [second] = await claim(1961, { owner: 'agent-2' });
      expect([first?.fence, second?.fence]).toEqual([1, 2]);
      expect(await settle(1, { state: 'missing' })).toBe(false);
      expect(await settle(2, { dueAt: 2900 })).toBe(true);
      expect(await settle(2, { dueAt: 3900 })).toBe(false);
      expect(await store.nextCallRecordAt()).toBe(2900);
      expect(await claim(2900)).toMatchObject([{ attempts: 1, fence: 3 }]);
    });

    it('leave the tenants alone that are held, and take the longest due first', async () => {
      await owe('a', { callChainId: guidOf('1'), dueAt: 1002 });
      await owe('b', { callChainId: guidOf('2'), dueAt: 1001 });
      await owe('c', { callChainId: guidOf('3'), dueAt: 1000, tenantId: guidOf('tenant') });
      const claimed = await claim(1100, { heldTenants: [guidOf('tenant')], limit: 1 });
      expect(claimed.map((one) => one.callChainId)).toEqual([guidOf('2')]);
      expect((await claim(1100)).map((one) => one.callChainId)).toEqual([guidOf('3'), guidOf('1')]);
    });

    it('are kept as they were read, in the newest version', async () => {
      await owe('a');
      for (const [at, version, want] of [
        [2000, 5, 5],
        [3000, 4, 5],
        [4000, 7, 7],
      ] as const) {
        const [task] = await claim(at);
        const turn = { at, state: 'read', attempts: 0, dueAt: at + 1000, record: record(version) };
        expect(await settle(task?.fence ?? 0, turn)).toBe(true);
        expect(await store.callRecord(callChainId)).toEqual({
          ...{ callChainId, tenantId: tenant, state: 'read', readAt: at, dueAt: at + 1000 },
          record: record(want),
        });
      }
      expect(await claim(5000)).toMatchObject([{ version: 7, state: 'read' }]);
    });

    it('are due no more once nothing is to come', async () => {
      await owe('a');
      const [task] = await claim(1900);
      await settle(task?.fence ?? 0, { state: 'missing' });
      expect(await store.nextCallRecordAt()).toBeUndefined();
      expect(await claim(1e9)).toEqual([]);
      expect(await store.callRecord(callChainId)).toMatchObject({ state: 'missing', readAt: 2000 });
    });

    it('are asked for anew by a leg that ended later, and not by one that ended before', async () => {
      await owe('a');
      const [task] = await claim(1900);
      await owe('b', { endedAt: 900, dueAt: 950 });
      expect(await settle(task?.fence ?? 0, { state: 'missing' })).toBe(true);
      await owe('c', { endedAt: 5000, dueAt: 5900 });
      expect(await store.callRecord(callChainId)).toMatchObject({ state: 'waiting', dueAt: 5900 });
      expect(await claim(5900)).toMatchObject([{ endedAt: 5000, attempts: 0 }]);
    });

    it('that were read stay read when a later leg asks anew', async () => {
      await owe('a');
      const [task] = await claim(1900);
      await settle(task?.fence ?? 0, { state: 'read', record: record(1) });
      await owe('b', { endedAt: 5000, dueAt: 5900 });
      expect(await store.callRecord(callChainId)).toMatchObject({ state: 'read', dueAt: 5900, record: { version: 1 } });
    });

    it('that nothing was to come of are due again when somebody asks, and who was reading them loses them', async () => {
      await owe('a');
      const [task] = await claim(1900);
      await settle(task?.fence ?? 0, { state: 'missing' });
      const ask = { callChainId, tenantId: tenant, endedAt: 1000, dueAt: 9000 };
      await store.askCallRecord?.(ask);
      expect(await store.callRecord(callChainId)).toMatchObject({ state: 'waiting', dueAt: 9000 });
      const [again] = await claim(9000);
      expect(again).toMatchObject({ endedAt: 1000, attempts: 0 });
      await store.askCallRecord?.({ ...ask, dueAt: 9001 });
      expect(await settle(again?.fence ?? 0, { state: 'missing' })).toBe(false);
      const [third] = await claim(9001);
      await settle(third?.fence ?? 0, { state: 'read', record: record(3) });
      await store.askCallRecord?.({ ...ask, dueAt: 9100 });
      expect(await store.callRecord(callChainId)).toMatchObject({ state: 'read', dueAt: 9100, record: { version: 3 } });
    });

    it('that nobody owed yet are owed when somebody asks', async () => {
      const id = guidOf('asked for only');
      await store.askCallRecord?.({ callChainId: id.toUpperCase(), tenantId: tenant, endedAt: 1000, dueAt: 1500 });
      expect(await claim(1500)).toEqual([
        { callChainId: id, tenantId: tenant, endedAt: 1000, state: 'waiting', attempts: 0, fence: 1 },
      ]);
    });

    it('do not wait for a day after a clock that was a day ahead was set back', async () => {
      const day = 86_400;
      const [ahead, read, soon] = [guidOf('ahead'), guidOf('read'), guidOf('soon')];
      await owe('a', { callChainId: ahead, endedAt: day + 1000, dueAt: day + 1900 });
      await owe('b', { callChainId: read, endedAt: 900, dueAt: 950 });
      const [task] = await claim(1000);
      const turn = { at: day, state: 'unreadable', attempts: 1, dueAt: 2 * day } as const;
      expect(await store.settleCallRecord(read, task?.fence ?? 0, turn)).toBe(true);
      await owe('c', { callChainId: soon, endedAt: 990, dueAt: 1890 });
      expect(await store.callRecordsDueAfterSetBack?.(1000)).toBe(2);
      expect(await store.callRecordsDueAfterSetBack?.(1000)).toBe(0);
      const due = (await claim(1000)).toSorted((a, b) => a.endedAt - b.endedAt);
      expect(due.map(({ callChainId: id, endedAt }) => [id, endedAt])).toEqual([
        [read, 900],
        [ahead, 1000],
      ]);
      expect(await store.nextCallRecordAt()).toBe(1060);
    });

    it('come with late identifiers', async () => {
      const leg = legOf('late', { control: {} });
      await store.putLeg(leg, 0);
      await store.endLeg(endedOf(leg, { delivery: { state: 'waiting' } }), {});
      const named = { ...endedOf(leg), control: { callChainId } };
      await store.completeLeg(named, reportOf(named), { callChainId, tenantId: tenant, endedAt: 1000, dueAt: 1900 });
      expect(await claim(1900)).toMatchObject([{ callChainId }]);
      const moved = { ...named, tenantId: guidOf('tenant') };
      const task = { callChainId, tenantId: guidOf('tenant'), endedAt: 1000, dueAt: 2900 };
      await store.completeLeg(moved, reportOf(moved), task);
      expect(await claim(2900)).toMatchObject([{ tenantId: guidOf('tenant'), attempts: 0 }]);
    });

    it('are nobody’s after a restart, and go with the legs when those are old', async () => {
      await owe('a');
      await claim(1900, { leaseSeconds: 1e6 });
      store = await bench.open();
      const [task] = await claim(1900);
      expect(task).toMatchObject({ callChainId });
      await settle(task?.fence ?? 0, { state: 'read', dueAt: 9000, record: record(1) });
      await store.purge(1000, 10);
      expect(await store.callRecord(callChainId)).toBeDefined();
      await store.purge(1001, 10);
      expect(await store.callRecord(callChainId)).toBeUndefined();
    });
  });
}
