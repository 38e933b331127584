import type { Logger } from 'pino';
import type { Clock } from '../model/clock.ts';

/** Clocks that are kept in step differ by less. */
const CLOCK_SET_SECONDS = 60;

export type SetClockParts = {
  readonly log: Pick<Logger, 'warn'>;
  /** Told by how many seconds it was set (back: below 0). Never rejects. */
  readonly onSet: (seconds: number) => Promise<void>;
  /** A clock that nobody sets, seconds; the system's if absent. */
  readonly steady?: () => number;
};

/** A clock that was set by more than a minute since it was read last says so before anybody has the new time. */
export class SetClock implements Clock {
  readonly #clock: Clock;
  readonly #parts: SetClockParts;
  readonly #steady: () => number;
  #last: { readonly at: number; readonly steady: number };

  constructor(clock: Clock, parts: SetClockParts) {
    this.#clock = clock;
    this.#parts = parts;
    this.#steady = parts.steady ?? (() => performance.now() / 1000);
    this.#last = { at: clock.now(), steady: this.#steady() };
  }

  now(): number {
    const { at, steady } = this.#last;
    this.#last = { at: this.#clock.now(), steady: this.#steady() };
    const set = this.#last.at - at - (this.#last.steady - steady);
    if (Math.abs(set) > CLOCK_SET_SECONDS) this.#tell(set);
    return this.#last.at;
  }

  #tell(seconds: number): void {
    const fields = { op: 'clock', seconds: Math.round(seconds) };
    this.#parts.log.warn(fields, 'the clock was set; live legs go on by their own time');
    void this.#parts.onSet(seconds);
  }
}
