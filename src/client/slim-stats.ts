import type { RtcStatsEntry, RtcStatsReport } from '../model/rtc-stats.ts';

/** What getStats() resolves with: the standard's maplike, or an array. */
export type StatsResult = { forEach(visit: (entry: unknown) => void): void };

const STREAMS = new Set(['inbound-rtp', 'outbound-rtp', 'remote-inbound-rtp', 'remote-outbound-rtp']);

/**
 * The entries that the agent reads: streams and the codecs they use, transports, and the candidate pair in use with its
 * two ends. libwebrtc lists every negotiated codec and every pair, several times as much as that.
 * `now`: epoch milliseconds, where no entry tells when it was taken.
 */
export function slimStats(result: StatsResult, now: number): RtcStatsReport {
  const entries: RtcStatsEntry[] = [];
  result.forEach((entry) => {
    if (isEntry(entry)) entries.push(entry);
  });
  const streams = entries.filter(({ type }) => STREAMS.has(type));
  const transports = entries.filter(({ type }) => type === 'transport');
  const pairs = selectedPairs(entries, transports);
  const wanted = new Set([
    ...streams.map((stream) => stream['codecId']),
    ...pairs.flatMap((pair) => [pair['localCandidateId'], pair['remoteCandidateId']]),
  ]);
  const named = entries.filter(({ id }) => wanted.has(id));
  // A remote-* entry has the time its report came, so only ours tell when the sample was taken.
  const own = [...streams.filter(({ type }) => !type.startsWith('remote-')), ...transports];
  const timestamp = own.length === 0 ? now : Math.max(...own.map((entry) => entry.timestamp));
  return { timestamp, stats: [...streams, ...transports, ...pairs, ...named] };
}

function selectedPairs(
  entries: readonly RtcStatsEntry[],
  transports: readonly RtcStatsEntry[],
): readonly RtcStatsEntry[] {
  const pairs = entries.filter(({ type }) => type === 'candidate-pair');
  const selected = new Set(transports.map((transport) => transport['selectedCandidatePairId']));
  const told = pairs.filter(({ id }) => selected.has(id));
  return told.length > 0 ? told : pairs.filter((pair) => pair['nominated'] === true && pair['state'] === 'succeeded');
}

function isEntry(value: unknown): value is RtcStatsEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { id, type, timestamp } = value as Partial<RtcStatsEntry>; // only read to be proven
  return typeof id === 'string' && typeof type === 'string' && typeof timestamp === 'number';
}
