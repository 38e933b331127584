import type { Datagram } from '../packet/datagram.ts';
import { type RtcpPacket, readCompound } from '../packet/rtcp.ts';
import type { ReceiverReport, ReportBlock, SenderReport } from '../packet/rtcp-report.ts';
import type { ExtendedReport } from '../packet/rtcp-xr.ts';
import { readStun } from '../packet/stun.ts';
import {
  otherSide,
  type Trip,
  takeName,
  takeReferenceAnswer,
  takeReferenceTime,
  takeReport,
  takeRequest,
  takeResponse,
} from '../quality/packet-loop.ts';
import { isStill, takeBlock, takeSilence } from '../quality/packet-reports.ts';
import { compareCount, sentSoFar } from '../quality/packet-sent.ts';
import type { PacketPath } from '../quality/packet-table.ts';
import { Heard } from './heard.ts';
import type { MeterQuirk } from './measured.ts';
import type { MediaStreams } from './media-streams.ts';
import type { MeterOptions } from './options.ts';
import type { Route } from './transport.ts';
import { Transports } from './transports.ts';

/** Round trips that VoIP metrics may tell. Seconds. */
const LONGEST_ROUND_TRIP = 10;
const BINDING = 1;

/** What the far ends say about streams: RTCP and STUN. The slow path: records by transport. */
export class Control {
  readonly quirks: Partial<Record<MeterQuirk, number>> = {};
  readonly #media: MediaStreams;
  readonly #transports: Transports;
  readonly #heard = new Heard();
  readonly #quirk = (name: MeterQuirk): void => {
    this.quirks[name] = (this.quirks[name] ?? 0) + 1;
  };

  constructor(media: MediaStreams, options: MeterOptions) {
    this.#media = media;
    this.#transports = new Transports(media.table, media.sockets, options);
    media.onBegin = (stream) => this.#transports.begun(stream);
    media.onTold = (stream) => this.#heard.told(stream);
    media.onEnding = (stream) => this.#heard.settle(media.table, stream);
    media.onEnd = (stream) => this.#forget(stream);
  }

  /** Takes a compound in the clear; answers its packets. */
  rtcp(datagram: Datagram, micros: number): readonly RtcpPacket[] {
    const { octets, view, start, end } = datagram;
    const packets = readCompound(octets, view, start, end);
    const path = pathIn(datagram);
    const route = this.#transports.ofControl(path, ssrcsOf(packets), micros);
    const { side } = route;
    const { loops } = this.#transports;
    const loop = this.#transports.loopOf(route.transport);
    // Names first: a compound's SDES follows the report that needs it.
    for (const packet of packets) {
      if (packet.kind !== 'sdes') continue;
      for (const { ssrc, cname } of packet.chunks) if (cname !== undefined) takeName(loops, loop, side, ssrc, cname);
    }
    for (const packet of packets) {
      if (packet.kind === 'sr' || packet.kind === 'rr') this.#report(route, path, packet, micros);
      else if (packet.kind === 'xr') this.#extended(route, packet, micros);
    }
    this.#silence(route, micros);
    return packets;
  }

  /** Takes a STUN message: binding requests and their answers time the loop. */
  stun(datagram: Datagram, micros: number): void {
    const { view, start, end, length } = datagram;
    const message = readStun(view, start, end, length);
    if (message?.method !== BINDING) return;
    const { transport, side } = this.#transports.ofMedia(pathIn(datagram), micros);
    const { loops } = this.#transports;
    const loop = this.#transports.loopOf(transport);
    if (message.class === 'request') takeRequest(loops, loop, side, message.transactionId, micros);
    if (message.class !== 'success') return;
    const trip = takeResponse(loops, loop, side, message.transactionId, micros);
    if (trip !== undefined) this.#trip(transport, trip, micros);
  }

  /** Forgets transports that nobody used since then. */
  sweep(micros: number): void {
    this.#transports.sweep(micros);
  }

  #report(route: Route, path: PacketPath, packet: SenderReport | ReceiverReport, micros: number): void {
    const { table } = this.#media;
    const { transport, side } = route;
    for (const block of packet.blocks) this.#block(route, path, packet.ssrc, block, micros);
    // Behind the blocks: they may tell which streams run here.
    if (packet.kind === 'sr') {
      const stream = this.#transports.streamFrom(transport, side, packet.ssrc);
      if (stream >= 0) {
        compareCount(table, stream, packet.packetCount);
        this.#heard.count(table, stream, packet.packetCount, micros);
      }
    }
    const { loops } = this.#transports;
    const loop = this.#transports.loopOf(transport);
    const trips = takeReport(loops, loop, side, packet, packet.blocks, micros, this.#quirk);
    for (const trip of trips) this.#trip(transport, trip, micros);
  }

  #block(route: Route, path: PacketPath, reporter: number, block: ReportBlock, micros: number): void {
    const { table, journal } = this.#media;
    const { transport, side } = route;
    if (block.ssrc === reporter) {
      this.#quirk('selfReport');
      return;
    }
    const usual = this.#transports.streamFrom(transport, otherSide(side), block.ssrc);
    const stream = usual >= 0 ? usual : this.#transports.joinBySsrc(route, path, block.ssrc, micros);
    if (stream < 0) {
      this.#quirk('unknownSsrc');
      return;
    }
    const track = this.#heard.trackOf(stream, reporter);
    const { told, quirk } = takeBlock(this.#heard.tracks, track, block, sentSoFar(table, stream, micros), micros);
    if (quirk !== undefined) this.#quirk(quirk);
    if (told !== undefined && this.#heard.speakerOf(stream) === track) journal.report(stream, micros / 1e6, told);
  }

  #extended({ transport, side }: Route, { ssrc, blocks }: ExtendedReport, micros: number): void {
    const { loops } = this.#transports;
    const loop = this.#transports.loopOf(transport);
    for (const block of blocks) {
      if (block.type === 'rrtr') takeReferenceTime(loops, loop, side, ssrc, block.ntpMiddle, micros);
      if (block.type === 'voip') {
        const value = block.roundTripDelay;
        if (value === undefined || value > LONGEST_ROUND_TRIP) continue;
        this.#trip(transport, { origin: 'xr-voip', measurer: side, value }, micros);
      }
      if (block.type !== 'dlrr') continue;
      for (const { ssrc: asked, lastReceiverReport, delaySinceLast } of block.reports) {
        const answer = { ssrc: asked, lastSenderReport: lastReceiverReport, delaySinceLast };
        const trip = takeReferenceAnswer(loops, loop, side, answer, micros, this.#quirk);
        if (trip !== undefined) this.#trip(transport, trip, micros);
      }
    }
  }

  /** RTCP goes on; of which streams does it say nothing any more? */
  #silence({ transport, side }: Route, micros: number): void {
    const { table, journal } = this.#media;
    for (const stream of this.#transports.streamsOf(transport, otherSide(side))) {
      const track = this.#heard.speakerOf(stream);
      if (track === 0 || !isStill(this.#heard.tracks, track, micros)) continue;
      const told = takeSilence(this.#heard.tracks, track, sentSoFar(table, stream, micros), micros);
      if (told !== undefined) journal.report(stream, micros / 1e6, told);
    }
  }

  /** A round trip serves all streams of the loop, each side's in its own view. */
  #trip(transport: number, trip: Trip, micros: number): void {
    const { journal } = this.#media;
    const { origin, measurer, value } = trip;
    const at = micros / 1e6;
    const own = this.#transports.streamsOf(transport, measurer);
    const others = this.#transports.streamsOf(transport, otherSide(measurer));
    if (origin === 'sr-rr' || origin === 'stun')
      for (const s of own) journal.roundTrip(s, at, 'ofSender', origin, value);
    if (origin === 'stun' || origin === 'xr-dlrr')
      for (const s of others) journal.roundTrip(s, at, 'ofReceiver', origin, value);
    if (origin === 'sr-chain' || origin === 'xr-voip')
      for (const s of own) journal.roundTrip(s, at, 'ofReceiver', origin, value);
    if (origin !== 'sr-rr' || trip.ssrc === undefined) return;
    const stream = this.#transports.streamFrom(transport, measurer, trip.ssrc);
    if (stream >= 0) this.#heard.trip(stream, value);
  }

  #forget(stream: number): void {
    this.#heard.forget(stream);
    this.#transports.ended(stream);
  }
}

/** Signed, as records have them. */
function ssrcsOf(packets: readonly RtcpPacket[]): readonly number[] {
  const ssrcs: number[] = [];
  for (const packet of packets) {
    if ('ssrc' in packet) ssrcs.push(packet.ssrc | 0);
    if (packet.kind === 'sr' || packet.kind === 'rr') for (const { ssrc } of packet.blocks) ssrcs.push(ssrc | 0);
  }
  return ssrcs;
}

/** The path of a datagram alone: the object itself is filled again for the next packet. */
function pathIn({ source, destination, sourcePort, destinationPort, addressFamily }: Datagram): PacketPath {
  return { source, destination, sourcePort, destinationPort, addressFamily };
}
