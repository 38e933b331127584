import type { Interval, Loss, Spread } from '../model/interval.ts';
import { coverageOf } from '../quality/packet-slot.ts';
import type { PacketTable } from '../quality/packet-table.ts';
import type { MeasuredInterval } from './measured.ts';
import type { Path } from './options.ts';
import { Records } from './records.ts';
import * as slot from './slot-records.ts';

const { LINK, NAME, SEEN, SEEN_LINK, STARTED, TOLD, member } = slot;

const FEWEST = 64;

/** Slots in which something was told of a stream that wait for its packets: hours. What is told of more goes to the latest. */
const MOST_OPEN = 4096;

/** Moments at which slots of a stream were parted: what is told of older ones goes by whole slots. */
const MOST_PARTS = 16;

/** Who takes closed slots as records: valid until it returns. `toldAt` < 0: nobody told anything. */
export type SlotTaker = (streamId: string, seen: Float64Array, at: number, told: Float64Array, toldAt: number) => void;

/** Who takes the slots of streams, told of each stream when it has begun. */
export interface IntervalKeeper {
  begun(streamId: string, path: Path): void;
  readonly take: SlotTaker;
}

/**
 * Slots as they close, with what others told of the same stream in the same slot. A slot is given out once, when its
 * packets are complete; what was told of slots without packets follows at the stream's end.
 */
export class Journal {
  readonly #slotSeconds: number;
  readonly #keeps: boolean;
  readonly #seen = new Records(SEEN);
  readonly #told = new Records(TOLD);
  /** By stream: the slots in which something was told, the latest first, linked; 1 more than where they are, 0 ends them. */
  #open = new Int32Array(FEWEST);
  /** Slots that closed, by their records, which name their stream and what was told by index, -1 for nothing. */
  #closed: number[] = [];
  #names: string[] = [];
  readonly #changed = new Set<number>();
  /** By stream: when its slots were parted last, the latest first; epoch seconds. */
  readonly #parts = new Map<number, readonly number[]>();
  #shown: MeasuredInterval[] = [];

  constructor(slotSeconds: number, keeps: boolean) {
    this.#slotSeconds = slotSeconds;
    this.#keeps = keeps;
  }

