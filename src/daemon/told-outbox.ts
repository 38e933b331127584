import type { Outbox } from '../delivery/delivery.ts';
import type { DeliveryState, Outcome } from '../model/delivery.ts';

type Settled = (mediaLegId: string, delivery: DeliveryState) => void;

/** An outbox that tells of each attempt that was written down. */
export function toldOutbox(store: Outbox, settled: Settled): Outbox {
  const { dueAfterSetBack } = store;
  return {
    claimReports: (ask) => store.claimReports(ask),
    settleReport: async (mediaLegId, fence, outcome) => {
      const written = await store.settleReport(mediaLegId, fence, outcome);
      if (written) settled(mediaLegId, stateAfter(outcome));
      return written;
    },
    nextDueAt: () => store.nextDueAt(),
    reports: (query) => store.reports(query),
    ...(dueAfterSetBack && { dueAfterSetBack: (now: number) => dueAfterSetBack.call(store, now) }),
  };
}

/** Where a report stands after an attempt that ended so. */
function stateAfter({ kind, at, ...rest }: Outcome): DeliveryState {
  switch (kind) {
    case 'accepted':
      return { state: 'delivered', at };
    case 'keep':
      return { state: 'queued', at, ...('dueAt' in rest ? { dueAt: rest.dueAt } : {}) };
    default: {
      const reason = kind === 'refused' ? rest.trace?.code : undefined;
      return { state: kind, at, ...(reason === undefined ? {} : { reason }) };
    }
  }
}
