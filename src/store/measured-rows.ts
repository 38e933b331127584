import type { Interval, Presence, Series, Stream } from '../model/interval.ts';
import { fromIntervalCells, type IntervalCells } from './interval-cells.ts';
import { fromPresenceCells, type PresenceCells } from './presence-cells.ts';
import type { Tables } from './schema.ts';

/** A row of the table `measured`, its body parsed. */
export type Line = readonly [slot: number, part: Tables['measured']['part'], number: number, cells: unknown];

/** Streams by their key. */
export type KeyedStreams = readonly (readonly [key: number, stream: Stream])[];

type Measurements = { readonly intervals: Interval[]; readonly presence: Presence[] };

const micro = 1e6;

/** Slots are stored in microseconds since the epoch. */
export const toSlot = (startedAt: number): number => Math.round(startedAt * micro);
export const fromSlot = (slot: number): number => slot / micro;

/** What was measured of one leg, put together part by part in the order of the rows. */
export class MeasuredRows {
  readonly #mediaLegId: string;
  readonly #streams = new Map<number, Stream>();
  readonly #measured: Measurements = { intervals: [], presence: [] };

  constructor(mediaLegId: string) {
    this.#mediaLegId = mediaLegId;
  }

  /** `streams`: at least all that the lines name. */
  put(streams: KeyedStreams, lines: Iterable<Line>): void {
    for (const [key, stream] of streams) this.#streams.set(key, stream);
    const { intervals, presence } = this.#measured;
    for (const [slot, part, number, cells] of lines) {
      const startedAt = fromSlot(slot);
      // Written in series.ts: the cells of an interval beside `stream`, those of a presence beside a media.
      if (part === 'stream') {
        const { streamId = '' } = this.#streams.get(number) ?? {};
        intervals.push(fromIntervalCells(cells as IntervalCells, streamId, startedAt));
      } else {
        const key = { mediaLegId: this.#mediaLegId, startedAt, media: part, channelIndex: number };
        presence.push(fromPresenceCells(cells as PresenceCells, key));
      }
    }
  }

  series(): Series {
    const streams = [...this.#streams].toSorted(([a], [b]) => a - b).map(([, stream]) => stream);
    return { mediaLegId: this.#mediaLegId, streams, ...this.#measured };
  }
}
