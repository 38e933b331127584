import {
  type ApplicationDefined,
  type Goodbye,
  readApplicationDefined,
  readGoodbye,
  readSourceDescription,
  type SourceDescription,
} from './rtcp-description.ts';
import {
  FEEDBACK_CONTROL,
  type Nack,
  type PayloadFeedback,
  readPayloadFeedback,
  readTransportFeedback,
  type TransportFeedback,
} from './rtcp-feedback.ts';
import { isRtcpHeader, RTCP_HEADER, rtcpExtent, rtcpLength } from './rtcp-header.ts';
import {
  RECEIVER_BLOCKS,
  REPORT_BLOCK,
  type ReceiverReport,
  readReceiverReport,
  readSenderReport,
  SENDER_BLOCKS,
  type SenderReport,
} from './rtcp-report.ts';
import { type ExtendedReport, readExtendedReport } from './rtcp-xr.ts';

/** A packet type that we do not read, `length` octets long. */
export type UnknownRtcp = { readonly kind: 'unknown'; readonly packetType: number; readonly length: number };

/** One packet of a compound; `kind` tells which. All SSRCs are unsigned 32-bit numbers. */
export type RtcpPacket =
  | SenderReport
  | ReceiverReport
  | SourceDescription
  | Goodbye
  | ApplicationDefined
  | Nack
  | TransportFeedback
  | PayloadFeedback
  | ExtendedReport
  | UnknownRtcp;

/**
 * `clear`: the lengths of its packets add up to the datagram (or to where the capture cut it). `encrypted`: the first
 * packet fits, what follows is noise (SRTCP). `none`: no RTCP.
 */
export type CompoundShape = 'clear' | 'encrypted' | 'none';

/** IANA, RTP parameters, RTCP control packet types. */
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const APPLICATION_DEFINED = 204;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const EXTENDED_REPORT = 207;

/** RFC 3711, 3.4: SRTCP adds the E flag with the index (4 octets) and at least a tag of 4. */
const SMALLEST_TRAILER = 8;

/**
 * Judges the whole compound by its lengths (RFC 3550, A.2; RFC 5506 allows any first packet). Does not allocate. Where
 * the capture cut it before a second header, SRTCP looks `clear`: only a longer snap length tells.
 */
export function compoundShape(view: DataView, start: number, end: number, length: number): CompoundShape {
  let at = 0;
  while (at < length) {
    if (start + at + RTCP_HEADER > end && end - start < length) return at > 0 ? 'clear' : 'none';
    const isWhole = start + at + RTCP_HEADER <= end && isRtcpHeader(view, start + at);
    const next = isWhole ? at + rtcpLength(view, start + at) : Number.POSITIVE_INFINITY;
    if (next > length) return judgeRest(view, start, at, length - at);
    at = next;
  }
  return length > 0 ? 'clear' : 'none';
}

/**
 * `at` octets in whole packets were read, then lengths stop making sense. A rest below a word is bad padding, which
 * some devices send; a rest that can hold a trailer is SRTCP, if the one packet that it leaves readable is likely.
 */
function judgeRest(view: DataView, start: number, at: number, rest: number): CompoundShape {
  if (at === 0) return 'none';
  if (rest < RTCP_HEADER) return 'clear';
  return rest >= SMALLEST_TRAILER && rtcpLength(view, start) >= smallestLength(view, start) ? 'encrypted' : 'none';
}

/** Octets that the packet must have by its type and count; none is enough for types that do not begin a compound. */
function smallestLength(view: DataView, at: number): number {
  const type = view.getUint8(at + 1);
  const count = view.getUint8(at) & 0x1f;
  if (type === SENDER_REPORT) return SENDER_BLOCKS + REPORT_BLOCK * count;
  if (type === RECEIVER_REPORT) return RECEIVER_BLOCKS + REPORT_BLOCK * count;
  if (type === TRANSPORT_FEEDBACK || type === PAYLOAD_FEEDBACK) return FEEDBACK_CONTROL;
  return type > RECEIVER_REPORT && type <= EXTENDED_REPORT ? 2 * RTCP_HEADER : Number.POSITIVE_INFINITY;
}

/**
 * Every packet of a compound whose shape is `clear`. Where the capture cut it, what is whole counts: whole packets, and
 * of the cut one whole report blocks, chunks and XR blocks.
 */
export function readCompound(octets: Uint8Array, view: DataView, start: number, end: number): RtcpPacket[] {
  const packets: RtcpPacket[] = [];
  for (let at = start; at + RTCP_HEADER <= end && isRtcpHeader(view, at); at += rtcpLength(view, at)) {
    const packet = readPacket(octets, view, at, end);
    if (packet !== undefined) packets.push(packet);
  }
  return packets;
}

function readPacket(octets: Uint8Array, view: DataView, at: number, end: number): RtcpPacket | undefined {
  const extent = rtcpExtent(view, at, end);
  const packetType = view.getUint8(at + 1);
  if (packetType === SENDER_REPORT) return readSenderReport(view, extent);
  if (packetType === RECEIVER_REPORT) return readReceiverReport(view, extent);
  if (packetType === SOURCE_DESCRIPTION) return readSourceDescription(octets, view, extent);
  if (packetType === GOODBYE) return readGoodbye(octets, view, extent);
  if (packetType === APPLICATION_DEFINED) return readApplicationDefined(octets, view, extent, rtcpLength(view, at));
  if (packetType === TRANSPORT_FEEDBACK) return readTransportFeedback(view, extent);
  if (packetType === PAYLOAD_FEEDBACK) return readPayloadFeedback(view, extent);
  if (packetType === EXTENDED_REPORT) return readExtendedReport(view, extent);
  return { kind: 'unknown', packetType, length: rtcpLength(view, at) };
}
