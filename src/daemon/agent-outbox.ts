import type { Agent } from '../http/http.ts';
import type { Clock } from '../model/clock.ts';
import type { Store } from '../store/store.ts';

/** What is owed to Graph, as operators see and change it. `wake`: a report is due again. */
export function agentOutbox(store: Store, clock: Clock, wake: () => void): Agent['outbox'] {
  return {
    reports: (query) => store.reports(query),
    report: (mediaLegId) => store.report(mediaLegId),
    state: async (mediaLegId) => (await store.leg({ mediaLegId }))?.delivery,
    attempts: (mediaLegId) => store.attempts(mediaLegId),
    retry: async (mediaLegId) => {
      const queued = await store.requeueReport(mediaLegId, clock.now());
      if (queued) wake();
      return queued;
    },
    drop: (mediaLegId) => store.dropReport(mediaLegId, clock.now()),
  };
}