  /** What the receiver of a stream reported at this time; sums over what it covers. Seconds since the epoch. */
  report(stream: number, at: number, told: { readonly loss?: Loss; readonly jitter?: Spread }): void {
    if (!this.#keeps) return;
    const toldAt = this.#toldAt(stream, at);
    slot.addReport(this.#told.doubles, toldAt, told);
  }

  /** One round trip of the loop that the stream is on. Seconds. */
  roundTrip(stream: number, at: number, view: slot.View, method: slot.Method, value: number): void {
    if (!this.#keeps) return;
    const toldAt = this.#toldAt(stream, at);
    slot.addTrip(this.#told.doubles, toldAt, view, method, value, at);
  }

  /** What is told of a stream from this time on is of another slot than what was told before. Epoch seconds. */
  part(stream: number, at: number): void {
    this.#parts.set(stream, [at, ...(this.#parts.get(stream) ?? [])].slice(0, MOST_PARTS));
  }

  /** Packets of a slot are complete. */
  close(stream: number, streamId: string, counted: Omit<Interval, 'streamId'>): void {
    this.#changed.add(stream);
    const toldAt = this.#takeTold(stream, counted.startedAt);
    const at = this.#seen.add();
    slot.putSeen(this.#seen.doubles, at, counted);
    const last = this.#closed.at(-1);
    const { doubles } = this.#seen;
    // A clock that was set back can close the same slot twice.
    if (last !== undefined && this.#names.at(-1) === streamId && slot.startOf(doubles, last) === counted.startedAt) {
      slot.addSeen(doubles, last, doubles, at);
      slot.setCovered(doubles, last, counted.coveredSeconds);
      this.#seen.release(at);
      if (toldAt >= 0) this.#told.release(toldAt);
    } else this.#push(streamId, at, toldAt);
  }

  /** A slot as it stands, which may yet be given out otherwise. */
  show(stream: number, streamId: string, counted: Omit<Interval, 'streamId'>): void {
    let toldAt = this.#first(stream);
    while (toldAt >= 0 && member(this.#told.doubles, toldAt + STARTED) !== counted.startedAt)
      toldAt = this.#after(toldAt);
    const at = this.#seen.add();
    slot.putSeen(this.#seen.doubles, at, counted);
    this.#shown.push(slot.measuredOf(streamId, this.#seen.doubles, at, this.#told.doubles, toldAt));
    this.#seen.release(at);
  }

  /** Slots shown since this was asked last; one that is closed meanwhile counts instead. */
  takeShown(): readonly MeasuredInterval[] {
    const shown = this.#shown;
    this.#shown = [];
    return shown;
  }

  /** The stream is over: what was told of slots without packets follows. */
  end(stream: number, streamId: string, table: PacketTable): void {
    this.#parts.delete(stream);
    const open: number[] = [];
    for (let toldAt = this.#first(stream); toldAt >= 0; toldAt = this.#after(toldAt)) open.push(toldAt);
    if (open.length > 0) this.#open[stream] = 0;
    const started = (toldAt: number): number => member(this.#told.doubles, toldAt + STARTED);
    for (const toldAt of open.sort((a, b) => started(a) - started(b))) {
      const startedAt = started(toldAt);
      const end = this.#gridOf(startedAt) + this.#slotSeconds;
      const { coveredSeconds, taint } = coverageOf(table, startedAt, end);
      const counted = { startedAt, seconds: end - startedAt, coveredSeconds, packets: 0, octets: 0, frames: 0 };
      const at = this.#seen.add();
      slot.putSeen(this.#seen.doubles, at, taint === undefined ? counted : { ...counted, taint });
      this.#push(streamId, at, toldAt);
    }
  }

  /** Streams with intervals since this was asked last. */
  takeChanged(): readonly number[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** Intervals that closed since this was asked last, by time. */
  take(): readonly MeasuredInterval[] {
    const intervals: MeasuredInterval[] = [];
    this.giveTo((...record) => intervals.push(slot.measuredOf(...record)));
    return intervals;
  }

  /** The same as records. */
  giveTo(taker: SlotTaker): void {
    const { doubles } = this.#seen;
    for (const at of this.#closed.sort((a, b) => slot.startOf(doubles, a) - slot.startOf(doubles, b))) {
      const toldAt = member(doubles, at + SEEN_LINK);
      taker(this.#names[member(doubles, at + NAME)] ?? '', doubles, at, this.#told.doubles, toldAt);
      if (toldAt >= 0) this.#told.release(toldAt);
    }
    this.#closed = [];
    this.#names = [];
    this.#seen.clear();
  }

  #push(streamId: string, at: number, toldAt: number): void {
    const { doubles } = this.#seen;
    doubles[at + NAME] = this.#names.push(streamId) - 1;
    doubles[at + SEEN_LINK] = toldAt;
    this.#closed.push(at);
  }

  /** The record of what was told of a stream in the slot of a time. */
  #toldAt(stream: number, time: number): number {
    const startedAt = this.#startOf(stream, time);
    const first = this.#first(stream);
    let open = 0;
    for (let toldAt = first; toldAt >= 0; toldAt = this.#after(toldAt)) {
      if (member(this.#told.doubles, toldAt + STARTED) === startedAt) return toldAt;
      open += 1;
    }
    if (open >= MOST_OPEN) return first;
    const added = this.#told.add();
    this.#told.doubles[added + STARTED] = startedAt;
    this.#told.doubles[added + LINK] = first;
    this.#setFirst(stream, added);
    return added;
  }

  #gridOf(time: number): number {
    return Math.floor(time / this.#slotSeconds) * this.#slotSeconds;
  }

  /** Begin of the slot of a time, or of the part of it. */
  #startOf(stream: number, time: number): number {
    const start = this.#gridOf(time);
    return this.#parts.get(stream)?.find((at) => at > start && at <= time) ?? start;
  }

  /** Takes the slot that began at a time out of those that wait; -1: nobody told anything. */
  #takeTold(stream: number, startedAt: number): number {
    const { doubles } = this.#told;
    let before = -1;
    let toldAt = this.#first(stream);
    while (toldAt >= 0 && member(doubles, toldAt + STARTED) !== startedAt) {
      before = toldAt;
      toldAt = this.#after(toldAt);
    }
    if (toldAt < 0) return -1;
    const after = this.#after(toldAt);
    if (before >= 0) doubles[before + LINK] = after;
    else this.#setFirst(stream, after);
    return toldAt;
  }

  #first(stream: number): number {
    return (this.#open[stream] ?? 0) - 1;
  }

  #setFirst(stream: number, toldAt: number): void {
    if (stream >= this.#open.length) {
      const grown = new Int32Array(Math.max(stream + 1, this.#open.length * 2));
      grown.set(this.#open);
      this.#open = grown;
    }
    this.#open[stream] = toldAt + 1;
  }

  #after(toldAt: number): number {
    return member(this.#told.doubles, toldAt + LINK);
  }
}
