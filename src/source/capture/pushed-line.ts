import type { LiveLeg } from './live-leg.ts';
import type { PushedRtcp } from './messages.ts';

/** Compounds that wait at once; beyond it they wait less. */
const MOST = 8192;

type Waiting = { readonly leg: LiveLeg; readonly compound: PushedRtcp; readonly due: number };

/** Pushed RTCP that waits as packets do: it is about some that were captured and are not counted yet. */
export class PushedLine {
  readonly #give: (leg: LiveLeg, compound: PushedRtcp) => void;
  /** In the order in which it leaves. */
  #waiting: Waiting[] = [];

  constructor(give: (leg: LiveLeg, compound: PushedRtcp) => void) {
    this.#give = give;
  }

  /** When the next one leaves, microseconds; infinite if none waits. */
  get next(): number {
    return this.#waiting[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Takes what came at `micros`: it leaves once the packets up to then are counted, and those up to its own time. */
  take(leg: LiveLeg, compounds: readonly PushedRtcp[], micros: number): void {
    for (const compound of compounds) {
      this.#waiting.push({ leg, compound, due: Math.max(Math.round(compound.at * 1e6), micros) });
    }
    this.#waiting.sort((a, b) => a.due - b.due || a.compound.at - b.compound.at);
    const surplus = this.#waiting[this.#waiting.length - MOST - 1];
    if (surplus !== undefined) this.release(surplus.due);
  }

  /** Gives out what is due by `micros`. */
  release(micros: number): void {
    if (this.next > micros) return;
    this.#part(({ due }) => due <= micros);
  }

  /** Gives out all of a leg, which is over. */
  releaseOf(leg: LiveLeg): void {
    this.#part((one) => one.leg === leg);
  }

  #part(leaves: (one: Waiting) => boolean): void {
    const leaving = this.#waiting.filter(leaves);
    this.#waiting = this.#waiting.filter((one) => !leaves(one));
    for (const { leg, compound } of leaving) this.#give(leg, compound);
  }
}
