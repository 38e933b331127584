import type { Confidence, Grade } from '../model/verdict.ts';
import type { RecordState } from './verdict-input.ts';
import { mediaIn } from './wording.ts';

/** What a verdict rests on. */
export type ConfidenceGrounds = {
  readonly vtcMeasured: boolean;
  readonly teamsMeasured: boolean;
  /** The bot's session is in the record that was read. */
  readonly isFound: boolean;
  /** Media and journeys of a leg that was cleared of which nothing is known. */
  readonly unknown: readonly Pick<Grade, 'media' | 'journey'>[];
  /** Some of them are of our own leg, and no leg was bad. */
  readonly isClearedBlindly: boolean;
  readonly record: RecordState;
  readonly matchedBy?: 'identity' | 'time' | 'address';
  readonly candidates: number;
  readonly isContested: boolean;
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

function doubts(grounds: ConfidenceGrounds): readonly string[] {
  const { candidates, isContested, coverage, deciding, isFairAgainstGood, isClearedBlindly } = grounds;
  return [
    ...(candidates > 1 ? [`${candidates} sessions of the call record fit this leg equally well; none was taken.`] : []),
    ...(isContested && candidates <= 1
      ? ['The session of the call record that fits this leg fits another room as well; it was not taken.']
      : []),
    ...(isFairAgainstGood ? ['The difference between the legs is small: fair against good.'] : []),
    ...(coverage !== undefined && coverage < COVERAGE
      ? [`Only ${Math.round(coverage * 100)} % of the time was observed.`]
      : []),
    ...(isClearedBlindly ? unknownOf(grounds) : []),
    ...(deciding !== undefined && isNear(deciding) ? ['The value is near the border of its level.'] : []),
  ];
}

function reservations(grounds: ConfidenceGrounds): readonly string[] {
  const { vtcMeasured, teamsMeasured, isClearedBlindly, matchedBy, deciding } = grounds;
  return [
    ...(vtcMeasured ? [] : ['The leg between the room and the gateway was measured too little to be graded.']),
    ...(teamsMeasured ? [] : [teamsUnmeasured(grounds)]),
    ...(isClearedBlindly ? [] : unknownOf(grounds)),
    ...(matchedBy === undefined || matchedBy === 'identity'
      ? []
      : [`The Teams session was found by ${matchedBy === 'time' ? 'its times' : 'its address'}, not by identity.`]),
    ...(deciding?.isReported === true ? ['The value is what the far end reports; nobody in between saw it.'] : []),
  ];
}

function teamsUnmeasured({ record, isFound }: ConfidenceGrounds): string {
  return record === 'read' && isFound ? 'The Teams leg was measured too little to be graded.' : UNMEASURED[record];
}

function unknownOf({ unknown }: ConfidenceGrounds): readonly string[] {
  return unknown.length === 0 ? [] : [`Too little is known of ${listed([...new Set(unknown.map(mediaIn))])}.`];
}

/** "a, b and c". */
function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

const UNMEASURED: Readonly<Record<RecordState, string>> = {
  off: 'The Teams leg was not read: callRecords is not configured.',
  waiting: 'The Teams leg is not known yet: Graph tells it up to 150 minutes after the call.',
  read: "The bot's session was not found in the call record.",
  missing: 'Graph has no record of this call.',
  unreadable: 'Teams leg not readable for this customer.',
};

/** A level reached by less than a fifth. */
function isNear({ value, threshold, level, measure }: Grade): boolean {
  if (level === 'good') return false;
  return measure === 'frameRate' ? value * CLEARLY > threshold : value < CLEARLY * threshold;
}
