import type { RecordSink } from '../packet/capture-record.ts';
import { Datagram, Decapsulator, UDP } from '../packet/datagram.ts';
import { CHANNEL_DATA_HEADER, classify, ENCRYPTED_RTCP, RTCP, RTP, SIP, STUN, TURN_CHANNEL } from '../packet/demux.ts';
import { readSip } from '../packet/sip.ts';
import { TcpReassembler } from '../packet/tcp.ts';
import { Control } from './control.ts';
import type { MeasuredCapture, MeasuredInterval, MeasuredStream, MeterResult } from './measured.ts';
import { MediaStreams } from './media-streams.ts';
import type { MeterOptions } from './options.ts';
import { pathOf } from './path.ts';
import { SipOverTcp } from './sip-over-tcp.ts';

/** How often streams that fell silent are looked for. Microseconds. */
const SWEEP = 10_000_000;

/**
 * The packet engine: records of a capture in, streams and intervals out. No I/O and no clock: time is that of the capture.
 * `intervalOf` and `streamOf` (currency.ts) turn what it gives into the one currency once the direction is known.
 */
export class Meter implements RecordSink {
  readonly #options: MeterOptions;
  readonly #decapsulator = new Decapsulator();
  readonly #datagram = new Datagram();
  readonly #media: MediaStreams;
  readonly #control: Control;
  readonly #tcp: TcpReassembler | undefined;
  #packets = 0;
  #rtcpPackets = 0;
  #encryptedRtcp = 0;
  #dropped = 0;
  readonly #sweeps: boolean;
  #sweptAt = 0;
  readonly #saidAt = new Map<number, number>();

  constructor(options: MeterOptions = {}) {
    this.#options = options;
    this.#sweeps = options.idleSeconds !== undefined;
    this.#media = new MediaStreams(options);
    this.#control = new Control(this.#media, options);
    const { signalling } = options;
    if (signalling !== undefined) {
      this.#tcp = new TcpReassembler(new SipOverTcp(signalling, () => this.#media.forgetFormats()));
    }
  }

  /** Takes one captured packet. The octets are not kept. */
  record(
    octets: Uint8Array,
    view: DataView,
    start: number,
    end: number,
    micros: number,
    linkType: number,
    _interfaceId: number,
    _originalLength: number,
  ): void {
    this.#packets += 1;
    this.#media.observed(micros);
    if (this.#sweeps && (micros - this.#sweptAt >= SWEEP || micros < this.#sweptAt)) this.advance(micros);
    const datagram = this.#datagram;
    if (!this.#decapsulator.locate(octets, view, start, end, linkType, datagram, micros)) return;
    if (datagram.protocol === UDP) this.#udp(datagram, micros);
    else this.#tcp?.segment(datagram, micros);
  }

  /** The capture lost `count` packets, maybe none, since it said so last, at the latest by `micros`: those seconds tell no loss. */
  drops(interfaceId: number, count: number, micros: number): void {
    this.#dropped += count;
    if (count > 0) this.#media.taint(this.#saidAt.get(interfaceId), micros);
    this.#saidAt.set(interfaceId, micros);
  }

  /** The capture's clock is at `micros`: closes idle streams. Records do the same; live use calls it when none come. */
  advance(micros: number): void {
    this.#sweptAt = micros;
    const { idleSeconds } = this.#options;
    if (idleSeconds === undefined) return;
    this.#media.endIdle(micros - idleSeconds * 1e6);
    this.#control.sweep(micros - idleSeconds * 1e6);
  }

  /** The intervals that closed since this was asked last, and their streams as they are now. */
  take(): { readonly streams: readonly MeasuredStream[]; readonly intervals: readonly MeasuredInterval[] } {
    return this.#media.take();
  }

  /** The intervals that closed since this was asked last; of streams only those that are new. `finish` tells all of them. */
  takeIntervals(): { readonly streams: readonly MeasuredStream[]; readonly intervals: readonly MeasuredInterval[] } {
    return this.#media.takeIntervals();
  }

  /** Closes everything. The meter takes nothing after it. */
  finish(): MeterResult {
    const { streams, intervals } = this.#media.finish();
    return { capture: this.#capture(), streams, intervals, quirks: this.#control.quirks };
  }

  #udp(datagram: Datagram, micros: number): void {
    const { octets, view, start, end, length } = datagram;
    const kind = classify(octets, view, start, end, length);
    if (kind === RTP) this.#media.rtp(datagram);
    else if (kind !== 0) this.#other(kind, datagram, micros);
  }

  #other(kind: number, datagram: Datagram, micros: number): void {
    const { octets, view, start, end } = datagram;
    switch (kind) {
      case RTCP:
        this.#rtcpPackets += 1;
        this.#control.rtcp(datagram, micros);
        break;
      case ENCRYPTED_RTCP:
        this.#rtcpPackets += 1;
        this.#encryptedRtcp += 1;
        break;
      case STUN:
        this.#control.stun(datagram, micros);
        break;
      case TURN_CHANNEL: {
        // What the relay carries is told apart like anything else, but never again a relay's.
        datagram.start += CHANNEL_DATA_HEADER;
        const carried = Math.min(view.getUint16(start + 2), datagram.length - CHANNEL_DATA_HEADER);
        datagram.length = carried;
        datagram.end = Math.min(end, datagram.start + carried);
        const inner = classify(octets, view, datagram.start, datagram.end, carried);
        if (inner !== TURN_CHANNEL) this.#inner(inner, datagram, micros);
        break;
      }
      case SIP:
        this.#sip(datagram, micros);
        break;
    }
  }

  #inner(kind: number, datagram: Datagram, micros: number): void {
    if (kind === RTP) this.#media.rtp(datagram);
    else this.#other(kind, datagram, micros);
  }

  #sip(datagram: Datagram, micros: number): void {
    const { signalling } = this.#options;
    if (signalling === undefined) return;
    const path = { ...pathOf(datagram), at: micros / 1e6 };
    let changed = false;
    for (const message of readSip(datagram.octets, datagram.start, datagram.end)) {
      changed = signalling.message(message, path) || changed;
    }
    if (changed) this.#media.forgetFormats();
  }

  #capture(): MeasuredCapture {
    const rtpPackets = this.#media.packets;
    const { firstAt, lastAt } = this.#media;
    return {
      packets: this.#packets,
      rtpPackets,
      rtcpPackets: this.#rtcpPackets,
      otherPackets: this.#packets - rtpPackets - this.#rtcpPackets,
      malformed: this.#decapsulator.counters.malformed,
      captureDropped: this.#dropped,
      encryptedRtcp: this.#encryptedRtcp,
      ...(firstAt === undefined ? {} : { firstAt }),
      ...(lastAt === undefined ? {} : { lastAt }),
    };
  }
}
