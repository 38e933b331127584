import type { CaptureWriter } from './capture-writer.ts';
import type { Endpoint } from './endpoint.ts';
import { type FrameHeader, type FrameOptions, folded, frameHeader } from './frame.ts';
import { ImpairedPath, type Impairment, UNHARMED } from './impaired-path.ts';
import { type Media, markerOf, sentAt, timestampOf } from './media.ts';
import { Observed } from './observed.ts';

const RTP_HEADER = 12;

export type StreamPlan = FrameOptions & {
  readonly media: Media;
  readonly ssrc: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Microseconds after the capture's beginning, and from the sender to the tap. */
  readonly startMicros: number;
  readonly delayMicros: number;
  readonly seconds: number;
  readonly impairment: Impairment;
  /** Octets kept of a packet. */
  readonly snapLength: number;
};

/** One SSRC on its way to the tap: which packets pass, when, and their octets. */
export class Stream {
  readonly plan: StreamPlan;
  readonly observed: Observed;
  /** Packets that the sender sends in all. */
  readonly total: number;
  /** Packets sent so far. */
  sent = 0;
  readonly firstSequence: number;
  readonly firstTimestamp: number;
  readonly #path: ImpairedPath;
  readonly #header: FrameHeader;
  readonly #frame: Uint8Array;
  readonly #length: number;
  readonly #sum: number;

  constructor(plan: StreamPlan, random: () => number) {
    const { media, ssrc, snapLength } = plan;
    this.plan = plan;
    this.observed = new Observed(media.clockRate);
    this.total = media.rate * media.burst * plan.seconds;
    this.firstSequence = Math.floor(random() * 2 ** 16);
    this.firstTimestamp = Math.floor(random() * 2 ** 32);
    this.#path = new ImpairedPath(plan.impairment, random);
    this.#header = frameHeader(plan.from, plan.to, RTP_HEADER + media.payload, plan);
    const headers = this.#header.octets.length;
    this.#length = headers + RTP_HEADER + media.payload;
    this.#frame = new Uint8Array(Math.min(this.#length, snapLength));
    this.#frame.set(this.#header.octets);
    new DataView(this.#frame.buffer).setUint32(headers + 8, ssrc);
    if (media.frames) this.#frame.set(FRAGMENT, headers + RTP_HEADER);
    const fragment = media.frames ? (FRAGMENT[0] << 8) | FRAGMENT[1] : 0;
    this.#sum = this.#header.sum + (ssrc >>> 16) + (ssrc & 0xffff) + fragment;
  }

  /** Sends what is due before `until`; `put` is told when what passes the tap. Odd numbers are copies. */
  advance(until: number, put: (micros: number, number: number) => void): void {
    const { media, startMicros, delayMicros } = this.plan;
    for (; this.sent < this.total; this.sent += 1) {
      const at = startMicros + sentAt(media, this.sent);
      if (at >= until) return;
      this.#path.pass(at + delayMicros, this.sent < UNHARMED || this.sent >= this.total - UNHARMED);
      if (this.#path.arrival !== undefined) put(this.#path.arrival, this.sent * 2);
      if (this.#path.copy !== undefined) put(this.#path.copy, this.sent * 2 + 1);
    }
  }

  /** Packet `number >> 1` passes the tap: into the capture and into the truth. */
  write(capture: CaptureWriter, epochMicros: number, micros: number, number: number): void {
    const { media } = this.plan;
    const index = number >> 1;
    const elapsed = timestampOf(media, index);
    this.observed.packet(micros, index, elapsed, (number & 1) === 1);
    const sequence = (this.firstSequence + index) & 0xffff;
    const timestamp = (this.firstTimestamp + elapsed) >>> 0;
    const first = 0x8000 | (markerOf(media, index) ? 0x80 : 0) | media.payloadType;
    capture.begin(epochMicros + micros, this.#frame.length, this.#length);
    const { octets, at } = capture;
    octets.set(this.#frame, at);
    const rtp = at + this.#header.octets.length;
    setWord(octets, rtp, first);
    setWord(octets, rtp + 2, sequence);
    setWord(octets, rtp + 4, timestamp >>> 16);
    setWord(octets, rtp + 6, timestamp & 0xffff);
    const sum = this.#sum + first + sequence + (timestamp >>> 16) + (timestamp & 0xffff);
    setWord(octets, at + this.#header.checksumAt, folded(sum) || 0xffff);
  }
}

/** The first octets of an H.264 fragment of a slice (RFC 6184, 5.8); the rest of every payload is zeros. */
const FRAGMENT = [0x7c, 0x01] as const;

function setWord(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >> 8;
  octets[at + 1] = value & 255;
}
