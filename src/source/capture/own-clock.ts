import type { Interval, Peak } from '../../model/interval.ts';
import type { Leg } from '../../model/leg.ts';

/** After the clock was set, slots that began before are told so long. Seconds. */
const STRAGGLERS_SECONDS = 60;

/** How the clock was set last. */
type Set = {
  /** Added to stamps of before. */
  readonly offset: number;
  /** The clock right before and after, and until when something may come that was stamped before. */
  readonly from: number;
  readonly to: number;
  readonly until: number;
};

/** Puts what was stamped by this host's clock on a leg's own time, which goes on when the clock is set. Epoch seconds. */
export class OwnClock {
  #offset: number;
  #most: number;
  #set: Set | undefined;

  constructor({ ownTime }: Pick<Leg, 'ownTime'>) {
    this.#offset = ownTime?.offset ?? 0;
    this.#most = this.#offset;
  }

  /** The leg is told of again; the clock is at `now`. */
  follow({ ownTime }: Pick<Leg, 'ownTime'>, now: number): void {
    const { offset, leaps } = ownTime ?? { offset: 0, leaps: [] };
    if (offset === this.#offset) return;
    const from = (leaps.at(-1)?.from ?? now + offset) - this.#offset;
    this.#set = { offset: this.#offset, from, to: now, until: now + STRAGGLERS_SECONDS };
    this.#offset = offset;
    this.#most = Math.max(this.#most, offset);
  }

  /** The earliest stamp that may be of this own time or later, whichever clock it is by. */
  earliestOf(own: number): number {
    return own - this.#most;
  }

  stampOf(own: number): number {
    return own - this.#offset;
  }

  own(now: number): number {
    return now + this.#offset;
  }

  /** What was measured, when the clock is at `now`. Slots that the clock passed over are left out: there is nothing in them. */
  put(intervals: readonly Interval[], now: number): readonly Interval[] {
    const set = this.#set !== undefined && now <= this.#set.until ? this.#set : undefined;
    if (set === undefined) return intervals.map((interval) => moved(interval, this.#offset));
    return intervals.flatMap((interval) => {
      if (isBefore(interval, set, now)) return [moved(interval, set.offset)];
      return interval.packets === 0 && interval.startedAt + interval.seconds <= set.to
        ? []
        : [moved(interval, this.#offset)];
    });
  }
}

/** Stamped before the clock was set: forward, it was not as late yet as since; back, it will not be as late for long. */
function isBefore({ startedAt, seconds }: Interval, { from, to }: Set, now: number): boolean {
  return to > from ? startedAt <= from : startedAt > now + seconds;
}

function moved(interval: Interval, by: number): Interval {
  if (by === 0) return interval;
  const { loss, jitter, earlyJitter, roundTrip } = interval;
  const peak = <T extends { readonly worst?: Peak }>(sum: T): T =>
    sum.worst === undefined ? sum : { ...sum, worst: { ...sum.worst, at: sum.worst.at + by } };
  // Sound: the same origins, each with its own spread.
  const trips =
    roundTrip &&
    (Object.fromEntries(Object.entries(roundTrip).map(([origin, one]) => [origin, peak(one)])) as typeof roundTrip);
  return {
    ...interval,
    startedAt: interval.startedAt + by,
    ...(loss && { loss: peak(loss) }),
    ...(jitter && { jitter: peak(jitter) }),
    ...(earlyJitter && { earlyJitter: peak(earlyJitter) }),
    ...(trips && { roundTrip: trips }),
  };
}
