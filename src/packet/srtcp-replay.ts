/** Senders that are remembered; who is in here had a key. */
const MOST_SENDERS = 256;

/** How far back a number is known to have been there: bits of a safe integer's lower half. */
const WINDOW = 32;

type Seen = { newest: number; before: number };

/** Tells packets that were there before (RFC 3711, 3.3.2) by the index that each sender counts up. */
export class SrtcpReplay {
  readonly #senders = new Map<number, Seen>();

  /** True if this sender's packet of that number was seen; then or now it is remembered. */
  again(ssrc: number, index: number): boolean {
    const seen = this.#senders.get(ssrc);
    if (seen === undefined) {
      if (this.#senders.size >= MOST_SENDERS) this.#senders.clear();
      this.#senders.set(ssrc, { newest: index, before: 1 });
      return false;
    }
    const step = index - seen.newest;
    if (step > 0) {
      seen.before = step < WINDOW ? (seen.before << step) | 1 : 1;
      seen.newest = index;
      return false;
    }
    if (step <= -WINDOW) return false;
    const bit = 1 << -step;
    if (seen.before & bit) return true;
    seen.before |= bit;
    return false;
  }
}
