import type { Datagram } from './datagram.ts';
import { DelayLine } from './delay-line.ts';
import { seededRandom } from './random.ts';
import { RelayedStream } from './relayed-stream.ts';
import { Tally } from './tally.ts';

/** RTCP packet types (RFC 3550, 6.4); the low five bits of their first octet count the report blocks. */
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;

/** Loss is a ratio 0–1 of RTP packets; the delay of each packet is `delaySeconds` ± `jitterSeconds`, in one direction. */
export type Impairment = {
  readonly loss: number;
  readonly delaySeconds: number;
  readonly jitterSeconds: number;
  readonly seed: number;
};

/** When a packet came to the relay and when it left it. Epoch seconds. */
export type Passage = { readonly receivedAt: number; readonly forwardedAt: number };

/** One direction through the relay. */
export class RelayPath {
  readonly streams = new Map<number, RelayedStream>();
  /** Delay of RTCP as really applied, late timers included. */
  readonly rtcp = new Tally();
  readonly stun = new Tally();
  readonly dtls = new Tally();
  /** Compounds that begin with a sender report, and those whose first packet has report blocks, by the SSRC that sent them. */
  readonly senderReports = new Map<number, Passage[]>();
  readonly receiverReports = new Map<number, Passage[]>();
  readonly line: DelayLine;
  readonly #random: () => number;
  readonly #impairment: Impairment;
  readonly #now: () => number;

  constructor(impairment: Impairment, seed: number, now: () => number) {
    this.#impairment = impairment;
    this.#random = seededRandom(seed);
    this.#now = now;
    this.line = new DelayLine(now);
  }

  stream(ssrc: number): RelayedStream {
    const known = this.streams.get(ssrc) ?? new RelayedStream(ssrc);
    this.streams.set(ssrc, known);
    return known;
  }

  pass(datagram: Datagram, forward: () => void): void {
    const receivedAt = this.#now();
    const done = this.#count(datagram, receivedAt);
    if (done === undefined) return;
    const { delaySeconds, jitterSeconds } = this.#impairment;
    this.line.push(delaySeconds + (2 * this.#random() - 1) * jitterSeconds, () => {
      forward();
      done(this.#now());
    });
  }

  /** What to note when the datagram has left; absent when it is dropped. */
  #count(datagram: Datagram, receivedAt: number): ((at: number) => void) | undefined {
    if (datagram.kind === 'rtp') {
      const stream = this.stream(datagram.ssrc);
      if (this.#random() < this.#impairment.loss) {
        stream.dropped();
        return undefined;
      }
      const upTo = stream.accepted();
      return (at) => stream.forwarded(upTo, receivedAt, at, datagram.timestamp);
    }
    if (datagram.kind === 'rtcp') {
      return (at) => {
        this.rtcp.add(at - receivedAt);
        this.#reported(datagram, { receivedAt, forwardedAt: at });
      };
    }
    if (datagram.kind === 'other') return () => {};
    const tally = this[datagram.kind];
    return (at) => tally.add(at - receivedAt);
  }

  #reported({ ssrc, packetType, reportCount }: Rtcp, passage: Passage): void {
    const isSenderReport = packetType === SENDER_REPORT;
    if (isSenderReport) append(this.senderReports, ssrc, passage);
    if ((isSenderReport || packetType === RECEIVER_REPORT) && reportCount > 0) {
      append(this.receiverReports, ssrc, passage);
    }
  }
}

type Rtcp = Extract<Datagram, { readonly kind: 'rtcp' }>;

function append(passages: Map<number, Passage[]>, ssrc: number, passage: Passage): void {
  const known = passages.get(ssrc) ?? [];
  known.push(passage);
  passages.set(ssrc, known);
}
