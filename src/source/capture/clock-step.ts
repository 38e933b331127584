/** Two clocks may be read so far apart and still be compared. Seconds. */
const LONGEST_READING = 0.002;
/** A clock that is slewed gains 0.5 ms in a second at most (adjtimex(2)); more than this was set. Seconds. */
const SMALLEST_STEP = 0.02;

/** The wall clock was set between two looks: `before` and `after` are the seconds around it on the old and the new time line. */
export type ClockStep = {
  readonly seconds: number;
  readonly before: readonly [from: number, to: number];
  readonly after: readonly [from: number, to: number];
};

/** Finds out whether the wall clock, which stamps packets, was set. All times in seconds. */
export class ClockWatch {
  #wall: number | undefined;
  #steady = 0;

  /** `steadyBefore` and `steadyAfter`: the monotonic clock right before and after `wall` was read. */
  look(wall: number, steadyBefore: number, steadyAfter: number): ClockStep | undefined {
    if (steadyAfter - steadyBefore > LONGEST_READING) return undefined;
    const last = this.#wall;
    const elapsed = steadyBefore - this.#steady;
    this.#wall = wall;
    this.#steady = steadyBefore;
    const seconds = last === undefined ? 0 : wall - last - elapsed;
    if (last === undefined || Math.abs(seconds) < SMALLEST_STEP) return undefined;
    return { seconds, before: [last, last + elapsed], after: [wall - elapsed, wall] };
  }
}
