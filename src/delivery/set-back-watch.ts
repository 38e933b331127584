/** Clocks that are kept in step go back by less. Seconds. */
const SET_BACK_SECONDS = 60;

/** Notices a clock that was set back: times that were counted before would be waited for as long as it was ahead. */
export class SetBackWatch {
  /** The first look counts as one after it: the clock may have been set back while nobody ran. */
  #latest = Number.POSITIVE_INFINITY;

  /** Whether the clock is behind what was heeded last, or may be; `now` in epoch seconds. */
  look(now: number): 'kept' | 'unknown' | 'set-back' {
    if (now >= this.#latest - SET_BACK_SECONDS) return 'kept';
    return Number.isFinite(this.#latest) ? 'set-back' : 'unknown';
  }

  /** All is done that had to be; what failed before is done at the next look. */
  heeded(now: number): void {
    this.#latest = now;
  }
}
