import type { Interval } from '../../src/model/interval.ts';
import { add } from '../../src/quality/interval.ts';
import { beginSampled, type Sampled, type SampledAbout, takeIntervals } from '../../src/quality/sampled.ts';

/** Begin of every leg in these tests; a boundary of 5 s slots. */
export const BEGIN = 1_763_000_000;

/** A stream of which nothing is known yet. */
export function aStream(about: Partial<SampledAbout> = {}): Sampled {
  return beginSampled({ streamId: 's', direction: 'inbound', kind: 'audio', slotSeconds: 5, ...about });
}

/** Everything the stream told since it was asked last, as one interval. */
export function totalOf(state: Sampled): Interval | undefined {
  const intervals = takeIntervals(state);
  return intervals.length === 0 ? undefined : intervals.reduce(add);
}

/** What the stream told since it was asked last, by seconds after the begin. */
export function slotsOf(state: Sampled): ReadonlyMap<number, Interval> {
  return new Map(takeIntervals(state).map((interval) => [interval.startedAt - BEGIN, interval]));
}
