import type { IntervalKeeper, SlotTaker } from './journal.ts';
import type { MeasuredInterval } from './measured.ts';
import type { Path } from './options.ts';
import { Records } from './records.ts';
import * as slot from './slot-records.ts';

/** A time in which a stream had packets, seconds since the epoch. */
export type Activity = { from: number; to: number };

/** The calls that the seconds [from, to) of a stream are of, each by a number that no other one has; undefined: nobody wants them. */
export type Wanted = (path: Path, from: number, to: number) => readonly number[] | undefined;

/** A slot of some calls by its records: `toldAt` < 0 where nobody told anything. */
type Slot = { readonly start: number; readonly calls: readonly number[]; readonly at: number; toldAt: number };

type Held = { readonly path: Path; readonly slots: Slot[]; readonly active: Activity[] };

/**
 * The intervals of the streams that somebody wants, brought from the slots of a meter to longer ones of `slotSeconds`:
 * the begin of a call is cut to the short slot, and memory stays that of the long ones. In those the seconds without
 * an interval count as covered: whoever reads a file to its end saw that nothing came.
 */
export class KeptIntervals implements IntervalKeeper {
  readonly #slotSeconds: number;
  readonly #wanted: Wanted;
  readonly #held = new Map<string, Held>();
  readonly #seen = new Records(slot.SEEN);
  readonly #told = new Records(slot.TOLD);

  constructor(slotSeconds: number, wanted: Wanted) {
    this.#slotSeconds = slotSeconds;
    this.#wanted = wanted;
  }

  /** There is a new stream. */
  begun(streamId: string, path: Path): void {
    if (!this.#held.has(streamId)) this.#held.set(streamId, { path, slots: [], active: [] });
  }

  /** Takes a slot of a stream. */
  readonly take: SlotTaker = (streamId, seen, at, told, toldAt) => {
    const held = this.#held.get(streamId);
    const from = slot.startOf(seen, at);
    const to = slot.endOf(seen, at);
    const calls = held === undefined ? undefined : this.#wanted(held.path, from, to);
    if (held === undefined || calls === undefined) return;
    const kept = this.#slotOf(held, from, calls);
    this.#addSeen(kept, seen, at);
    if (toldAt >= 0) this.#addTold(kept, told, toldAt);
    if (slot.member(seen, at + slot.PACKETS) > 0) note(held.active, from, to);
  };

  /** What was kept of a stream, by time: all of it, or that of a call, for the next call may send the same SSRC from the same port. */
  intervalsOf(streamId: string, call?: number): readonly MeasuredInterval[] {
    const { slots = [] } = this.#held.get(streamId) ?? {};
    const seen = this.#seen.doubles;
    const told = this.#told.doubles;
    const own = call === undefined ? slots : slots.filter(({ calls }) => calls.includes(call));
    return own.map(({ at, toldAt }) => slot.measuredOf(streamId, seen, at, told, toldAt));
  }

  /** When a stream had packets in what was kept of it. */
  activeOf(streamId: string): readonly Activity[] {
    return this.#held.get(streamId)?.active ?? [];
  }

  #slotOf(held: Held, time: number, calls: readonly number[]): Slot {
    const start = Math.floor(time / this.#slotSeconds) * this.#slotSeconds;
    const known = held.slots.findLast((one) => one.start === start && isSame(one.calls, calls));
    if (known !== undefined) return known;
    const made = { start, calls, at: this.#seen.add(), toldAt: -1 };
    slot.beginSlot(this.#seen.doubles, made.at, start, this.#slotSeconds);
    held.slots.push(made);
    return made;
  }

  #addSeen({ at }: Slot, seen: Float64Array, from: number): void {
    const { doubles } = this.#seen;
    slot.addSeen(doubles, at, seen, from);
    slot.setCovered(doubles, at, Math.max(0, slot.coveredOf(doubles, at) - slot.blindOf(seen, from)));
  }

  #addTold(kept: Slot, told: Float64Array, from: number): void {
    if (kept.toldAt < 0) kept.toldAt = this.#told.add();
    slot.addTold(this.#told.doubles, kept.toldAt, told, from);
  }
}

const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((call, index) => call === b[index]);

/** A pause below this is none (docs/metrics.md, section 4). Seconds. */
const PAUSE = 10;

function note(active: Activity[], from: number, to: number): void {
  const last = active.at(-1);
  if (last === undefined || from - last.to >= PAUSE) active.push({ from, to });
  else last.to = Math.max(last.to, to);
}
