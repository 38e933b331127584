import type { Direction, Endpoint, Media } from '../model/channel.ts';
import type { ClockRateOrigin } from '../model/interval.ts';
import type { Datagram } from '../packet/datagram.ts';
import type { RtcpPacket } from '../packet/rtcp.ts';
import type { SipMessage } from '../packet/sip.ts';

/** A way of packets: who sent them to whom. */
export type Path = { readonly source: Endpoint; readonly destination: Endpoint };

/** One packet of which the format is asked. */
export type FormatHint = Path & {
  /** Unsigned 32 bits. */
  readonly ssrc: number;
  readonly payloadType: number;
  /** Seconds since the epoch. */
  readonly at: number;
};

/**
 * What a payload type means on a path at a time. `encrypted`: the payload is SRTP and must not be looked into; false: the
 * description says that it is in the clear; absent: nobody says.
 */
export type Format = {
  readonly codec?: string;
  readonly clockRate?: number;
  readonly clockRateOrigin?: ClockRateOrigin;
  /** Role of the m-line; absent where it has no channel or is not known. */
  readonly media?: Media;
  readonly encrypted?: boolean;
};

/** Whose formats may have changed: the streams from or to these sockets and of these SSRCs (unsigned), or all. */
export type Concerned = 'all' | { readonly sockets: Iterable<Endpoint>; readonly ssrcs: Iterable<number> };

/** What the meter asks of who reads the signalling. */
export interface Signalling {
  /**
   * One SIP message as captured (UDP, or put together from TCP), in the order of the capture. What it answers is asked
   * again; undefined: nothing changed.
   */
  message(message: SipMessage, path: Path & { readonly at: number }): Concerned | undefined;
  /** Meaning of a payload type; undefined: not signalled. Asked once per stream and payload type, and after each change. */
  formatOf(packet: FormatHint): Format | undefined;
  /** The RTP path that RTCP on this path belongs to, where signalled otherwise than by mux or the next port (`a=rtcp`). */
  mediaPathOf?(rtcp: Path): Path | undefined;
  /** Whether it can tell any such path; without, it may always. */
  readonly tellsMediaPaths?: boolean;
}

export type MeterOptions = {
  /** Length of a slot: whole seconds that divide a minute. Default 5. */
  readonly slotSeconds?: number;
  /** Clock rates in Hz by payload type, where nothing was signalled (`--clock PT=RATE`). They go before the static table. */
  readonly clocks?: ReadonlyMap<number, number>;
  readonly signalling?: Signalling;
  /** Whether a path is measured at all; asked once per path and SSRC. Default: all. */
  readonly accepts?: (path: Path) => boolean;
  /** Keep the intervals for `take` and `finish`. Without, memory does not grow with time. Default false. */
  readonly intervals?: boolean;
  /**
   * Streams at once; packets of more are counted and not measured. Live, those that nobody keeps and that are silent make
   * room, the longest silent first. Default 65,536.
   */
  readonly maximumStreams?: number;
  /** Live: whether a stream must not make room for others. */
  readonly keeps?: (streamId: string) => boolean;
  /** Reads SRTCP: the compound in the clear, undefined without its keys. */
  readonly openRtcp?: (datagram: Datagram) => Uint8Array | undefined;
  /** Told of each RTCP datagram, with its packets if it could be read. */
  readonly onRtcp?: (path: Path, packets: readonly RtcpPacket[] | undefined, micros: number) => void;
  /** Told of each RTCP datagram that could not be read, and of no other: to make the text of each one's path takes long. */
  readonly onUnreadRtcp?: (path: Path) => void;
  /** Told of each silence of a stream of ten seconds or more, when it is over. Epoch seconds. */
  readonly onPause?: (streamId: string, from: number, to: number) => void;
  /** Seconds without a packet after which a stream is closed and forgotten; for live use. Default: never. */
  readonly idleSeconds?: number;
};

/** Direction of a path, seen from the gateway; undefined: not known. */
export type DirectionOf = (path: Path) => Direction | undefined;
