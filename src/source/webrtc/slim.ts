import type { RtcStatsEntry, RtcStatsReport } from '../../model/rtc-stats.ts';

const READ = new Set(['inbound-rtp', 'outbound-rtp', 'remote-inbound-rtp', 'remote-outbound-rtp', 'transport']);
const REFERENCES = [
  'codecId',
  'transportId',
  'remoteId',
  'localId',
  'selectedCandidatePairId',
  'localCandidateId',
  'remoteCandidateId',
] as const;

/**
 * The streams and transports of a stats report and what they refer to: libwebrtc lists every negotiated codec and every
 * candidate pair, several times as much. Identifiers get the session before them, because two connections of one leg
 * name their entries alike. `now`: epoch milliseconds, where no entry tells when it was taken.
 */
export function slim(session: string, entries: Iterable<unknown>, now: number): RtcStatsReport {
  const all = new Map<unknown, RtcStatsEntry>();
  for (const entry of entries) if (isEntry(entry)) all.set(entry.id, entry);
  const kept = new Set<RtcStatsEntry>();
  const keep = (entry: RtcStatsEntry): void => {
    if (kept.has(entry)) return;
    kept.add(entry);
    for (const reference of REFERENCES) {
      const referred = all.get(entry[reference]);
      if (referred !== undefined) keep(referred);
    }
  };
  for (const entry of all.values()) if (READ.has(entry.type)) keep(entry);
  const stats = [...kept].map((entry) => owned(session, entry));
  // A remote-* entry has the time at which its report came; the others have that of the sample.
  const times = stats.filter(({ type }) => !type.startsWith('remote-')).map(({ timestamp }) => timestamp);
  return { timestamp: times.length === 0 ? now : Math.max(...times), stats };
}

function owned(session: string, entry: RtcStatsEntry): RtcStatsEntry {
  const references = REFERENCES.filter((name) => typeof entry[name] === 'string');
  const named = references.map((name) => [name, `${session}/${entry[name]}`]);
  return { ...entry, ...Object.fromEntries(named), id: `${session}/${entry.id}` };
}

function isEntry(value: unknown): value is RtcStatsEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { id, type, timestamp } = value as Partial<RtcStatsEntry>; // only read to be proven
  return typeof id === 'string' && typeof type === 'string' && typeof timestamp === 'number';
}
