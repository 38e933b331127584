import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { endedOf, guidOf, legOf, reportOf } from './leg-of.ts';
import { origin } from './measured.ts';

describe('what is owed', () => {
  let store: Store;
  let now = origin;

  beforeEach(async () => {
    now = origin;
    store = sqliteStore({ path: ':memory:', owner: 'agent-1', now: () => now });
    await store.open();
  });
  afterEach(() => store.close());

  const queue = async (name: string, createdAt: number): Promise<void> => {
    const leg = legOf(name);
    await store.putLeg(leg, 0);
    const { callChainId, tenantId } = reportOf(leg);
    await store.endLeg(endedOf(leg), {
      report: reportOf(leg, { createdAt }),
      callRecord: { callChainId, tenantId, dueAt: origin + 60 },
    });
  };

  it('is nothing at first', async () => {
    expect(await store.owed?.()).toEqual({ reports: 0, octets: 0, callRecords: 0 });
  });

  it('is what is queued, with the oldest', async () => {
    await queue('a', origin + 20);
    await queue('b', origin + 10);
    expect(await store.owed?.()).toMatchObject({ reports: 2, oldestAt: origin + 10 });
    const bodies = await Promise.all(['a', 'b'].map((name) => store.report(guidOf(name))));
    const octets = bodies.reduce((sum, report) => sum + Buffer.byteLength(report?.body ?? ''), 0);
    expect((await store.owed?.())?.octets).toBe(octets);
    expect(octets).toBeGreaterThan(0);
    const ask = { owner: 'agent-1', now: origin + 30, limit: 10, leaseSeconds: 60, heldTenants: [] };
    for (const { report, fence } of await store.claimReports(ask)) {
      const kind = report.createdAt === origin + 10 ? 'accepted' : 'refused';
      await store.settleReport(report.mediaLegId, fence, { kind, at: origin + 30 });
    }
    expect(await store.owed?.()).toMatchObject({ reports: 0 });
    expect(await store.owed?.()).not.toHaveProperty('oldestAt');
  });

  it('are the call records that are still to be read', async () => {
    await queue('a', origin);
    expect(await store.owed?.()).toMatchObject({ callRecords: 1 });
    const [task] = await store.claimCallRecords({
      owner: 'agent-1',
      now: origin + 60,
      limit: 1,
      leaseSeconds: 60,
      heldTenants: [],
    });
    const turn = { at: origin + 60, state: 'missing', attempts: 1 } as const;
    await store.settleCallRecord(task?.callChainId ?? '', task?.fence ?? -1, turn);
    expect(await store.owed?.()).toMatchObject({ callRecords: 0 });
  });
});
