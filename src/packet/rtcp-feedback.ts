import type { RtcpExtent } from './rtcp-header.ts';

/** Generic NACK (RFC 4585, 6.2.1): sequence numbers asked for again. */
export type Nack = {
  readonly kind: 'nack';
  readonly ssrc: number;
  readonly mediaSsrc: number;
  readonly lost: readonly number[];
};

/** Any other transport-layer feedback: 3 TMMBR, 4 TMMBN, 5 RTCP-SR-REQ, 11 CCFB, 15 transport-wide congestion control. */
export type TransportFeedback = {
  readonly kind: 'rtpfb';
  readonly format: number;
  readonly ssrc: number;
  readonly mediaSsrc: number;
};

/** Payload-specific feedback: 1 PLI, 2 SLI, 3 RPSI, 4 FIR (`targets`), 15 application layer (REMB: `bitRate` in bits/s). */
export type PayloadFeedback = {
  readonly kind: 'psfb';
  readonly format: number;
  readonly ssrc: number;
  readonly mediaSsrc: number;
  readonly targets?: readonly number[];
  readonly bitRate?: number;
};

/**
 * RFC 4585, 6.1: common header with the format in place of the count, then
 *
 *    4 |                     SSRC of packet sender                     |
 *    8 |                     SSRC of media source                      |
 *   12 | feedback control information …                                |
 */
const SSRC = 4;
const MEDIA_SSRC = 8;
export const FEEDBACK_CONTROL = 12;

const GENERIC_NACK = 1;
const FULL_INTRA_REQUEST = 4;
const APPLICATION_LAYER = 15;

/** Generic NACK: packet identifier, and 16 bits for those that follow it. */
const NACK_PAIR = 4;
/** FIR (RFC 5104, 4.3.1.1): SSRC, sequence number, 24 reserved bits. */
const FIR_ENTRY = 8;
/** REMB (draft-alvestrand-rmcat-remb): `REMB`, number of SSRCs 8 bits, exponent 6, mantissa 18. */
const REMB = 0x52454d42;

/** Undefined if the capture cut it before the control information. */
export function readTransportFeedback(view: DataView, extent: RtcpExtent): Nack | TransportFeedback | undefined {
  const { start, end, count: format } = extent;
  if (end - start < FEEDBACK_CONTROL) return undefined;
  const ssrc = view.getUint32(start + SSRC);
  const mediaSsrc = view.getUint32(start + MEDIA_SSRC);
  if (format !== GENERIC_NACK) return { kind: 'rtpfb', format, ssrc, mediaSsrc };
  const lost: number[] = [];
  for (let at = start + FEEDBACK_CONTROL; at + NACK_PAIR <= end; at += NACK_PAIR) {
    const first = view.getUint16(at);
    const following = view.getUint16(at + 2);
    lost.push(first);
    for (let bit = 0; bit < 16; bit++) if (following & (1 << bit)) lost.push((first + bit + 1) & 0xffff);
  }
  return { kind: 'nack', ssrc, mediaSsrc, lost };
}

/** Undefined if the capture cut it before the control information. */
export function readPayloadFeedback(view: DataView, extent: RtcpExtent): PayloadFeedback | undefined {
  const { start, end, count: format } = extent;
  if (end - start < FEEDBACK_CONTROL) return undefined;
  const ssrc = view.getUint32(start + SSRC);
  const mediaSsrc = view.getUint32(start + MEDIA_SSRC);
  const common: PayloadFeedback = { kind: 'psfb', format, ssrc, mediaSsrc };
  const control = start + FEEDBACK_CONTROL;
  if (format === FULL_INTRA_REQUEST) return { ...common, targets: ssrcsOf(view, control, end, FIR_ENTRY) };
  if (format !== APPLICATION_LAYER || end - control < 8 || view.getUint32(control) !== REMB) return common;
  const word = view.getUint32(control + 4);
  const targets = ssrcsOf(view, control + 8, Math.min(end, control + 8 + 4 * (word >>> 24)), 4);
  return { ...common, targets, bitRate: (word & 0x3ffff) * 2 ** ((word >>> 18) & 0x3f) };
}

function ssrcsOf(view: DataView, start: number, end: number, step: number): number[] {
  const ssrcs: number[] = [];
  for (let at = start; at + step <= end; at += step) ssrcs.push(view.getUint32(at));
  return ssrcs;
}
