import { type Finding, keyOf } from './findings.ts';
import type { StreamTruth, Truth } from './traffic/truth.ts';

/** How far from the truth is still right, seconds. */
const JITTER = 0.05e-3;
const ROUND_TRIP = 0.1e-3;

/** Whether copies of a packet count as received: then they hide loss (RFC 3550, A.3). */
export type Counting = 'unique' | 'all';

/** Every way in which findings differ from the truth, in words; empty: all is right. */
export function disagreements(truth: Truth, findings: readonly Finding[], counting: Counting): readonly string[] {
  const found = new Map(findings.map((finding) => [finding.key, finding]));
  const known = new Set(truth.streams.map(keyOf));
  const unknown = findings.filter(({ key }) => !known.has(key)).map(({ key }) => `${key}: no such stream`);
  const wrong = truth.streams.flatMap((stream) => {
    const finding = found.get(keyOf(stream));
    return finding === undefined ? [`${keyOf(stream)}: not found`] : compare(stream, finding, counting);
  });
  return [...unknown, ...wrong];
}

function compare(truth: StreamTruth, finding: Finding, counting: Counting): readonly string[] {
  const copies = counting === 'all' ? truth.duplicates : 0;
  const { averageJitterSeconds, maximumJitterSeconds } = truth.rfc3550;
  const trip = truth.roundTrip;
  const rows: readonly (readonly [string, number | undefined, number | undefined, number])[] = [
    ['packets', truth.packets + copies, finding.packets, 0],
    ['lost', truth.lost - copies, finding.lost, 0],
    ['expected', truth.expected, finding.expected ?? truth.expected, 0],
    ['duplicates', truth.duplicates, finding.duplicates ?? truth.duplicates, 0],
    ['average jitter', averageJitterSeconds, finding.averageJitter ?? averageJitterSeconds, JITTER],
    ['maximum jitter', maximumJitterSeconds, finding.maximumJitter, JITTER],
    ...(counting === 'all'
      ? []
      : ([
          ['round trips', trip?.samples, finding.roundTrip?.samples, 0],
          ['average round trip', trip?.averageSeconds, finding.roundTrip?.average, ROUND_TRIP],
          ['maximum round trip', trip?.maximumSeconds, finding.roundTrip?.maximum, ROUND_TRIP],
        ] as const)),
  ];
  return rows
    .filter(([, right, said, tolerance]) => !within(right, said, tolerance))
    .map(([name, right, said]) => `${finding.key}: ${name} ${said}, not ${right}`);
}

function within(right: number | undefined, said: number | undefined, tolerance: number): boolean {
  if (right === undefined || said === undefined) return right === said;
  return Math.abs(said - right) <= tolerance;
}
