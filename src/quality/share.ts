import type { Interval, Loss, Spread } from '../model/interval.ts';
import { slotOf } from './interval.ts';
import { present } from './present.ts';

/** What was measured over some time, not yet put into slots. */
export type Piece = Omit<Interval, 'streamId' | 'startedAt' | 'seconds'>;

/** A piece and the slot it goes to. */
export type SlotPiece = { readonly startedAt: number; readonly piece: Piece };

/** Start of the slot that ends at `at` or goes on over it: counters tell of the time up to their sample. */
export function slotUpTo(at: number, slotSeconds: number): number {
  return Math.ceil(at / slotSeconds) * slotSeconds - slotSeconds;
}

/** Shares what was counted in (from, to] over the slots in proportion to time. Maxima and round trips stay whole, at its end. */
export function share(piece: Piece, from: number, to: number, slotSeconds: number): readonly SlotPiece[] {
  const last = slotUpTo(to, slotSeconds);
  const shared: SlotPiece[] = [];
  for (let startedAt = slotOf(Math.min(from, to), slotSeconds); startedAt < last; startedAt += slotSeconds) {
    const part = (startedAt + slotSeconds - Math.max(from, startedAt)) / (to - from);
    shared.push({ startedAt, piece: scale(piece, part) });
  }
  const part = to > from ? (to - Math.max(from, last)) / (to - from) : 1;
  shared.push({ startedAt: last, piece: atEnd(scale(piece, part), piece) });
  return shared;
}

function scale(piece: Piece, part: number): Piece {
  return present<Piece>({
    coveredSeconds: piece.coveredSeconds * part,
    taint: piece.taint,
    packets: times(piece.packets, part),
    octets: times(piece.octets, part),
    frames: times(piece.frames, part),
    height: piece.height,
    loss: scaleLoss(piece.loss, part),
    jitter: scaleSpread(piece.jitter, part),
    earlyJitter: scaleSpread(piece.earlyJitter, part),
    roundTrip: undefined,
  });
}

function scaleLoss(loss: Loss | undefined, part: number): Loss | undefined {
  if (loss === undefined) return undefined;
  const { worst, ...sums } = loss;
  return { ...sums, lost: loss.lost * part, of: loss.of * part };
}

function scaleSpread(spread: Spread | undefined, part: number): Spread | undefined {
  if (spread === undefined) return undefined;
  return { origin: spread.origin, sum: spread.sum * part, count: spread.count * part };
}

function atEnd(shared: Piece, whole: Piece): Piece {
  return present<Piece>({
    ...shared,
    loss: shared.loss && present<Loss>({ ...shared.loss, worst: whole.loss?.worst }),
    jitter: shared.jitter && present<Spread>({ ...shared.jitter, worst: whole.jitter?.worst }),
    earlyJitter: shared.earlyJitter && present<Spread>({ ...shared.earlyJitter, worst: whole.earlyJitter?.worst }),
    roundTrip: whole.roundTrip,
  });
}

function times(value: number | undefined, part: number): number | undefined {
  return value === undefined ? undefined : value * part;
}
