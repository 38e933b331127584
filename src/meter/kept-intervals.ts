import type { IntervalKeeper, SlotTaker } from './journal.ts';
import type { MeasuredInterval } from './measured.ts';
import type { Path } from './options.ts';
import { Records } from './records.ts';
import * as slot from './slot-records.ts';

/** A time in which a stream had packets, seconds since the epoch. */
export type Activity = { from: number; to: number };

/** The calls that the seconds [from, to) of a stream are of, each by a number that no other one has; undefined: nobody wants them. */
export type Wanted = (path: Path, from: number, to: number) => readonly number[] | undefined;

/** Tells apart the times of a stream that must not be summed up, such as a hold. */
export type EraOf = (path: Path, at: number) => number;

/** What was kept, and between which times it was counted. Epoch seconds. */
export type KeptInterval = MeasuredInterval & { readonly span: { readonly from: number; readonly to: number } };

/** A slot of some calls by its records: `toldAt` < 0 where nobody told anything. */
type Slot = {
  readonly start: number;
  readonly calls: readonly number[];
  readonly era: number;
  readonly at: number;
  readonly from: number;
  to: number;
  toldAt: number;
};

type Held = { readonly path: Path; readonly slots: Slot[]; readonly active: Activity[] };

/**
 * The intervals of the streams that somebody wants, brought from the slots of a meter to longer ones of `slotSeconds`:
 * the begin of a call is cut to the short slot, and memory stays that of the long ones. In those the seconds without
 * an interval count as covered: whoever reads a file to its end saw that nothing came.
 */
export class KeptIntervals implements IntervalKeeper {
  readonly #slotSeconds: number;
  readonly #wanted: Wanted;
  readonly #eraOf: EraOf;
  readonly #held = new Map<string, Held>();
  readonly #pauses = new Map<string, Activity[]>();
  #pauseCount = 0;
  readonly #seen = new Records(slot.SEEN);
  readonly #told = new Records(slot.TOLD);

  constructor(slotSeconds: number, wanted: Wanted, eraOf: EraOf = () => 0) {
    this.#slotSeconds = slotSeconds;
    this.#wanted = wanted;
    this.#eraOf = eraOf;
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
    kept.to = Math.max(kept.to, to);
    this.#addSeen(kept, seen, at);
    if (toldAt >= 0) this.#addTold(kept, told, toldAt);
    if (slot.member(seen, at + slot.PACKETS) > 0) note(held.active, from, to);
  };

  /** What was kept of a stream, by time: all of it, or that of a call, for the next call may send the same SSRC from the same port. */
  intervalsOf(streamId: string, call?: number): readonly KeptInterval[] {
    const { slots = [] } = this.#held.get(streamId) ?? {};
    const seen = this.#seen.doubles;
    const told = this.#told.doubles;
    const own = call === undefined ? slots : slots.filter(({ calls }) => calls.includes(call));
    return own.map(({ at, toldAt, from, to }) => ({
      ...slot.measuredOf(streamId, seen, at, told, toldAt),
      span: { from, to },
    }));
  }

  /** A stream was silent between two packets. Epoch seconds. */
  paused(streamId: string, from: number, to: number): void {
    if (this.#pauseCount >= MOST_PAUSES) return;
    this.#pauseCount += 1;
    const known = this.#pauses.get(streamId);
    if (known === undefined) this.#pauses.set(streamId, [{ from, to }]);
    else known.push({ from, to });
  }

  /** When a stream had packets in what was kept of it: to a slot, and where it paused to the packet. */
  activeOf(streamId: string): readonly Activity[] {
    const active = this.#held.get(streamId)?.active ?? [];
    return without(active, this.#pauses.get(streamId) ?? []);
  }

  #slotOf(held: Held, time: number, calls: readonly number[]): Slot {
    const start = Math.floor(time / this.#slotSeconds) * this.#slotSeconds;
    const era = this.#eraOf(held.path, time);
    const known = held.slots.findLast((one) => one.start === start && one.era === era && isSame(one.calls, calls));
    if (known !== undefined) return known;
    const made = { start, calls, era, at: this.#seen.add(), from: time, to: time, toldAt: -1 };
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

/** Pauses of all streams; behind more of them activity is told to a slot. */
const MOST_PAUSES = 100_000;

/** What of times lies in none of the pauses; both by time. */
function without(active: readonly Activity[], pauses: readonly Activity[]): readonly Activity[] {
  const left: Activity[] = [];
  let next = 0;
  for (const { from, to } of active) {
    let begin = from;
    while (next < pauses.length && (pauses[next]?.to ?? to) <= from) next += 1;
    for (let at = next; at < pauses.length; at += 1) {
      const pause = pauses[at];
      if (pause === undefined || pause.from >= to) break;
      if (pause.from > begin) left.push({ from: begin, to: pause.from });
      begin = Math.max(begin, pause.to);
    }
    if (begin < to) left.push({ from: begin, to });
  }
  return left;
}

/** A pause below this is none (docs/metrics.md, section 4). Seconds. */
const PAUSE = 10;

function note(active: Activity[], from: number, to: number): void {
  const last = active.at(-1);
  if (last === undefined || from - last.to >= PAUSE) active.push({ from, to });
  else last.to = Math.max(last.to, to);
}
