import type { RtcStatsEntry, RtcStatsReport } from '../../../src/model/rtc-stats.ts';

/** Begin of every leg in these tests; a boundary of 5 s slots. */
export const BEGIN = 1_763_000_000;

/** One entry; its time is that of its report unless it is told, in seconds after the begin. */
export const entry = (type: string, id: string, members: Record<string, unknown>): RtcStatsEntry => ({
  id,
  type,
  timestamp: 0,
  ...members,
});

/** A report of so many seconds after the begin. */
export const report = (seconds: number, ...stats: readonly RtcStatsEntry[]): RtcStatsReport => ({
  timestamp: 1000 * (BEGIN + seconds),
  stats: stats.map((one) => ({ ...one, timestamp: 1000 * (BEGIN + (one.timestamp || seconds)) })),
});

export const inbound = (packetsReceived: number, more: Record<string, unknown> = {}) =>
  entry('inbound-rtp', 'in', { ssrc: 1, kind: 'audio', packetsReceived, packetsLost: 0, ...more });

export const outbound = (packetsSent: number, more: Record<string, unknown> = {}) =>
  entry('outbound-rtp', 'out', { ssrc: 2, kind: 'audio', packetsSent, ...more });

export const reported = (packetsLost: number, timestamp: number, more: Record<string, unknown> = {}) =>
  entry('remote-inbound-rtp', 'rr', { ssrc: 2, packetsLost, timestamp, ...more });

/** The path of streams with `transportId: 'T'`. */
export const path = (port: number, more: Record<string, unknown> = {}) => [
  entry('transport', 'T', { selectedCandidatePairId: `P${port}` }),
  entry('candidate-pair', `P${port}`, { localCandidateId: 'L', remoteCandidateId: `R${port}`, ...more }),
  entry('local-candidate', 'L', { address: '10.0.0.1', port: 4000 }),
  entry('remote-candidate', `R${port}`, { address: '192.0.2.7', port }),
];
