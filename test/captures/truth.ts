import type { StreamName } from './collection.ts';

/** A stream as an independent RFC 3550 reading and tshark found it. */
export type TrueStream = StreamName & {
  readonly rtsp_channel: number | null;
  readonly pts: Readonly<Record<string, number>>;
  readonly codec: string | null;
  readonly clock_hz: number | null;
  readonly packets: number;
  readonly unique_packets: number;
  readonly duplicates: number;
  readonly expected: number;
  readonly lost_unique: number;
  readonly jitter_mean_ms: number | null;
  readonly jitter_max_ms: number | null;
  readonly jitter_confidence: string;
  readonly clock_source: string | null;
  readonly start_s: number;
  readonly end_s: number;
};

/** A report block, with the round trip between the capture and its reporter. */
export type TrueBlock = {
  readonly t_s: number;
  readonly reporter: string;
  readonly source: string;
  readonly lsr: number;
  readonly dlsr: number;
  readonly rtt_ms: number | null;
  /** By the first copy of a sender report that was captured more than once; `rtt_ms` is by the last one. */
  readonly rtt_first_sr_ms?: number | null;
  readonly self_report?: boolean;
};

/** RTCP from one socket to another. */
type Flow = { readonly src: string; readonly sport: number; readonly dst: string; readonly dport: number };

export type Truth = {
  readonly file: string;
  readonly expected_streams: readonly TrueStream[];
  readonly independent: {
    readonly rtcp?: { readonly report_blocks?: readonly TrueBlock[]; readonly flows?: readonly Flow[] };
  };
  readonly encrypted: string;
  readonly frames: number;
};

/** −2 ms are the finest disorder of two interfaces; 10 s no call bears (docs/metrics.md, section 6). Milliseconds. */
const ROUND_TRIP = { least: -2, most: 10_000 };

/** The round trips that the reports about one stream tell, in milliseconds. */
export type TrueTrips = {
  /** One for each report; those that the rules do not let pass are left out. */
  readonly trips: readonly number[];
  /** The same by the first copy of the sender report, where several were captured. */
  readonly byFirstCopy: readonly number[];
};

/**
 * What the truth says of a stream's round trips. A loop is one transport (docs/metrics.md, section 6): an SSRC that goes on
 * over a path without RTCP has none there.
 */
export function trueTrips(truth: Truth, stream: TrueStream): TrueTrips {
  const { report_blocks: blocks = [], flows = [] } = truth.independent.rtcp ?? {};
  if (!flows.some((flow) => isBeside(flow, stream))) return { trips: [], byFirstCopy: [] };
  const told = blocks.filter(
    ({ source, reporter, dlsr }) => source === stream.ssrc && reporter !== source && dlsr !== 0,
  );
  return {
    trips: told.flatMap(({ rtt_ms: trip }) => allowed(trip)),
    byFirstCopy: told.flatMap(({ rtt_first_sr_ms: first, rtt_ms: last }) => allowed(first ?? last)),
  };
}

function allowed(trip: number | null): number[] {
  return trip === null || trip < ROUND_TRIP.least || trip > ROUND_TRIP.most ? [] : [Math.max(0, trip)];
}

/** RTCP of a stream goes where its media go, or one port higher, in either direction (RFC 3550, 11). */
function isBeside(flow: Flow, { src, sport, dst, dport }: TrueStream): boolean {
  const near = (port: number, media: number): boolean => port === media || port === media + 1;
  const there = flow.src === src && flow.dst === dst && near(flow.sport, sport) && near(flow.dport, dport);
  return there || (flow.src === dst && flow.dst === src && near(flow.sport, dport) && near(flow.dport, sport));
}
