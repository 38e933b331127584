import type { RtcStatsEntry, RtcStatsReport } from '../../model/rtc-stats.ts';

/** A stats report by id and by the types that are read one by one. Of entries with one type and id the first counts. */
export type StatsIndex = {
  /** How many entries of RTP streams there were, beyond those that are read, too. */
  readonly rtpEntries: number;
  readonly byId: ReadonlyMap<string, RtcStatsEntry>;
  readonly inbound: readonly RtcStatsEntry[];
  readonly outbound: readonly RtcStatsEntry[];
  readonly remoteInbound: readonly RtcStatsEntry[];
  readonly remoteOutbound: readonly RtcStatsEntry[];
  readonly pairs: readonly RtcStatsEntry[];
};

/** Far more entries of one type than any leg has: the rest is nonsense, and is left out before anything is made of it. */
const MOST_ENTRIES = 1000;

/** Sorts the entries of a report. */
export function indexOf(report: RtcStatsReport): StatsIndex {
  const byId = new Map<string, RtcStatsEntry>();
  const index = { inbound: [], outbound: [], remoteInbound: [], remoteOutbound: [], pairs: [] };
  const lists = new Map<string, RtcStatsEntry[]>([
    ['inbound-rtp', index.inbound],
    ['outbound-rtp', index.outbound],
    ['remote-inbound-rtp', index.remoteInbound],
    ['remote-outbound-rtp', index.remoteOutbound],
    ['candidate-pair', index.pairs],
  ]);
  const seen = new Set<string>();
  let rtpEntries = 0;
  for (const entry of report.stats) {
    if (!byId.has(entry.id)) byId.set(entry.id, entry);
    const list = lists.get(entry.type);
    const name = `${entry.type} ${entry.id}`;
    if (list === undefined || seen.has(name)) continue;
    seen.add(name);
    if (list !== index.pairs) rtpEntries += 1;
    if (list.length < MOST_ENTRIES) list.push(entry);
  }
  return { byId, ...index, rtpEntries };
}
