import type { Measured, Resume, Sink } from '../../../src/leg/leg.ts';
import type { Interval, Series, Stream } from '../../../src/model/interval.ts';
import type { Leg, LegControl } from '../../../src/model/leg.ts';
import { add } from '../../../src/quality/interval.ts';

/** What the store would have of a leg: the last interval of each slot, the last word on each stream, the last cursor. */
export class Collected implements Sink {
  readonly batches: Measured[] = [];

  measured(batch: Measured): void {
    this.batches.push(batch);
  }

  series(mediaLegId: string): Series {
    const own = this.batches.filter((batch) => batch.mediaLegId === mediaLegId);
    const streams = new Map(own.flatMap((batch) => batch.streams).map((stream) => [stream.streamId, stream]));
    const intervals = own.flatMap((batch) => batch.intervals);
    const bySlot = new Map(intervals.map((interval) => [`${interval.streamId} ${interval.startedAt}`, interval]));
    return { mediaLegId, streams: [...streams.values()], intervals: [...bySlot.values()], presence: [] };
  }

  /** What an agent that comes back is given. */
  resume(mediaLegId: string): Resume {
    const cursor = this.batches.findLast((batch) => batch.mediaLegId === mediaLegId)?.cursor;
    return { series: this.series(mediaLegId), ...(cursor === undefined ? {} : { cursor }) };
  }

  streams(mediaLegId: string): readonly Stream[] {
    return this.series(mediaLegId).streams;
  }

  /** All of a stream, by its name or by a part that only its name has. */
  total(mediaLegId: string, part: string): Interval | undefined {
    const own = this.series(mediaLegId).intervals.filter(({ streamId }) => streamId.includes(part));
    return own.length === 0 ? undefined : own.reduce(add);
  }
}

/** A live leg that began then; epoch seconds. */
export function aLeg(mediaLegId: string, startedAt: number, control: LegControl = {}): Leg {
  return {
    mediaLegId,
    revision: 1,
    owner: 'agent',
    state: 'live',
    control,
    device: { name: 'Boardroom', description: '-' },
    channels: [],
    earlierIdentifiers: [],
    startedAt,
    delivery: { state: 'none' },
  };
}
