import type { Clock } from '../model/clock.ts';
import { SetBackWatch } from './set-back-watch.ts';

/** After a round that failed the next one follows in this time. Seconds. */
const RETRY_SECONDS = 2;
/** No timer is longer, so that a clock that jumps costs a minute at most. Seconds. */
const LONGEST_SLEEP_SECONDS = 60;

export type RoundsParts = {
  readonly clock: Clock;
  /** Does what is due at `now`, and answers when more may be (epoch seconds); undefined: whoever has something wakes us. */
  readonly look: (now: number) => Promise<number | undefined>;
  /**
   * The clock was set back by so many seconds; infinite in the first round, since it may have been while nobody ran. Told
   * before the look, and again if it rejects.
   */
  readonly setBack: (seconds: number, now: number) => Promise<void>;
  /** Either of them rejected. */
  readonly failed: (error: unknown) => void;
};

/** Looks for what is due, one round at a time: when woken, when something becomes due, and when work that it began ends. */
export class Rounds {
  readonly #parts: RoundsParts;
  readonly #watch = new SetBackWatch();
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  #started = false;
  #again = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: RoundsParts) {
    this.#parts = parts;
  }

  /** Aborts at `stop`. */
  get signal(): AbortSignal {
    return this.#stopping.signal;
  }

  get isStarted(): boolean {
    return this.#started;
  }

  /** A round is on, or work that one began. */
  get isBusy(): boolean {
    return this.#running !== undefined || this.#underWay.size > 0;
  }

  /** How many works are under way. */
  get underWay(): number {
    return this.#underWay.size;
  }

  start(): void {
    this.#started = true;
    this.wake();
  }

  /** Something may be due: looks at once, or once more after the round that is on. Nothing before `start` and after `stop`. */
  wake(): void {
    if (!this.#started || this.signal.aborted) return;
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Work that must not reject: its end makes room, and wakes. */
  launch(work: Promise<void>): void {
    const mine = work.finally(() => {
      this.#underWay.delete(mine);
      this.wake();
    });
    this.#underWay.add(mine);
  }

  /** No further round; resolves when the one that is on and all work under way have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    await this.#running;
    await Promise.all(this.#underWay);
  }

  async #run(): Promise<void> {
    // A wake-up while we look may be about something that we have just not seen: look again.
    while (this.#again && !this.signal.aborted) {
      this.#again = false;
      this.#sleepUntil(await this.#look());
    }
    this.#running = undefined;
  }

  async #look(): Promise<number | undefined> {
    const { clock, look, setBack, failed } = this.#parts;
    try {
      const now = clock.now();
      const behind = this.#watch.behind(now);
      if (behind > 0) await setBack(behind, now);
      this.#watch.heeded(now);
      return await look(now);
    } catch (error) {
      failed(error);
      return clock.now() + RETRY_SECONDS;
    }
  }

  #sleepUntil(time: number | undefined): void {
    clearTimeout(this.#timer);
    if (time === undefined || this.signal.aborted) return;
    const seconds = Math.min(Math.max(time - this.#parts.clock.now(), 0), LONGEST_SLEEP_SECONDS);
    this.#timer = setTimeout(() => this.wake(), Math.ceil(seconds * 1000));
  }
}
