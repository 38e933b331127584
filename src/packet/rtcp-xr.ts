import type { RtcpExtent } from './rtcp-header.ts';
import { ntpMiddle } from './rtcp-report.ts';
import { RUNS_HEADER, readReceiptTimes, readRunLengths } from './rtcp-xr-runs.ts';
import { readStatistics } from './rtcp-xr-statistics.ts';
import { readVoipMetrics } from './rtcp-xr-voip.ts';

/** Run-length encoded loss or duplicates (RFC 3611, 4.1, 4.2): how many of the packets in [begin, end) had the bit set. */
export type RunLengthBlock = {
  readonly type: 'loss-rle' | 'duplicate-rle';
  readonly ssrc: number;
  readonly thinning: number;
  readonly beginSequence: number;
  readonly endSequence: number;
  /** Packets that the chunks describe, and those of them that were received (or duplicated). */
  readonly described: number;
  readonly ones: number;
};

/** RFC 3611, 4.3: arrival times in timestamp units. */
export type ReceiptTimesBlock = {
  readonly type: 'receipt-times';
  readonly ssrc: number;
  readonly thinning: number;
  readonly beginSequence: number;
  readonly endSequence: number;
  readonly times: readonly number[];
};

/** RFC 3611, 4.4: a receiver's clock. `ntpMiddle` is what a DLRR's `lastReceiverReport` repeats. */
export type ReceiverReferenceTime = {
  readonly type: 'rrtr';
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly ntpMiddle: number;
};

/** RFC 3611, 4.5: the answer to it. Delay in 1/65,536 s. */
export type DelaySinceLastReceiverReport = {
  readonly type: 'dlrr';
  readonly reports: readonly {
    readonly ssrc: number;
    readonly lastReceiverReport: number;
    readonly delaySinceLast: number;
  }[];
};

/** RFC 3611, 4.6. Members whose flag is off are absent. Jitter in timestamp units. */
export type StatisticsSummary = {
  readonly type: 'statistics';
  readonly ssrc: number;
  readonly beginSequence: number;
  readonly endSequence: number;
  readonly lost?: number;
  readonly duplicates?: number;
  readonly jitter?: {
    readonly minimum: number;
    readonly maximum: number;
    readonly mean: number;
    readonly deviation: number;
  };
  readonly hops?: {
    readonly version: 4 | 6;
    readonly minimum: number;
    readonly maximum: number;
    readonly mean: number;
    readonly deviation: number;
  };
};

/**
 * RFC 3611, 4.7. Ratios 0–1, times in seconds, levels in dBm and dB. What the sender marks as unavailable (127, and 0 of
 * the delays) is absent.
 */
export type VoipMetrics = {
  readonly type: 'voip';
  readonly ssrc: number;
  readonly lossRate: number;
  readonly discardRate: number;
  readonly burstDensity: number;
  readonly gapDensity: number;
  readonly burstDuration: number;
  readonly gapDuration: number;
  readonly roundTripDelay?: number;
  readonly endSystemDelay?: number;
  readonly signalLevel?: number;
  readonly noiseLevel?: number;
  readonly residualEchoReturnLoss?: number;
  readonly gapThreshold: number;
  readonly rFactor?: number;
  readonly externalRFactor?: number;
  /** 1–5. */
  readonly mosListening?: number;
  readonly mosConversational?: number;
  readonly receiverConfiguration: number;
  readonly jitterBufferNominal: number;
  readonly jitterBufferMaximum: number;
  readonly jitterBufferAbsoluteMaximum: number;
};

/** A block type that RFC 3611 does not define, or one whose length contradicts its type. */
export type UnknownBlock = { readonly type: 'unknown'; readonly blockType: number; readonly dataLength: number };

export type ReportExtension =
  | RunLengthBlock
  | ReceiptTimesBlock
  | ReceiverReferenceTime
  | DelaySinceLastReceiverReport
  | StatisticsSummary
  | VoipMetrics
  | UnknownBlock;

/** RFC 3611, 2. */
export type ExtendedReport = {
  readonly kind: 'xr';
  readonly ssrc: number;
  readonly blocks: readonly ReportExtension[];
};

/**
 * RFC 3611, 2 and 3: the common header, the sender's SSRC, then blocks.
 *
 *      |  block type   | type-specific |  length in words, minus one   |
 */
const BLOCKS = 8;
const BLOCK_HEADER = 4;

/** Block types with their smallest length in octets, header included. */
const LOSS_RLE = 1;
const DUPLICATE_RLE = 2;
const RECEIPT_TIMES = 3;
const REFERENCE_TIME = 4;
const DLRR = 5;
const STATISTICS = 6;
const VOIP = 7;
const SMALLEST: ReadonlyMap<number, number> = new Map([
  [LOSS_RLE, RUNS_HEADER],
  [DUPLICATE_RLE, RUNS_HEADER],
  [RECEIPT_TIMES, RUNS_HEADER],
  [REFERENCE_TIME, 12],
  [DLRR, BLOCK_HEADER],
  [STATISTICS, 40],
  [VOIP, 36],
]);
const DLRR_ENTRY = 12;

/** Whole blocks only. Undefined if the capture cut it before the first. */
export function readExtendedReport(view: DataView, { start, end }: RtcpExtent): ExtendedReport | undefined {
  if (end - start < BLOCKS) return undefined;
  const blocks: ReportExtension[] = [];
  let at = start + BLOCKS;
  while (at + BLOCK_HEADER <= end) {
    const next = at + (view.getUint16(at + 2) + 1) * 4;
    if (next > end) break;
    blocks.push(readBlock(view, at, next));
    at = next;
  }
  return { kind: 'xr', ssrc: view.getUint32(start + 4), blocks };
}

function readBlock(view: DataView, at: number, end: number): ReportExtension {
  const blockType = view.getUint8(at);
  if (end - at < (SMALLEST.get(blockType) ?? Number.POSITIVE_INFINITY))
    return { type: 'unknown', blockType, dataLength: end - at - BLOCK_HEADER };
  if (blockType === LOSS_RLE) return readRunLengths(view, at, end, 'loss-rle');
  if (blockType === DUPLICATE_RLE) return readRunLengths(view, at, end, 'duplicate-rle');
  if (blockType === RECEIPT_TIMES) return readReceiptTimes(view, at, end);
  if (blockType === REFERENCE_TIME) return readReferenceTime(view, at);
  if (blockType === DLRR) return readDelays(view, at, end);
  return blockType === STATISTICS ? readStatistics(view, at) : readVoipMetrics(view, at);
}

function readReferenceTime(view: DataView, at: number): ReceiverReferenceTime {
  const ntpSeconds = view.getUint32(at + 4);
  const ntpFraction = view.getUint32(at + 8);
  return { type: 'rrtr', ntpSeconds, ntpFraction, ntpMiddle: ntpMiddle(ntpSeconds, ntpFraction) };
}

/** Of each receiver: its SSRC, the middle of its last reference time, the delay since. */
function readDelays(view: DataView, start: number, end: number): DelaySinceLastReceiverReport {
  const reports: DelaySinceLastReceiverReport['reports'][number][] = [];
  for (let at = start + BLOCK_HEADER; at + DLRR_ENTRY <= end; at += DLRR_ENTRY)
    reports.push({
      ssrc: view.getUint32(at),
      lastReceiverReport: view.getUint32(at + 4),
      delaySinceLast: view.getUint32(at + 8),
    });
  return { type: 'dlrr', reports };
}
