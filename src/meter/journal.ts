import type { Interval, Loss, RoundTripOrigin, Spread } from '../model/interval.ts';
import { add, addLoss, addSpread } from '../quality/interval.ts';
import { coverageOf } from '../quality/packet-slot.ts';
import type { PacketTable } from '../quality/packet-table.ts';
import { present } from '../quality/present.ts';
import type { MeasuredInterval } from './measured.ts';

type Reported = NonNullable<MeasuredInterval['reported']>;
type RoundTrips = Partial<Record<RoundTripOrigin, Spread>>;
type Slot = { reported: Reported; ofSender: RoundTrips; ofReceiver: RoundTrips };

/** Whose view of the loop a round trip is: the sender's of the stream, or its receiver's. */
export type View = 'ofSender' | 'ofReceiver';

/**
 * Intervals as they close, with what others told of the same stream in the same slot. A slot is given out once, when its
 * packets are complete; what was told of slots without packets follows at the stream's end.
 */
export class Journal {
  readonly #slotSeconds: number;
  readonly #keeps: boolean;
  /** By stream, then by begin of the slot. */
  readonly #open = new Map<number, Map<number, Slot>>();
  #closed: MeasuredInterval[] = [];
  readonly #changed = new Set<number>();

  constructor(slotSeconds: number, keeps: boolean) {
    this.#slotSeconds = slotSeconds;
    this.#keeps = keeps;
  }

  /** What the receiver of a stream reported at this time; sums over what it covers. Seconds since the epoch. */
  report(stream: number, at: number, told: { readonly loss?: Loss; readonly jitter?: Spread }): void {
    if (!this.#keeps) return;
    const slot = this.#slot(stream, at);
    slot.reported = present<Reported>({
      loss: addLoss(slot.reported.loss, told.loss),
      jitter: addSpread(slot.reported.jitter, told.jitter),
      earlyJitter: undefined,
    });
  }

  /** One round trip of the loop that the stream is on. Seconds. */
  roundTrip(stream: number, at: number, view: View, origin: RoundTripOrigin, value: number): void {
    if (!this.#keeps) return;
    const trips = this.#slot(stream, at)[view];
    const told = origin === 'xr-voip' ? 'reported' : 'observed';
    trips[origin] = addSpread(trips[origin], { origin: told, sum: value, count: 1, worst: { value, at } }) as Spread;
  }

  /** Packets of a slot are complete. */
  close(stream: number, streamId: string, counted: Omit<Interval, 'streamId'>): void {
    this.#changed.add(stream);
    const slot = this.#open.get(stream)?.get(counted.startedAt);
    this.#open.get(stream)?.delete(counted.startedAt);
    const last = this.#closed.at(-1);
    const observed = { streamId, ...counted };
    // A clock that was set back can close the same slot twice.
    if (last?.streamId === streamId && last.observed.startedAt === counted.startedAt) {
      this.#closed.pop();
      this.#closed.push({
        ...last,
        observed: { ...add(last.observed, observed), coveredSeconds: counted.coveredSeconds },
      });
    } else this.#closed.push(measured(observed, slot));
  }

  /** The stream is over: what was told of slots without packets follows. */
  end(stream: number, streamId: string, table: PacketTable): void {
    const seconds = this.#slotSeconds;
    for (const [startedAt, slot] of [...(this.#open.get(stream) ?? [])].sort(([a], [b]) => a - b)) {
      const { coveredSeconds, taint } = coverageOf(table, startedAt);
      const observed = { streamId, startedAt, seconds, coveredSeconds, packets: 0, octets: 0, frames: 0 };
      this.#closed.push(measured(taint === undefined ? observed : { ...observed, taint }, slot));
    }
    this.#open.delete(stream);
  }

  /** Streams with intervals since this was asked last. */
  takeChanged(): readonly number[] {
    const changed = [...this.#changed];
    this.#changed.clear();
    return changed;
  }

  /** Intervals that closed since this was asked last, by time. */
  take(): readonly MeasuredInterval[] {
    const closed = this.#closed;
    this.#closed = [];
    return closed.sort((a, b) => a.observed.startedAt - b.observed.startedAt);
  }

  #slot(stream: number, at: number): Slot {
    const startedAt = Math.floor(at / this.#slotSeconds) * this.#slotSeconds;
    const slots = this.#open.get(stream) ?? new Map<number, Slot>();
    const slot = slots.get(startedAt) ?? { reported: {}, ofSender: {}, ofReceiver: {} };
    this.#open.set(stream, slots.set(startedAt, slot));
    return slot;
  }
}

function measured(observed: Interval, slot: Slot | undefined): MeasuredInterval {
  if (slot === undefined) return { streamId: observed.streamId, observed };
  const { reported, ofSender, ofReceiver } = slot;
  return { streamId: observed.streamId, observed, reported, roundTrip: { ofSender, ofReceiver } };
}
