/** What a receiver at the tap has to find of one stream, kept by packet numbers instead of sequence numbers. */
export class Observed {
  /** Packets, copies included; unique ones; copies; unique ones that came after a later one. */
  received = 0;
  packets = 0;
  duplicates = 0;
  reordered = 0;
  /** The highest packet number so far. */
  highest = -1;
  firstAt: number | undefined;
  lastAt = 0;
  /** RFC 3550, A.8, over every packet in the order of arrival, in timestamp units: now, its sum and maximum. */
  jitter = 0;
  jitterSum = 0;
  jitterMaximum = 0;
  readonly #unitsPerMicro: number;
  #lastTimestamp = 0;

  /** `clockRate`: RTP timestamp units per second. */
  constructor(clockRate: number) {
    this.#unitsPerMicro = clockRate / 1e6;
  }

  /** `timestamp` counts from the stream's first and does not wrap. */
  packet(micros: number, number: number, timestamp: number, copy: boolean): void {
    if (this.firstAt === undefined) this.firstAt = micros;
    else this.#update((micros - this.lastAt) * this.#unitsPerMicro - (timestamp - this.#lastTimestamp));
    this.lastAt = micros;
    this.#lastTimestamp = timestamp;
    this.received += 1;
    if (copy) this.duplicates += 1;
    else this.packets += 1;
    if (number > this.highest) this.highest = number;
    else if (!copy) this.reordered += 1;
  }

  #update(difference: number): void {
    this.jitter += (Math.abs(difference) - this.jitter) / 16;
    this.jitterSum += this.jitter;
    if (this.jitter > this.jitterMaximum) this.jitterMaximum = this.jitter;
  }
}
