import type { Interval, Presence, Series, Stream } from '../model/interval.ts';
import type { MeasuredBatch, Store } from '../store/store.ts';
import type { Measured } from './leg.ts';

/** Pushes of many legs that come within this time share one transaction. Milliseconds. */
const GROUP_MILLIS = 40;

type Pending = {
  readonly streams: Map<string, Stream>;
  readonly intervals: Map<string, Interval>;
  readonly presence: Map<string, Presence>;
  readonly cursors: Map<string, Uint8Array>;
};

const nothing = (): Pending => ({ streams: new Map(), intervals: new Map(), presence: new Map(), cursors: new Map() });

/**
 * What was measured and is not on disk yet. Later values of a slot replace earlier ones, so a failed write loses nothing
 * and grows by slots only: it is made again with the next one.
 */
export class Journal {
  readonly #store: Pick<Store, 'appendIntervals'>;
  #pending: Pending = nothing();
  #writing: Promise<void> = Promise.resolve();
  #group: Promise<void> | undefined;

  constructor(store: Pick<Store, 'appendIntervals'>) {
    this.#store = store;
  }

  add(batch: Measured): void {
    for (const stream of batch.streams) this.#pending.streams.set(stream.streamId, stream);
    for (const interval of batch.intervals) this.#pending.intervals.set(slotKey(interval), interval);
    if (batch.cursor !== undefined) this.#pending.cursors.set(batch.mediaLegId, batch.cursor);
  }

  addPresence(presence: readonly Presence[]): void {
    for (const slot of presence) {
      this.#pending.presence.set(`${slot.startedAt} ${slot.media}/${slot.channelIndex} ${slot.mediaLegId}`, slot);
    }
  }

  /** A stored series with what is not on disk yet laid over it. */
  over(series: Series): Series {
    const added = [...this.#pending.streams.values()].filter(({ mediaLegId }) => mediaLegId === series.mediaLegId);
    const streams = new Map([...series.streams, ...added].map((stream) => [stream.streamId, stream]));
    const intervals = new Map(series.intervals.map((interval) => [slotKey(interval), interval]));
    for (const [key, interval] of this.#pending.intervals)
      if (streams.has(interval.streamId)) intervals.set(key, interval);
    return { ...series, streams: [...streams.values()], intervals: [...intervals.values()] };
  }

  /** Resolves when all that was added before is on disk; calls within a few milliseconds share one write. */
  committed(): Promise<void> {
    this.#group ??= new Promise<void>((resolve, reject) => {
      setTimeout(() => {
        this.#group = undefined;
        this.flush().then(resolve, reject);
      }, GROUP_MILLIS);
    });
    return this.#group;
  }

  /** Writes now. One write at a time, in order. */
  flush(): Promise<void> {
    this.#writing = this.#writing.catch(() => undefined).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const taken = this.#pending;
    if (taken.streams.size + taken.intervals.size + taken.presence.size + taken.cursors.size === 0) return;
    this.#pending = nothing();
    try {
      await this.#store.appendIntervals(batchOf(taken));
    } catch (error) {
      this.#pending = overlaid(taken, this.#pending);
      throw error;
    }
  }
}

const slotKey = ({ startedAt, streamId }: Interval): string => `${startedAt} ${streamId}`;

const batchOf = (pending: Pending): MeasuredBatch => ({
  streams: [...pending.streams.values()],
  intervals: [...pending.intervals.values()],
  presence: [...pending.presence.values()],
  cursors: pending.cursors,
});

const overlaid = (older: Pending, newer: Pending): Pending => ({
  streams: new Map([...older.streams, ...newer.streams]),
  intervals: new Map([...older.intervals, ...newer.intervals]),
  presence: new Map([...older.presence, ...newer.presence]),
  cursors: new Map([...older.cursors, ...newer.cursors]),
});
