import { InterarrivalJitter } from './interarrival-jitter.ts';
import { Tally } from './tally.ts';

/** How far back a stream can still be asked for its counts; a receiver report is never older. Seconds. */
const MEMORY_SECONDS = 60;

/** Packets that came to the relay and how many of them it dropped. */
export type PacketCount = { readonly packets: number; readonly lost: number };

type Mark = PacketCount & { readonly at: number };

/** What the relay did to one SSRC in one direction. Times are epoch seconds of the moment a packet left the relay. */
export class RelayedStream {
  readonly ssrc: number;
  readonly delay = new Tally();
  readonly jitter = new InterarrivalJitter();
  #packets = 0;
  #lost = 0;
  readonly #marks: Mark[] = [];

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  /** Everything that came so far, forwarded or not. */
  get count(): PacketCount {
    return { packets: this.#packets, lost: this.#lost };
  }

  dropped(): void {
    this.#packets += 1;
    this.#lost += 1;
  }

  /** Counts a packet that will be forwarded; to be called with the result when it has left. */
  accepted(): PacketCount {
    this.#packets += 1;
    return this.count;
  }

  /** `upTo`: the count when this packet came, so that the drops before it become known to the receiver now. */
  forwarded(upTo: PacketCount, receivedAt: number, at: number, timestamp: number): void {
    this.delay.add(at - receivedAt);
    this.jitter.add(at, timestamp);
    this.#marks.push({ ...upTo, at });
    while (this.#marks[1] !== undefined && this.#marks[1].at < at - MEMORY_SECONDS) this.#marks.shift();
  }

  /** What a receiver that got everything which left the relay until `at` can know of. */
  countAt(at: number): PacketCount {
    const mark = this.#marks.findLast((candidate) => candidate.at <= at);
    return mark === undefined ? { packets: 0, lost: 0 } : { packets: mark.packets, lost: mark.lost };
  }
}
