type Waiting = { readonly due: number; readonly deliver: () => void };

/** Items due within this many seconds go out at once: timers have whole milliseconds. */
const GRAIN_SECONDS = 0.0005;

/** Holds what passes for a while and lets it out in the order it came. Seconds. */
export class DelayLine {
  readonly #now: () => number;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Delivers after `delay` seconds, but never before what came earlier. */
  push(delay: number, deliver: () => void): void {
    this.#waiting.push({ due: this.#now() + delay, deliver });
    if (this.#timer === undefined) this.#arm();
  }

  /** Forgets what still waits. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = [];
  }

  #arm(): void {
    const next = this.#waiting[0];
    this.#timer =
      next && setTimeout(() => this.#deliverDue(), Math.max(0, Math.floor((next.due - this.#now()) * 1000)));
  }

  #deliverDue(): void {
    const horizon = this.#now() + GRAIN_SECONDS;
    const firstLater = this.#waiting.findIndex((item) => item.due > horizon);
    const due = this.#waiting.splice(0, firstLater === -1 ? this.#waiting.length : firstLater);
    for (const item of due) item.deliver();
    this.#arm();
  }
}
