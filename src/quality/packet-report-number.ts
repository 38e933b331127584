import type { ReportBlock } from '../packet/rtcp-report.ts';
import type { SentSoFar } from './packet-sent.ts';

/** A report may overtake packets on the way to the tap: of several interfaces or files each has its own delay and clock. */
const MOST_AHEAD = 50;

/**
 * The number that a block names, in our own count; `last` = that of the block before. Undefined if it was not sent within the
 * last 30 s. The upper half of what it says is the device's own count: only the lower one is the packet's.
 */
export function numberOf(
  { highestSequence }: Pick<ReportBlock, 'highestSequence'>,
  { highest, recent }: Pick<SentSoFar, 'highest' | 'recent'>,
  last: number | undefined,
): number | undefined {
  const behind = (highest - highestSequence) & 0xffff;
  const number = (highest - behind) | 0;
  if (behind <= recent || number === last) return number;
  const ahead = 0x10000 - behind;
  return ahead <= MOST_AHEAD ? (highest + ahead) | 0 : undefined;
}
