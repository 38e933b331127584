import type { LiveLeg } from './live-leg.ts';
import { isMute } from './patience.ts';

/** Of the live legs those that nobody controls and of which no packet was seen. */
export class MuteLegs {
  readonly #live: ReadonlyMap<string, LiveLeg>;
  readonly #end: (mediaLegId: string) => Promise<void>;
  readonly #ending = new Set<string>();

  constructor(live: ReadonlyMap<string, LiveLeg>, end: (mediaLegId: string) => Promise<void>) {
    this.#live = live;
    this.#end = end;
  }

  get count(): number {
    return [...this.#live.values()].filter(isMute).length;
  }

  /** Ends the one of them that began first; false if there is none. */
  async endFirst(): Promise<boolean> {
    for (const live of this.#live.values()) {
      const { mediaLegId } = live.leg;
      if (!isMute(live) || this.#ending.has(mediaLegId)) continue;
      this.#ending.add(mediaLegId);
      await this.#end(mediaLegId).finally(() => this.#ending.delete(mediaLegId));
      return true;
    }
    return false;
  }
}
