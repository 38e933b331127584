/** One in so many claims goes to new reports while there is a backlog. */
const EVERY = 4;

/**
 * Which reports the next free place is for. A backlog is sent oldest first, and would hold back what ends meanwhile for
 * as long as it lasts: while there is one, every fourth place is for reports made since it was there, oldest first too.
 */
export class Lanes {
  /** Reports made since then are new. Epoch seconds. */
  #since: number;
  #behind = true;
  #turn = 0;

  constructor(now: number) {
    this.#since = now;
  }

  /** Since when the next claim's reports must be made to have the place; undefined: all that are due, oldest first. */
  next(): number | undefined {
    this.#turn += 1;
    return this.#behind && this.#turn % EVERY === 0 ? this.#since : undefined;
  }

  /** What a claim of all that are due yielded, when each was made, of how many it might have. */
  claimed(createdAt: readonly number[], limit: number, now: number): void {
    this.#behind = createdAt.length === limit;
    // Caught up, or the backlog has come to what was new: from now on other reports are new.
    if (!this.#behind || createdAt.some((at) => at >= this.#since)) this.#since = now;
  }
}
