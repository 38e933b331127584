import type { RtcpExtent } from './rtcp-header.ts';

/** What a receiver says about one SSRC (RFC 3550, 6.4.1). Raw numbers of the wire. */
export type ReportBlock = {
  readonly ssrc: number;
  /** 0–255, in 1/256. */
  readonly fractionLost: number;
  /** Signed 24 bits: duplicates make it negative. */
  readonly cumulativeLost: number;
  /** Unsigned 32 bits: cycles in the upper half, by the reporter's own count. */
  readonly highestSequence: number;
  /** Timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time of the last sender report, 0 = none; delay since it in 1/65,536 s. */
  readonly lastSenderReport: number;
  readonly delaySinceLast: number;
};

/** `ntpSeconds` since 1900 and `ntpFraction` in 2^-32 s; `ntpMiddle` is what a report block's `lastSenderReport` repeats. */
export type SenderReport = {
  readonly kind: 'sr';
  readonly ssrc: number;
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly ntpMiddle: number;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly blocks: readonly ReportBlock[];
};

export type ReceiverReport = { readonly kind: 'rr'; readonly ssrc: number; readonly blocks: readonly ReportBlock[] };

/**
 * Report block (RFC 3550, 6.4.1).
 *
 *    0 |                             SSRC                              |
 *    4 | fraction lost |       cumulative number of packets lost       |
 *    8 |           extended highest sequence number received           |
 *   12 |                      interarrival jitter                      |
 *   16 |                         last SR (LSR)                         |
 *   20 |                   delay since last SR (DLSR)                  |
 */
export const REPORT_BLOCK = 24;
const FRACTION_LOST = 4;
const CUMULATIVE_LOST = 4;
const HIGHEST_SEQUENCE = 8;
const JITTER = 12;
const LAST_REPORT = 16;
const DELAY = 20;

/** Sender info stands between the sender's SSRC (4) and the blocks: NTP time 8, RTP time 16, packets 20, octets 24. */
const SSRC = 4;
const NTP_SECONDS = 8;
const NTP_FRACTION = 12;
const RTP_TIMESTAMP = 16;
const PACKETS = 20;
const OCTETS = 24;
export const SENDER_BLOCKS = 28;
export const RECEIVER_BLOCKS = 8;

/** Undefined if the capture cut it before the blocks. */
export function readSenderReport(view: DataView, { start, end, count }: RtcpExtent): SenderReport | undefined {
  if (end - start < SENDER_BLOCKS) return undefined;
  const ntpSeconds = view.getUint32(start + NTP_SECONDS);
  const ntpFraction = view.getUint32(start + NTP_FRACTION);
  return {
    kind: 'sr',
    ssrc: view.getUint32(start + SSRC),
    ntpSeconds,
    ntpFraction,
    ntpMiddle: ntpMiddle(ntpSeconds, ntpFraction),
    rtpTimestamp: view.getUint32(start + RTP_TIMESTAMP),
    packetCount: view.getUint32(start + PACKETS),
    octetCount: view.getUint32(start + OCTETS),
    blocks: readBlocks(view, start + SENDER_BLOCKS, end, count),
  };
}

/** Undefined if the capture cut it before the blocks. */
export function readReceiverReport(view: DataView, { start, end, count }: RtcpExtent): ReceiverReport | undefined {
  if (end - start < RECEIVER_BLOCKS) return undefined;
  return {
    kind: 'rr',
    ssrc: view.getUint32(start + SSRC),
    blocks: readBlocks(view, start + RECEIVER_BLOCKS, end, count),
  };
}

/** The middle 32 bits of an NTP time: 1/65,536 s, wrapping each 18.2 hours. */
export function ntpMiddle(seconds: number, fraction: number): number {
  return ((seconds << 16) | (fraction >>> 16)) >>> 0;
}

function readBlocks(view: DataView, start: number, end: number, count: number): ReportBlock[] {
  const blocks: ReportBlock[] = [];
  for (let at = start; blocks.length < count && at + REPORT_BLOCK <= end; at += REPORT_BLOCK)
    blocks.push(readBlock(view, at));
  return blocks;
}

function readBlock(view: DataView, at: number): ReportBlock {
  return {
    ssrc: view.getUint32(at),
    fractionLost: view.getUint8(at + FRACTION_LOST),
    cumulativeLost: (view.getInt32(at + CUMULATIVE_LOST) << 8) >> 8,
    highestSequence: view.getUint32(at + HIGHEST_SEQUENCE),
    jitter: view.getUint32(at + JITTER),
    lastSenderReport: view.getUint32(at + LAST_REPORT),
    delaySinceLast: view.getUint32(at + DELAY),
  };
}
