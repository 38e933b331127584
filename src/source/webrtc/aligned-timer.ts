import type { Clock } from '../../model/clock.ts';

/** A share of the period by which a timer may fire early and still be of the turn it was set for. */
const EARLY = 0.01;

/** Runs at every whole multiple of `seconds` of the wall clock, so that samples end where slots do, until stopped. */
export class AlignedTimer {
  readonly #seconds: number;
  readonly #clock: Clock;
  readonly #run: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(seconds: number, clock: Clock, run: () => void) {
    this.#seconds = seconds;
    this.#clock = clock;
    this.#run = run;
  }

  /** Starting what runs already changes nothing. */
  start(): void {
    if (this.#timer === undefined) this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const turn = (): void => {
      this.#arm();
      this.#run();
    };
    this.#timer = setTimeout(turn, untilTurn(this.#clock.now(), this.#seconds) * 1000);
  }
}

/** Seconds from `now` to the next whole multiple of `period`; a moment just before one counts as being there. */
export function untilTurn(now: number, period: number): number {
  return (Math.floor(now / period + EARLY) + 1) * period - now;
}
