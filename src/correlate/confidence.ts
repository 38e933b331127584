import type { Confidence, Grade } from '../model/verdict.ts';
import type { RecordState } from './verdict-input.ts';

/** What a verdict rests on. */
export type ConfidenceGrounds = {
  readonly bothMeasured: boolean;
  readonly record: RecordState;
  readonly matchedBy?: 'identity' | 'time' | 'address';
  readonly candidates: number;
  /** The least observed share of what was graded of our own leg, 0–1. */
  readonly coverage?: number;
  readonly deciding?: Grade;
  readonly isFairAgainstGood: boolean;
};

/** Below it too much went unseen; nearer to its border than this a value may have come there by chance. */
const COVERAGE = 0.8;
const CLEARLY = 1.2;

/** How sure a verdict is, and why no surer: the lowest that applies (docs/metrics.md, section 9). */
export function confidenceOf(grounds: ConfidenceGrounds): {
  readonly confidence: Confidence;
  readonly grounds: readonly string[];
} {
  const low = doubts(grounds);
  const medium = reservations(grounds);
  const confidence = low.length > 0 ? 'low' : medium.length > 0 ? 'medium' : 'high';
  return { confidence, grounds: [...low, ...medium] };
}

function doubts({ candidates, coverage, deciding, isFairAgainstGood }: ConfidenceGrounds): readonly string[] {
  return [
    ...(candidates > 1 ? [`${candidates} sessions of the call record fit this leg equally well; none was taken.`] : []),
    ...(isFairAgainstGood ? ['The difference between the legs is small: fair against good.'] : []),
    ...(coverage !== undefined && coverage < COVERAGE
      ? [`Only ${Math.round(coverage * 100)} % of the time was observed.`]
      : []),
    ...(deciding !== undefined && isNear(deciding) ? ['The value is near the border of its level.'] : []),
  ];
}

function reservations({ bothMeasured, record, matchedBy, deciding }: ConfidenceGrounds): readonly string[] {
  return [
    ...(bothMeasured ? [] : [UNMEASURED[record]]),
    ...(matchedBy === undefined || matchedBy === 'identity'
      ? []
      : [`The Teams session was found by ${matchedBy === 'time' ? 'its times' : 'its address'}, not by identity.`]),
    ...(deciding?.isReported === true ? ['The value is what the far end reports; nobody in between saw it.'] : []),
  ];
}

const UNMEASURED: Readonly<Record<RecordState, string>> = {
  off: 'The Teams leg was not read: callRecords is not configured.',
  waiting: 'The Teams leg is not known yet: Graph tells it up to 150 minutes after the call.',
  read: 'One of the legs was measured too little to be graded.',
  missing: 'Graph has no record of this call.',
  unreadable: 'Teams leg not readable for this customer.',
};

/** A level reached by less than a fifth. */
function isNear({ value, threshold, level, measure }: Grade): boolean {
  if (level === 'good') return false;
  return measure === 'frameRate' ? value * CLEARLY > threshold : value < CLEARLY * threshold;
}
