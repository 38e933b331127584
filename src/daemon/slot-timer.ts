/** The ends of slots of so many seconds, which divide a minute; `after`, less than they: so long after each. */
export type Slots = { readonly seconds: number; readonly after: number };

/**
 * Runs at the ends of slots. They are counted from the epoch, and so lie where the wall clock's do, also in the hour that the end
 * of summer time repeats: asked for the next time in such an hour, a calendar answers with one of the hour after it. What is late
 * is run once for all the times that went by, and not while the run before it lasts.
 */
export class SlotTimer {
  readonly #slots: Slots;
  readonly #run: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #isBusy = false;

  /** `run` never rejects. */
  constructor(slots: Slots, run: () => Promise<void>) {
    this.#slots = slots;
    this.#run = run;
    this.#wait(undefined);
  }

  /** No further run. */
  destroy(): void {
    clearTimeout(this.#timer);
  }

  /** `last`: the end that was run last, epoch milliseconds. A timer may be early by a millisecond, and comes to the same again. */
  #wait(last: number | undefined): void {
    const [step, offset] = [1000 * this.#slots.seconds, 1000 * this.#slots.after];
    const now = Date.now();
    const next = (Math.floor((now - offset) / step) + 1) * step + offset;
    const end = next === last ? next + step : next;
    this.#timer = setTimeout(() => {
      this.#wait(end);
      void this.#once();
    }, end - now);
  }

  async #once(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    await this.#run();
    this.#isBusy = false;
  }
}
