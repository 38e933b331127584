import type { CaptureWriter } from './capture-writer.ts';
import type { Endpoint } from './endpoint.ts';
import { sentAt } from './media.ts';
import { compactNtp, compound, type NtpTime, ntpTime, type ReportBlock } from './rtcp.ts';
import type { Stream } from './stream.ts';
import { writeDatagram } from './udp.ts';

const INTERVAL_MICROS = 5_000_000;
const FIRST_MICROS = 1_000_000;
/** After the last media packet has passed, also one that was held. */
const BYE_MICROS = 250_000;
/** RTCP waits up to that share of the path's delay more, each way. */
const EXTRA = 0.25;

/** How a host's clock stands to the tap's: RTCP never tells. */
export type HostClock = { readonly offsetMicros: number; readonly drift: number };

/** Round trips that a stream's receiver makes visible at the tap. Seconds. */
export type RoundTrips = { samples: number; sum: number; maximum: number };

type Sent = { readonly composed: number; readonly passes: number; readonly bye: boolean };

/** The RTCP of one host about one media: it sends `outgoing` and receives `incoming`. */
export class Reporter {
  readonly outgoing: Stream;
  readonly incoming: Stream;
  /** Blocks about `incoming` that passed the tap, and what they show. */
  reports = 0;
  readonly roundTrips: RoundTrips = { samples: 0, sum: 0, maximum: 0 };
  readonly #clock: HostClock;
  readonly #random: () => number;
  readonly #sent: Sent[] = [];
  #next: number;
  #ended = false;
  #block: ReportBlock | undefined;
  #trip: number | undefined;
  #before = { expected: 0, received: 0 };
  #heard: { readonly compact: number; readonly at: number; readonly delay: number } | undefined;

  constructor(outgoing: Stream, incoming: Stream, clock: HostClock, random: () => number) {
    this.outgoing = outgoing;
    this.incoming = incoming;
    this.#clock = clock;
    this.#random = random;
    this.#next = outgoing.plan.startMicros + FIRST_MICROS + Math.floor(random() * 1_000_000);
  }

  /** Plans the compounds composed before `until`: an even number where one is composed, the odd one where it passes the tap. */
  advance(until: number, put: (micros: number, number: number) => void): void {
    const { startMicros, seconds, delayMicros, impairment } = this.outgoing.plan;
    const end = startMicros + seconds * 1e6;
    while (!this.#ended && this.#next < until) {
      const composed = this.#next;
      const bye = composed >= end;
      const passes = composed + delayMicros + Math.floor(this.#random() * EXTRA * delayMicros);
      this.#next += INTERVAL_MICROS;
      if (this.#next >= end) this.#next = end + BYE_MICROS;
      this.#ended = bye;
      if (!bye && this.#random() < impairment.loss) continue;
      const number = this.#sent.push({ composed, passes, bye }) - 1;
      // What is at the host when it composes passed the tap one delay before.
      put(composed - delayMicros, number * 2);
      put(passes, number * 2 + 1);
    }
  }

  /** The host looks at what it has received. */
  compose(number: number): void {
    const { composed } = this.#of(number);
    const { observed, firstSequence, plan } = this.incoming;
    this.#block = undefined;
    this.#trip = undefined;
    if (observed.highest < 0) return;
    const heard = this.#heard;
    const since = heard === undefined ? 0 : composed - heard.at;
    const answers = heard !== undefined && since > 0;
    if (answers) this.#trip = heard.delay;
    const expected = observed.highest + 1;
    this.#block = {
      ssrc: plan.ssrc,
      fractionLost: this.#fraction(expected, observed.received),
      cumulativeLost: expected - observed.received,
      highestSequence: firstSequence + observed.highest,
      jitter: Math.round(observed.jitter),
      lastSenderReport: answers ? heard.compact : 0,
      delaySinceLastSenderReport: answers ? Math.max(1, Math.round((this.#local(since) * 65_536) / 1e6)) : 0,
    };
  }

  /** The compound passes the tap on its way to `listener`. */
  write(capture: CaptureWriter, epochMicros: number, number: number, listener: Reporter): void {
    const { composed, passes, bye } = this.#of(number);
    const { plan, firstTimestamp } = this.outgoing;
    const ntp = ntpTime(epochMicros + this.#clock.offsetMicros + this.#local(composed));
    const elapsed = composed - plan.startMicros;
    const packets = this.#packetsBy(elapsed);
    const report = {
      ...{ ssrc: plan.ssrc, ntp, packets, octets: packets * plan.media.payload },
      rtpTimestamp: (firstTimestamp + Math.round((elapsed * plan.media.clockRate) / 1e6)) % 2 ** 32,
      ...(this.#block === undefined ? {} : { block: this.#block }),
    };
    const octets = compound(report, `${plan.from.address.replaceAll(':', '-')}@example.com`, bye);
    writeDatagram(capture, epochMicros + passes, next(plan.from), next(plan.to), octets, plan);
    if (this.#block !== undefined) this.reports += 1;
    if (this.#trip !== undefined) this.#sample(this.#trip + passes - composed);
    listener.hear(ntp, passes);
  }

  /** A sender report of the other host passed the tap at `passed` and reaches this one. */
  hear(ntp: NtpTime, passed: number): void {
    const { delayMicros } = this.outgoing.plan;
    const delay = delayMicros + Math.floor(this.#random() * EXTRA * delayMicros);
    this.#heard = { compact: compactNtp(ntp), at: passed + delay, delay };
  }

  #sample(micros: number): void {
    this.roundTrips.samples += 1;
    this.roundTrips.sum += micros / 1e6;
    this.roundTrips.maximum = Math.max(this.roundTrips.maximum, micros / 1e6);
  }

  #fraction(expected: number, received: number): number {
    const missing = expected - this.#before.expected - (received - this.#before.received);
    const share = missing / Math.max(1, expected - this.#before.expected);
    this.#before = { expected, received };
    return Math.max(0, Math.min(255, Math.floor(share * 256)));
  }

  #packetsBy(elapsed: number): number {
    const { media } = this.outgoing.plan;
    let packets = Math.min(this.outgoing.total, Math.floor((elapsed * media.rate * media.burst) / 1e6));
    while (packets < this.outgoing.total && sentAt(media, packets) <= elapsed) packets += 1;
    while (packets > 0 && sentAt(media, packets - 1) > elapsed) packets -= 1;
    return packets;
  }

  #local = (micros: number): number => micros * (1 + this.#clock.drift);

  #of(number: number): Sent {
    const sent = this.#sent[number >> 1];
    if (sent === undefined) throw new Error(`no compound ${number}`);
    return sent;
  }
}

/** RTCP goes to the port after RTP's (RFC 3550, 11). */
const next = ({ address, port }: Endpoint): Endpoint => ({ address, port: port + 1 });
