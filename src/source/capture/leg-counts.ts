/** What is counted of a leg second by second. */
export type Counted = { rtpIn: number; rtpOut: number; rtcpIn: number; rtcpOut: number };

const SECONDS = 10;

const nothing = (): Counted => ({ rtpIn: 0, rtpOut: 0, rtcpIn: 0, rtcpOut: 0 });

/** Packets of a leg in the last ten seconds. */
export class LegCounts {
  now: Counted = nothing();
  #past: Counted[] = [];

  /** Another second begins. */
  next(): void {
    this.#past = [...this.#past, this.now].slice(-SECONDS);
    this.now = nothing();
  }

  sums(): Readonly<Counted> {
    const sum = nothing();
    for (const second of [...this.#past, this.now].slice(-SECONDS))
      for (const name of ['rtpIn', 'rtpOut', 'rtcpIn', 'rtcpOut'] as const) sum[name] += second[name];
    return sum;
  }
}
