import { describe, expect, it } from 'vitest';
import { toldOutbox } from '../../src/daemon/told-outbox.ts';
import type { Outbox } from '../../src/delivery/delivery.ts';
import type { DeliveryState, Outcome } from '../../src/model/delivery.ts';

function rig(written = true) {
  const told: [string, DeliveryState][] = [];
  const outbox: Outbox = {
    claimReports: async () => [],
    settleReport: async () => written,
    nextDueAt: async () => 7,
    reports: async () => ({ items: [] }),
  };
  return { outbox: toldOutbox(outbox, (mediaLegId, state) => told.push([mediaLegId, state])), told };
}

describe('toldOutbox', () => {
  it.each<[Outcome, DeliveryState]>([
    [
      { kind: 'accepted', at: 5 },
      { state: 'delivered', at: 5 },
    ],
    [
      { kind: 'keep', at: 5, dueAt: 9, trace: { status: 503 } },
      { state: 'queued', at: 5, dueAt: 9 },
    ],
    [
      { kind: 'refused', at: 5, trace: { code: '7505' } },
      { state: 'refused', at: 5, reason: '7505' },
    ],
    [
      { kind: 'refused', at: 5 },
      { state: 'refused', at: 5 },
    ],
    [
      { kind: 'expired', at: 5, trace: { code: 'x' } },
      { state: 'expired', at: 5 },
    ],
  ])('tells of %j', async (outcome, state) => {
    const { outbox, told } = rig();
    expect(await outbox.settleReport('leg', 1, outcome)).toBe(true);
    expect(told).toEqual([['leg', state]]);
  });

  it('tells nothing of what was not written', async () => {
    const { outbox, told } = rig(false);
    expect(await outbox.settleReport('leg', 1, { kind: 'accepted', at: 5 })).toBe(false);
    expect(told).toEqual([]);
  });

  it('is the outbox otherwise', async () => {
    expect(await rig().outbox.nextDueAt()).toBe(7);
  });
});
