import type { Agent, Retried } from '../http/http.ts';
import type { Clock } from '../model/clock.ts';
import type { Store } from '../store/store.ts';

/**
 * What is owed to Graph, as operators see and change it. `release`: a report of this tenant is due again; until when Graph
 * asked to leave the tenant alone.
 */
export function agentOutbox(
  store: Store,
  clock: Clock,
  release: (tenantId: string) => number | undefined,
): Agent['outbox'] {
  return {
    reports: (query) => store.reports(query),
    report: (mediaLegId) => store.report(mediaLegId),
    state: async (mediaLegId) => (await store.leg({ mediaLegId }))?.delivery,
    attempts: (mediaLegId) => store.attempts(mediaLegId),
    retry: (mediaLegId) => retryReport(store, mediaLegId, clock.now(), release),
    drop: (mediaLegId) => store.dropReport(mediaLegId, clock.now()),
  };
}

/** Makes a report due again that is not delivered; undefined where there is none such. */
export async function retryReport(
  store: Store,
  mediaLegId: string,
  now: number,
  release: (tenantId: string) => number | undefined,
): Promise<Retried | undefined> {
  const report = await store.report(mediaLegId);
  if (report === undefined || !(await store.requeueReport(mediaLegId, now))) return undefined;
  const until = Math.max(await toldUntil(store, mediaLegId), release(report.tenantId) ?? 0);
  return until > now ? { heldUntil: until } : {};
}

/** When Graph asked to have this very report again; 0 if it did not. */
async function toldUntil(store: Store, mediaLegId: string): Promise<number> {
  const last = (await store.attempts(mediaLegId)).at(-1);
  if (last?.kind !== 'keep' || last.told !== true) return 0;
  return (await store.leg({ mediaLegId }))?.delivery.dueAt ?? 0;
}
