/** What the path in front of the tap does to packets. Shares are 0–1 of those sent. */
export type Impairment = {
  readonly loss: number;
  readonly duplicates: number;
  readonly reordering: number;
  /** Mean of the exponential delay added to a packet, microseconds; those behind it wait (a queue). */
  readonly jitterMicros: number;
};

const LONGEST_WAIT = 60_000;
/** A queue lets one packet out each so many microseconds at most. */
const SPACING = 10;

/** The first and last packets pass unharmed, so that what a receiver expects is what was sent. */
export const UNHARMED = 16;

/** Decides, packet after packet, when it and its copy pass the tap. */
export class ImpairedPath {
  /** Arrival of the packet given last, and of its copy; undefined: lost, no copy. Microseconds. */
  arrival: number | undefined;
  copy: number | undefined;
  readonly #impairment: Impairment;
  readonly #random: () => number;
  #queue = 0;

  constructor(impairment: Impairment, random: () => number) {
    this.#impairment = impairment;
    this.#random = random;
  }

  /** `harmless`: neither lost nor copied nor reordered. */
  pass(sent: number, harmless: boolean): void {
    const { loss, duplicates, reordering, jitterMicros } = this.#impairment;
    const random = this.#random;
    const wait = Math.min(LONGEST_WAIT, -Math.log(1 - random()) * jitterMicros);
    const through = Math.max(this.#queue + SPACING, sent + Math.round(wait));
    this.arrival = undefined;
    this.copy = undefined;
    if (!harmless && random() < loss) return;
    const late = !harmless && random() < reordering;
    this.arrival = late ? through + 5000 + Math.floor(random() * 25_000) : through;
    if (!late) this.#queue = through;
    if (!harmless && random() < duplicates) this.copy = this.arrival + 100 + Math.floor(random() * 2000);
  }
}
