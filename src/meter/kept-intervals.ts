import type { Interval } from '../model/interval.ts';
import { add, addLoss, addSpread } from '../quality/interval.ts';
import { present } from '../quality/present.ts';
import type { MeasuredInterval, MeasuredStream } from './measured.ts';

/** A time in which a stream had packets, seconds since the epoch. */
export type Activity = { from: number; to: number };

/** What was kept of one stream. */
export type KeptStream = { readonly intervals: readonly MeasuredInterval[]; readonly active: readonly Activity[] };

/** Whether the seconds [from, to) of a stream are wanted. */
export type Wanted = (stream: MeasuredStream, from: number, to: number) => boolean;

type Held = { readonly slots: Map<number, MeasuredInterval>; readonly active: Activity[] };

/**
 * The intervals of the streams that somebody wants, brought from the slots of a meter to longer ones of `slotSeconds`:
 * the begin of a call is cut to the short slot, and memory stays that of the long ones. In those the seconds without
 * an interval count as covered: whoever reads a file to its end saw that nothing came.
 */
export class KeptIntervals {
  readonly #slotSeconds: number;
  readonly #wanted: Wanted;
  readonly #streams = new Map<string, MeasuredStream>();
  readonly #held = new Map<string, Held>();

  constructor(slotSeconds: number, wanted: Wanted) {
    this.#slotSeconds = slotSeconds;
    this.#wanted = wanted;
  }

  /** Takes what a meter gave. */
  take(given: { readonly streams: readonly MeasuredStream[]; readonly intervals: readonly MeasuredInterval[] }): void {
    for (const stream of given.streams) this.#streams.set(stream.streamId, stream);
    for (const interval of given.intervals) {
      const stream = this.#streams.get(interval.streamId);
      const { startedAt, seconds } = interval.observed;
      if (stream !== undefined && this.#wanted(stream, startedAt, startedAt + seconds)) this.#hold(interval);
    }
  }

  /** What was kept of a stream. */
  of(streamId: string): KeptStream {
    const held = this.#held.get(streamId);
    return { intervals: [...(held?.slots.values() ?? [])], active: held?.active ?? [] };
  }

  #hold(interval: MeasuredInterval): void {
    const { observed, streamId } = interval;
    const held = this.#held.get(streamId) ?? { slots: new Map(), active: [] };
    this.#held.set(streamId, held);
    const start = Math.floor(observed.startedAt / this.#slotSeconds) * this.#slotSeconds;
    const earlier = held.slots.get(start);
    held.slots.set(
      start,
      earlier === undefined ? widened(interval, start, this.#slotSeconds) : addMeasured(earlier, interval),
    );
    if ((observed.packets ?? 0) > 0) note(held.active, observed.startedAt, observed.startedAt + observed.seconds);
  }
}

/** A pause below this is none (docs/metrics.md, section 4). Seconds. */
const PAUSE = 10;

function note(active: Activity[], from: number, to: number): void {
  const last = active.at(-1);
  if (last === undefined || from - last.to >= PAUSE) active.push({ from, to });
  else last.to = Math.max(last.to, to);
}

/** Seconds that were not observed, or are tainted. */
const blind = ({ observed }: MeasuredInterval): number => observed.seconds - observed.coveredSeconds;

function widened(interval: MeasuredInterval, startedAt: number, seconds: number): MeasuredInterval {
  const coveredSeconds = Math.max(0, seconds - blind(interval));
  return { ...interval, observed: { ...interval.observed, startedAt, seconds, coveredSeconds } };
}

/** Both together, in the slot of the first. */
function addMeasured(a: MeasuredInterval, b: MeasuredInterval): MeasuredInterval {
  const { startedAt, seconds } = a.observed;
  const coveredSeconds = Math.max(0, a.observed.coveredSeconds - blind(b));
  return present<MeasuredInterval>({
    streamId: a.streamId,
    observed: { ...add(a.observed, b.observed), startedAt, seconds, coveredSeconds },
    reported: addReported(a.reported, b.reported),
    roundTrip: addTrips(a.roundTrip, b.roundTrip),
  });
}

type Reported = MeasuredInterval['reported'];

function addReported(a: Reported, b: Reported): Reported {
  if (a === undefined || b === undefined) return a ?? b;
  return present<NonNullable<Reported>>({
    loss: addLoss(a.loss, b.loss),
    jitter: addSpread(a.jitter, b.jitter),
    earlyJitter: addSpread(a.earlyJitter, b.earlyJitter),
  });
}

type Trips = MeasuredInterval['roundTrip'];

function addTrips(a: Trips, b: Trips): Trips {
  if (a === undefined || b === undefined) return a ?? b;
  return present<NonNullable<Trips>>({
    ofSender: addOrigins(a.ofSender, b.ofSender),
    ofReceiver: addOrigins(a.ofReceiver, b.ofReceiver),
  });
}

/** By origin, as intervals themselves add. */
function addOrigins(a: Interval['roundTrip'], b: Interval['roundTrip']): Interval['roundTrip'] {
  const slot = (roundTrip: Interval['roundTrip']): Interval =>
    present<Interval>({ streamId: '', startedAt: 0, seconds: 0, coveredSeconds: 0, roundTrip });
  return add(slot(a), slot(b)).roundTrip;
}
