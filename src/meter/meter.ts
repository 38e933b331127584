import type { Endpoint } from '../model/channel.ts';
import type { Taint } from '../model/interval.ts';
import { addressWords } from '../packet/address.ts';
import type { RecordSink } from '../packet/capture-record.ts';
import { Datagram, Decapsulator, UDP } from '../packet/datagram.ts';
import { CHANNEL_DATA_HEADER, classify, ENCRYPTED_RTCP, RTCP, RTP, SIP, STUN, TURN_CHANNEL } from '../packet/demux.ts';
import { LINUX_COOKED_2 } from '../packet/link.ts';
import { compoundShape, type RtcpPacket } from '../packet/rtcp.ts';
import { readSip } from '../packet/sip.ts';
import { carriedByTurn } from '../packet/stun.ts';
import { TcpReassembler } from '../packet/tcp.ts';
import { coverageOf } from '../quality/packet-slot.ts';
import { Control } from './control.ts';
import { CookedCopies } from './cooked-copies.ts';
import type { IntervalKeeper } from './journal.ts';
import type { LiveMeasured, MeasuredCapture, MeasuredInterval, MeasuredStream, MeterResult } from './measured.ts';
import { MediaStreams } from './media-streams.ts';
import type { Concerned, MeterOptions, Path } from './options.ts';
import { pathOf } from './path.ts';
import { plainHeader, takePlain } from './plain-packet.ts';
import { SipOverTcp } from './sip-over-tcp.ts';
import { taintSeconds } from './taints.ts';

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
  /** RTCP that was opened or handed in. */
  readonly #clear = new Datagram();
  readonly #media: MediaStreams;
  readonly #control: Control;
  /** Only where all interfaces are captured: it takes a megabyte. */
  #copies: CookedCopies | undefined;
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
      this.#tcp = new TcpReassembler(new SipOverTcp(signalling, (concerned) => this.#media.forgetFormats(concerned)));
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
    if (linkType === LINUX_COOKED_2 && this.#isCopy(view, start, end, micros)) return;
    this.#media.observed(micros);
    if (this.#sweeps && (micros - this.#sweptAt >= SWEEP || micros < this.#sweptAt)) this.advance(micros);
    const header = plainHeader(view, start, end, linkType);
    if (header >= 0 && takePlain(this.#media.table, view, start + header, end)) {
      this.#media.packets += 1;
      return;
    }
    const datagram = this.#datagram;
    if (!this.#decapsulator.locate(octets, view, start, end, linkType, datagram, micros)) return;
    if (datagram.protocol === UDP) this.#udp(datagram, micros);
    else this.#tcp?.segment(datagram, micros);
  }

  #isCopy(view: DataView, start: number, end: number, micros: number): boolean {
    this.#copies ??= new CookedCopies();
    return this.#copies.isCopy(view, start, end, micros);
  }

  /** The capture lost `count` packets, maybe none, since it said so last, at the latest by `micros`: those seconds tell no loss. */
  drops(interfaceId: number, count: number, micros: number): void {
    this.#dropped += count;
    if (count > 0) this.#media.taint(this.#saidAt.get(interfaceId), micros);
    this.#saidAt.set(interfaceId, micros);
  }

  /** Seconds [from, to) of the epoch that were not seen whole: they tell no loss. */
  taint(from: number, to: number, taint: Taint): void {
    taintSeconds(this.#media.table, Math.floor(from), Math.ceil(to) - 1, taint);
  }

  /**
   * The capture's clock is at `micros`, and all packets up to it have come: shows the slots of streams that fell silent,
   * closes idle streams. Records do the same each ten seconds; live use calls it each second.
   */
  advance(micros: number): void {
    this.#sweptAt = micros;
    const { idleSeconds } = this.#options;
    if (idleSeconds === undefined) return;
    this.#media.observed(micros);
    this.#media.showSilent(micros);
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

  /** What is new since this was asked last, for who looks while the capture goes on. */
  takeLive(): LiveMeasured {
    return this.#media.takeLive();
  }

  /** Ends streams at a moment, by name; what they go on with from there are streams of their own. Microseconds. */
  split(streamIds: Iterable<string>, micros: number): void {
    for (const streamId of streamIds) this.#media.split(streamId, micros);
  }

  /** Parts the slots of all streams from or to these sockets at a moment, to the packet; they go on as they are. Microseconds. */
  part(sockets: Iterable<Endpoint>, micros: number): void {
    this.#media.part(sockets, micros);
  }

  /** Packets of a stream so far, duplicates too; 0 of one that is over. */
  packetsOf(streamId: string): number {
    return this.#media.packetsOf(streamId);
  }

  /** When a stream's last packet came, epoch seconds; undefined of one that is over. */
  lastAtOf(streamId: string): number | undefined {
    return this.#media.lastAtOf(streamId);
  }

  /** Somebody else than the capture's own signalling told of formats. */
  signalled(concerned: Concerned): void {
    this.#media.forgetFormats(concerned);
  }

  /** Takes an RTCP compound in the clear that was not captured, as if it had gone this way at `micros`. False: it is none. */
  rtcp({ source, destination }: Path, octets: Uint8Array, micros: number): boolean {
    const from = addressWords(source.address);
    const to = addressWords(destination.address);
    const clear = this.#clear;
    if (from === undefined || to === undefined) return false;
    clear.source.set(from);
    clear.destination.set(to);
    clear.addressFamily = source.address.includes(':') ? 6 : 4;
    clear.sourcePort = source.port;
    clear.destinationPort = destination.port;
    return this.#clearRtcp(octets, micros);
  }

  /** Seconds of a slot that the capture saw whole, and why it did not others. */
  coverageOf(startedAt: number): { readonly coveredSeconds: number; readonly taint: Taint | undefined } {
    return coverageOf(this.#media.table, startedAt);
  }

  /** The capture so far. */
  look(): MeasuredCapture {
    return this.#capture();
  }

  /** The same without an object for each interval, for who sums them up. */
  giveTo(keeper: IntervalKeeper): void {
    this.#media.giveTo(keeper);
  }

  /** Closes everything. The meter takes nothing after it. With `keeper` the intervals go there instead. */
  finish(keeper?: IntervalKeeper): MeterResult {
    const { streams, intervals } = this.#media.finish(keeper);
    return { capture: this.#capture(), streams, intervals, quirks: this.#control.quirks };
  }

  #udp(datagram: Datagram, micros: number): void {
    const { octets, view, start, end, length } = datagram;
    const kind = classify(octets, view, start, end, length);
    if (kind === RTP) this.#media.rtp(datagram);
    else if (kind !== 0) this.#other(kind, datagram, micros);
  }

  #other(kind: number, datagram: Datagram, micros: number): void {
    const { view, start, end } = datagram;
    switch (kind) {
      case RTCP:
        this.#rtcpPackets += 1;
        this.#tell(datagram, this.#control.rtcp(datagram, micros), micros);
        break;
      case ENCRYPTED_RTCP:
        this.#rtcpPackets += 1;
        this.#encrypted(datagram, micros);
        break;
      case STUN:
        this.#stun(datagram, micros);
        break;
      case TURN_CHANNEL: {
        const carried = Math.min(view.getUint16(start + 2), datagram.length - CHANNEL_DATA_HEADER);
        const begin = start + CHANNEL_DATA_HEADER;
        this.#relayed(datagram, { start: begin, end: Math.min(end, begin + carried), length: carried }, micros);
        break;
      }
      case SIP:
        this.#sip(datagram, micros);
        break;
    }
  }

  /** What a relay carries is told apart like anything else, but never again a relay's. */
  #relayed(datagram: Datagram, data: Pick<Datagram, 'start' | 'end' | 'length'>, micros: number): void {
    Object.assign(datagram, data);
    const { octets, view, start, end, length } = datagram;
    const kind = classify(octets, view, start, end, length);
    if (kind === RTP) this.#media.rtp(datagram);
    else if (kind === STUN) this.#control.stun(datagram, micros);
    else if (kind !== TURN_CHANNEL) this.#other(kind, datagram, micros);
  }

  #stun(datagram: Datagram, micros: number): void {
    const { view, start, end, length } = datagram;
    const data = carriedByTurn(view, start, end, length);
    if (data === undefined) this.#control.stun(datagram, micros);
    else this.#relayed(datagram, data, micros);
  }

  #encrypted(datagram: Datagram, micros: number): void {
    const opened = this.#options.openRtcp?.(datagram);
    const clear = this.#clear;
    clear.source.set(datagram.source);
    clear.destination.set(datagram.destination);
    clear.addressFamily = datagram.addressFamily;
    clear.sourcePort = datagram.sourcePort;
    clear.destinationPort = datagram.destinationPort;
    if (opened !== undefined && this.#clearRtcp(opened, micros)) return;
    this.#encryptedRtcp += 1;
    this.#tell(datagram, undefined, micros);
  }

  /** A compound on octets of its own, on the path that `#clear` has. */
  #clearRtcp(octets: Uint8Array, micros: number): boolean {
    const clear = this.#clear;
    clear.octets = octets;
    clear.view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
    clear.start = 0;
    clear.end = octets.length;
    clear.length = octets.length;
    if (compoundShape(clear.view, 0, octets.length, octets.length) !== 'clear') return false;
    this.#tell(clear, this.#control.rtcp(clear, micros), micros);
    return true;
  }

  #tell(datagram: Datagram, packets: readonly RtcpPacket[] | undefined, micros: number): void {
    const { onRtcp, onUnreadRtcp } = this.#options;
    if (packets === undefined) onUnreadRtcp?.(pathOf(datagram));
    if (onRtcp !== undefined) onRtcp(pathOf(datagram), packets, micros);
  }

  #sip(datagram: Datagram, micros: number): void {
    const { signalling } = this.#options;
    if (signalling === undefined) return;
    const path = { ...pathOf(datagram), at: micros / 1e6 };
    for (const message of readSip(datagram.octets, datagram.start, datagram.end)) {
      const concerned = signalling.message(message, path);
      if (concerned !== undefined) this.#media.forgetFormats(concerned);
    }
  }

  #capture(): MeasuredCapture {
    const rtpPackets = this.#media.packets;
    const { firstAt, lastAt } = this.#media;
    const copies = this.#copies?.count ?? 0;
    return {
      packets: this.#packets,
      rtpPackets,
      rtcpPackets: this.#rtcpPackets,
      otherPackets: this.#packets - rtpPackets - this.#rtcpPackets - copies,
      malformed: this.#decapsulator.counters.malformed,
      captureDropped: this.#dropped,
      encryptedRtcp: this.#encryptedRtcp,
      ...(copies === 0 ? {} : { copies }),
      ...(this.#media.refused === 0 ? {} : { refusedPackets: this.#media.refused }),
      ...(firstAt === undefined ? {} : { firstAt }),
      ...(lastAt === undefined ? {} : { lastAt }),
    };
  }
}
