import { Tally } from './tally.ts';

/** Interarrival jitter of RFC 3550, A.8, over every packet, as soon as the clock rate is known. Seconds. */
export class InterarrivalJitter {
  /** The jitter after each packet. */
  readonly values = new Tally();
  /** RTP timestamp units per second. */
  clockRate: number | undefined;
  #last: { at: number; timestamp: number } | undefined;
  #jitter = 0;

  add(at: number, timestamp: number): void {
    const last = this.#last;
    this.#last = { at, timestamp };
    if (last === undefined || this.clockRate === undefined) return;
    // The signed 32-bit difference survives the wrap of the timestamp.
    const sent = ((timestamp - last.timestamp) | 0) / this.clockRate;
    this.#jitter += (Math.abs(at - last.at - sent) - this.#jitter) / 16;
    this.values.add(this.#jitter);
  }
}
