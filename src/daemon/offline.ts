import type { Config } from '../config/config.ts';
import type { ReportQuery } from '../model/delivery.ts';
import type { LegQuery } from '../model/leg.ts';
import { reportEntryView, reportView, retriedView } from '../report/delivery-view.ts';
import { legEntryView } from '../report/leg-view.ts';
import type { Store } from '../store/store.ts';
import { retryReport } from './agent-outbox.ts';
import { configuredStore } from './agent-store.ts';
import { systemClock } from './clock.ts';
import { askRecord } from './record-asking.ts';

/** The store of an agent that is not running, in the shapes of its API. */
export type OfflineAgent = {
  legs(query: LegQuery): Promise<{ items: readonly ReturnType<typeof legEntryView>[]; next?: string }>;
  reports(query: ReportQuery): Promise<{ items: readonly ReturnType<typeof reportEntryView>[]; next?: string }>;
  /** Undefined where there is no such report. */
  report(mediaLegId: string): Promise<ReturnType<typeof reportView> | undefined>;
  /** Undefined where there is none that could be retried. */
  retryReport(mediaLegId: string): Promise<ReturnType<typeof retriedView> | undefined>;
  dropReport(mediaLegId: string): Promise<boolean>;
  /** Makes Graph's record of a call due at the next start; undefined where no leg of ours was in it. */
  askRecord(callChainId: string): Promise<{ readonly state: string } | undefined>;
};

const shown = <T, V>({ items, next }: { items: readonly T[]; next?: string }, view: (item: T) => V) => ({
  items: items.map(view),
  ...(next === undefined ? {} : { next }),
});

const overStore = (store: Store, { privacy, callRecords }: Config): OfflineAgent => ({
  legs: async (query) => shown(await store.legs(query), (leg) => legEntryView(leg, privacy)),
  reports: async (query) => shown(await store.reports(query), reportEntryView),
  report: async (mediaLegId) => {
    const report = await store.report(mediaLegId);
    const leg = await store.leg({ mediaLegId });
    return report && leg && reportView(report, leg.delivery, await store.attempts(mediaLegId));
  },
  retryReport: async (mediaLegId) => {
    const retried = await retryReport(store, mediaLegId, systemClock.now(), () => undefined);
    return retried && retriedView(retried);
  },
  dropReport: (mediaLegId) => store.dropReport(mediaLegId, systemClock.now()),
  askRecord: async (callChainId) => {
    const about = { store, enabled: callRecords.enabled, now: systemClock.now() };
    return (await askRecord(callChainId, about))?.stored;
  },
});

/**
 * Opens the store of a configuration for one piece of work. Rejects with STORE_LOCKED if an agent does run, with STORE_FAILED if the
 * store is damaged, which it leaves as it is.
 */
export async function withStore<T>(config: Config, work: (agent: OfflineAgent) => Promise<T>): Promise<T> {
  const log = { info: () => undefined, warn: () => undefined };
  const { store } = configuredStore(config, { now: () => systemClock.now(), log, leaveDamaged: true });
  await store.open();
  try {
    return await work(overStore(store, config));
  } finally {
    await store.close();
  }
}
