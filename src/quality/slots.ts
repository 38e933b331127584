import type { Interval } from '../model/interval.ts';
import { add, slotOf } from './interval.ts';
import { type Piece, share, slotUpTo } from './share.ts';

/**
 * The slots of one stream that may still grow. An interval given out replaces the one given out before for its slot, so a
 * slot stays here, whole, until nothing can be added to it any more.
 */
export type Slots = {
  readonly streamId: string;
  readonly slotSeconds: number;
  /** Slots that begin before are final: what comes late goes to the first one behind them. Seconds since the epoch. */
  openFrom: number;
  readonly held: Map<number, Interval>;
  readonly changed: Set<number>;
};

/** No slots yet; `intervals` are those of a stream that goes on after a restart. */
export function openSlots(
  about: { readonly streamId: string; readonly slotSeconds: number; readonly openFrom?: number },
  intervals: readonly Interval[] = [],
): Slots {
  const { streamId, slotSeconds, openFrom = 0 } = about;
  const own = intervals.filter((interval) => interval.streamId === streamId && interval.startedAt >= openFrom);
  const held = new Map(own.map((interval) => [interval.startedAt, interval]));
  return { streamId, slotSeconds, openFrom, held, changed: new Set() };
}

/** Adds what was counted in (from, to]. */
export function putOver(slots: Slots, from: number, to: number, piece: Piece): void {
  const { slotSeconds, openFrom } = slots;
  for (const part of share(piece, Math.max(from, openFrom), Math.max(to, openFrom), slotSeconds)) {
    put(slots, Math.max(part.startedAt, openFrom), part.piece);
  }
}

/** Adds what was known at one instant. */
export function putAt(slots: Slots, at: number, piece: Piece): void {
  put(slots, Math.max(slotUpTo(at, slots.slotSeconds), slots.openFrom), piece);
}

/** The intervals that changed since this was asked last, by time. */
export function takeChanged(slots: Slots): readonly Interval[] {
  const starts = [...slots.changed].sort((a, b) => a - b);
  slots.changed.clear();
  return starts.flatMap((startedAt) => slots.held.get(startedAt) ?? []);
}

/** Lets go of the slots before that of `at`. */
export function closeBefore(slots: Slots, at: number): void {
  const openFrom = slotOf(at, slots.slotSeconds);
  if (openFrom <= slots.openFrom) return;
  slots.openFrom = openFrom;
  for (const startedAt of slots.held.keys()) if (startedAt < openFrom) slots.held.delete(startedAt);
}

function put(slots: Slots, startedAt: number, piece: Piece): void {
  const interval = { streamId: slots.streamId, startedAt, seconds: slots.slotSeconds, ...piece };
  const held = slots.held.get(startedAt);
  slots.held.set(startedAt, held === undefined ? interval : add(held, interval));
  slots.changed.add(startedAt);
}
