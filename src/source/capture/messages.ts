import type { ChannelKey, Direction } from '../../model/channel.ts';
import type { Interval, Stream, Taint } from '../../model/interval.ts';
import type { CryptoKey, Leg } from '../../model/leg.ts';

/**
 * What the agent's thread and the capture's say to each other. Everything is plain data: it is cloned on its way. Times
 * are epoch seconds.
 */

/** A leg as the capture has to know it. Keys are in here and in no log. */
export type FollowedLeg = Pick<Leg, 'mediaLegId' | 'startedAt' | 'control' | 'channels'> & {
  /** SRTP keys by channel; those of session descriptions are under their m-line. */
  readonly keys?: readonly (CryptoKey & { readonly channel?: ChannelKey; readonly mLine?: number })[];
};

/** One clear RTCP compound that a gateway pushed. `direction` of the compound itself: inbound = the device sent it. */
export type PushedRtcp = { readonly at: number; readonly direction: Direction; readonly octets: Uint8Array };

/** To the thread that reads and measures. */
export type ToMeter =
  | { readonly kind: 'follow'; readonly leg: FollowedLeg }
  /** Answered by `released` once everything of the leg up to `endedAt` has been told. */
  | { readonly kind: 'release'; readonly mediaLegId: string; readonly endedAt: number; readonly ask: number }
  /** What was captured after `at` waits, for a leg is about to end there; until this is told again. Infinite: nothing waits. */
  | { readonly kind: 'hold'; readonly at: number }
  | { readonly kind: 'rtcp'; readonly mediaLegId: string; readonly compounds: readonly PushedRtcp[] }
  /** These seconds were not seen whole. */
  | { readonly kind: 'taint'; readonly from: number; readonly to: number; readonly taint: Taint }
  /** Packets that the kernel lost since the last such message, the time of which is known no better. */
  | { readonly kind: 'dropped'; readonly count: number; readonly at: number }
  /** Addresses and networks of the devices, as they are configured now; none: calls tell by themselves who is the device. */
  | { readonly kind: 'networks'; readonly networks: readonly string[] }
  /** Answered by `sight`. */
  | { readonly kind: 'look'; readonly ask: number };

/** From the thread that reads and measures. */
export type FromMeter =
  | {
      readonly kind: 'measured';
      readonly mediaLegId: string;
      readonly streams: readonly Stream[];
      readonly intervals: readonly Interval[];
    }
  | { readonly kind: 'released'; readonly ask: number }
  | { readonly kind: 'call'; readonly call: FoundCall }
  /** A call rings or is answered: its media may begin at these ports before it is told. */
  | { readonly kind: 'expect'; readonly ports: readonly number[] }
  /** Every stream of the leg said goodbye (RTCP BYE), the last one at `at`. */
  | { readonly kind: 'bye'; readonly mediaLegId: string; readonly at: number }
  | { readonly kind: 'sight'; readonly ask: number; readonly sight: CaptureSight };

/** A call that the wire's SIP shows; told again when it changes. `local` is the gateway's side, `remote` the device's. */
export type FoundCall = {
  /** UUIDv5 of Call-ID and tags. */
  readonly mediaLegId: string;
  readonly callId: string;
  /** Its begin was not seen: `answeredAt` is when it was first heard of, and it was up before. */
  readonly joined?: true;
  readonly answeredAt: number;
  readonly endedAt?: number;
  /** When the newest description took effect. */
  readonly at: number;
  readonly deviceAddress: string;
  readonly deviceUri?: string;
  readonly deviceName?: string;
  /** Session descriptions as text, without keys. */
  readonly sdp: { readonly local?: string; readonly remote?: string };
};

/** What is seen of one leg in the last ten seconds, for `doctor`. */
export type LegSight = {
  readonly mediaLegId: string;
  readonly rtpIn: number;
  readonly rtpOut: number;
  readonly rtcpIn: number;
  readonly rtcpOut: number;
  /** Streams of it, and of them those whose clock rate is known. */
  readonly streams: number;
  readonly clocksKnown: number;
  /** Streams that were not measured since it began, for it had too many already; absent: none. */
  readonly surplusStreams?: number;
  /** RTCP that could not be read for want of keys, and payload known to be SRTP. */
  readonly encryptedRtcp: number;
  readonly srtp: boolean;
  /** When the last RTP or RTCP of it came. */
  readonly lastAt?: number;
};

/** What the capture sees. Counts since the thread began, but for legs. */
export type CaptureSight = {
  readonly packets: number;
  readonly rtpPackets: number;
  readonly rtcpPackets: number;
  readonly dropped: number;
  /** Packets whose headers contradict themselves. */
  readonly malformed?: number;
  /** Streams that belong to no leg. */
  readonly unclaimed: number;
  /** RTP packets of streams that no leg had within five minutes. */
  readonly unassignedPackets?: number;
  readonly lastPacketAt?: number;
  readonly legs: readonly LegSight[];
};
