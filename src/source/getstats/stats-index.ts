import type { RtcStatsEntry, RtcStatsReport } from '../../model/rtc-stats.ts';

/** A stats report by id and by the types that are read one by one. Of entries with one type and id the first counts. */
export type StatsIndex = {
  readonly byId: ReadonlyMap<string, RtcStatsEntry>;
  readonly inbound: readonly RtcStatsEntry[];
  readonly outbound: readonly RtcStatsEntry[];
  readonly remoteInbound: readonly RtcStatsEntry[];
  readonly remoteOutbound: readonly RtcStatsEntry[];
  readonly pairs: readonly RtcStatsEntry[];
};

/** Sorts the entries of a report. */
export function indexOf(report: RtcStatsReport): StatsIndex {
  const byId = new Map<string, RtcStatsEntry>();
  const index = { inbound: [], outbound: [], remoteInbound: [], remoteOutbound: [], pairs: [] };
  const lists: Readonly<Record<string, RtcStatsEntry[]>> = {
    'inbound-rtp': index.inbound,
    'outbound-rtp': index.outbound,
    'remote-inbound-rtp': index.remoteInbound,
    'remote-outbound-rtp': index.remoteOutbound,
    'candidate-pair': index.pairs,
  };
  for (const entry of report.stats) {
    const list = lists[entry.type];
    if (byId.has(entry.id) && (list === undefined || list.some(({ id }) => id === entry.id))) continue;
    if (!byId.has(entry.id)) byId.set(entry.id, entry);
    list?.push(entry);
  }
  return { byId, ...index };
}
