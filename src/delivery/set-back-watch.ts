/** Clocks that are kept in step go back by less. Seconds. */
const SET_BACK_SECONDS = 60;

/** Notices a clock that was set back: times that were counted before would be waited for as long as it was ahead. */
export class SetBackWatch {
  /** The first look counts as one after it: the clock may have been set back while nobody ran. */
  #latest = Number.POSITIVE_INFINITY;

  /** By how many seconds the clock is behind what was heeded last: 0 where it was not set back, infinite at first. */
  behind(now: number): number {
    return now >= this.#latest - SET_BACK_SECONDS ? 0 : this.#latest - now;
  }

  /** All is done that had to be at `now` (epoch seconds); what failed before is done at the next look. */
  heeded(now: number): void {
    this.#latest = now;
  }
}
