import type { MeasuredInterval } from '../../meter/measured.ts';
import type { LiveStream } from './live-stream.ts';

/** What belongs to no leg yet is kept so long, for descriptions that come late. Seconds. */
const LONGEST = 300;
/** Intervals kept at once; about 10 MB. */
const MOST = 20_000;

/** Keeps the intervals of streams that belong to no leg yet, of so many and for so long that it costs no more than that. */
export class Unclaimed {
  /** By stream, the one kept first first. */
  readonly #kept = new Set<LiveStream>();
  #count = 0;
  #forgotAt = 0;
  /** Packets of what was given up: no leg had it in time. */
  packets = 0;

  keep(stream: LiveStream, interval: MeasuredInterval): void {
    const { startedAt } = interval.observed;
    if (!stream.kept.has(startedAt)) this.#count += 1;
    stream.kept.set(startedAt, interval);
    this.#kept.add(stream);
    for (const oldest of this.#kept) {
      if (this.#count <= MOST) break;
      for (const given of oldest.kept.values()) this.#giveUp(given);
      this.#drop(oldest);
    }
  }

  /** What was kept of a stream; a leg has it now. */
  take(stream: LiveStream): readonly MeasuredInterval[] {
    const kept = [...stream.kept.values()];
    this.#drop(stream);
    return kept;
  }

  /** Forgets what is too old, and the streams that are over and have nothing left. Epoch seconds. */
  forget(streams: Map<string, LiveStream>, now: number): void {
    if (Math.abs(now - this.#forgotAt) < 1) return;
    this.#forgotAt = now;
    for (const stream of this.#kept) {
      for (const startedAt of stream.kept.keys()) {
        if (startedAt >= now - LONGEST) break;
        this.#giveUp(stream.kept.get(startedAt));
        stream.kept.delete(startedAt);
        this.#count -= 1;
      }
      if (stream.kept.size === 0) this.#kept.delete(stream);
    }
    for (const [streamId, stream] of streams) {
      if (stream.isOver && stream.kept.size === 0) streams.delete(streamId);
    }
  }

  #giveUp(interval: MeasuredInterval | undefined): void {
    this.packets += interval?.observed.packets ?? 0;
  }

  #drop(stream: LiveStream): void {
    this.#count -= stream.kept.size;
    stream.kept.clear();
    this.#kept.delete(stream);
  }
}
