/**
 * The members of a W3C webrtc-stats report (https://www.w3.org/TR/webrtc-stats/) that otherleg reads. Timestamps are
 * milliseconds since the epoch as the standard has them; jitter and round trips are seconds.
 */
export type RtcStatsEntry = {
  readonly id: string;
  readonly type: string;
  readonly timestamp: number;
  readonly [member: string]: unknown;
};

/** What a gateway posts: its report and when it was taken. */
export type RtcStatsReport = { readonly timestamp: number; readonly stats: readonly RtcStatsEntry[] };
