import type { SourceKind } from '../../model/channel.ts';
import type { Series } from '../../model/interval.ts';
import { cursorOf, resumeSampled, type SampledCursor } from '../../quality/sampled.ts';
import { type FollowedLeg, streamKey } from './followed-leg.ts';
import type { PairReading } from './samples.ts';

/** What is kept of a leg beside its stored series: JSON, small enough to be written with every report. */
type Cursor = {
  readonly version: 1;
  readonly source: SourceKind;
  readonly previousAt?: number;
  readonly streams: readonly { readonly id: string; readonly sampled: SampledCursor }[];
  readonly pairs: readonly PairReading[];
};

/** What the leg needs to be measured on after a restart. */
export function encodeCursor(leg: FollowedLeg): Uint8Array {
  const cursor: Cursor = {
    version: 1,
    source: leg.source,
    ...(leg.previousAt === undefined ? {} : { previousAt: leg.previousAt }),
    streams: [...leg.streams.values()].map(({ id, state }) => ({ id, sampled: cursorOf(state) })),
    pairs: [...leg.pairs.values()],
  };
  return new TextEncoder().encode(JSON.stringify(cursor));
}

/** Brings a leg to where the cursor was written. One that cannot be read, or is another source's, changes nothing. */
export function applyCursor(leg: FollowedLeg, octets: Uint8Array, series: Series): void {
  const cursor = decode(octets);
  if (cursor?.version !== 1 || cursor.source !== leg.source) return;
  const streams = new Map(series.streams.map((stream) => [stream.streamId, stream]));
  for (const { id, sampled } of cursor.streams) {
    const stream = streams.get(sampled.about.streamId);
    if (stream === undefined) continue;
    leg.streams.set(streamKey(stream.direction, id), { id, stream, state: resumeSampled(sampled, series.intervals) });
  }
  for (const pair of cursor.pairs) leg.pairs.set(pair.pairId, pair);
  if (cursor.previousAt !== undefined) leg.previousAt = cursor.previousAt;
}

function decode(octets: Uint8Array): Cursor | undefined {
  try {
    // Our own writing; its version says which.
    return JSON.parse(new TextDecoder().decode(octets)) as Cursor;
  } catch {
    return undefined;
  }
}
