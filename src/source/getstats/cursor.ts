import type { SourceKind } from '../../model/channel.ts';
import type { Series } from '../../model/interval.ts';
import { cursorOf, resumeSampled, type SampledCursor } from '../../quality/sampled.ts';
import { type FollowedLeg, type FollowedStream, streamKey } from './followed-leg.ts';
import type { ReportClock } from './report-clock.ts';
import type { PairReading } from './samples.ts';

/** What is kept of a leg beside its stored series: JSON, small enough to be written with every report. */
type Cursor = {
  readonly version: 1;
  readonly source: SourceKind;
  readonly previousAt?: number;
  readonly olderAt?: number;
  readonly clock?: ReportClock;
  readonly streams: readonly (Pick<FollowedStream, 'id' | 'isHandedOver'> & { readonly sampled: SampledCursor })[];
  readonly pairs: readonly PairReading[];
};

/** What the leg needs to be measured on after a restart. */
export function encodeCursor(leg: FollowedLeg): Uint8Array {
  const cursor: Cursor = {
    version: 1,
    source: leg.source,
    ...(leg.previousAt === undefined ? {} : { previousAt: leg.previousAt }),
    ...(leg.olderAt === undefined ? {} : { olderAt: leg.olderAt }),
    clock: leg.clock,
    streams: [...leg.streams.values()].map(({ stream, state, ...rest }) => ({ ...rest, sampled: cursorOf(state) })),
    pairs: [...leg.pairs.values()],
  };
  return new TextEncoder().encode(JSON.stringify(cursor));
}

/** Brings a leg to where the cursor was written. One that cannot be read, or is another source's, changes nothing. */
export function applyCursor(leg: FollowedLeg, octets: Uint8Array, series: Series): void {
  const cursor = decode(octets);
  if (cursor?.version !== 1 || cursor.source !== leg.source) return;
  const streams = new Map(series.streams.map((stream) => [stream.streamId, stream]));
  for (const { sampled, ...rest } of cursor.streams) {
    const stream = streams.get(sampled.about.streamId);
    if (stream === undefined) continue;
    const state = resumeSampled(sampled, series.intervals);
    leg.streams.set(streamKey(stream.direction, rest.id), { ...rest, stream, state });
  }
  for (const pair of cursor.pairs) leg.pairs.set(pair.pairId, pair);
  if (cursor.previousAt !== undefined) leg.previousAt = cursor.previousAt;
  if (cursor.olderAt !== undefined) leg.olderAt = cursor.olderAt;
  Object.assign(leg.clock, cursor.clock);
}

function decode(octets: Uint8Array): Cursor | undefined {
  try {
    // Our own writing; its version says which.
    return JSON.parse(new TextDecoder().decode(octets)) as Cursor;
  } catch {
    return undefined;
  }
}
