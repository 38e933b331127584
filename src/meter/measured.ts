import type { Endpoint, Media } from '../model/channel.ts';
import type { ClockRateOrigin, Interval, Loss, RoundTripOrigin, Spread } from '../model/interval.ts';

/** A mean, a maximum and what they rest on. Seconds. */
export type Mean = { readonly average: number; readonly maximum: number; readonly samples: number };

/** What the receiver of a stream says of it, by the one reporter with most blocks. Ratios 0–1, seconds. */
export type Reported = {
  /** Accepted report blocks. */
  readonly reports: number;
  readonly reporter: number;
  readonly loss?: number;
  readonly maximumLoss?: number;
  readonly averageJitter?: number;
  readonly maximumJitter?: number;
};

/**
 * One SSRC on one 5-tuple, as a whole: the members of `analyze --json` in our units. Ratios 0–1, seconds, octets, bits/s;
 * absent = not known.
 */
export type MeasuredStream = {
  /** Unique within the meter. */
  readonly streamId: string;
  readonly ssrc: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly transport: 'UDP' | 'TCP';
  /** In the order of appearance; codec and clock are those of most packets that carry media. */
  readonly payloadTypes: readonly number[];
  readonly codec?: string;
  readonly clockRate?: number;
  readonly clockRateOrigin?: ClockRateOrigin;
  readonly media?: Media;
  /** A stream that repairs others (RTX, FlexFEC): it belongs to no figure of a channel. */
  readonly repair?: true;
  /** The payload is SRTP by the signalling. */
  readonly encrypted?: true;
  /** Unique packets of every payload type; `expected - packets` = `lost`. */
  readonly packets: number;
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly restarts: number;
  /** Unique packets that carry media, their payload octets and their distinct timestamps. */
  readonly mediaPackets: number;
  readonly octets: number;
  readonly frames: number;
  /** Of the latest pictures, pixels; absent where no packet in the clear told it. */
  readonly height?: number;
  /** Lost ÷ expected over untainted seconds, and the worst window; both absent where nothing was expected. */
  readonly loss?: number;
  readonly maximumLoss?: number;
  readonly averageJitter?: number;
  readonly maximumJitter?: number;
  /** RFC 3550 A.8 over every packet in arrival order, duplicates too. */
  readonly rfc3550?: { readonly average: number; readonly maximum: number };
  /** Over the time between the first and the last packet. */
  readonly bitRate?: number;
  readonly frameRate?: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The tap did not see it begin: a sender report counts more packets than we. */
  readonly partialStart?: true;
  /** The stream that went on here over another 5-tuple, and the packets lost in the change. */
  readonly continues?: { readonly streamId: string; readonly lost: number };
  /** By the receiver's reports about this stream. */
  readonly roundTrip?: Mean & { readonly origin: RoundTripOrigin };
  readonly reported?: Reported;
};

/**
 * What was measured of one stream in one slot, before anybody knows its direction. `observed` is what was seen on the
 * wire; `reported` what its receiver told. `intervalOf` makes the one currency of it.
 */
export type MeasuredInterval = {
  readonly streamId: string;
  readonly observed: Interval;
  readonly reported?: { readonly loss?: Loss; readonly jitter?: Spread; readonly earlyJitter?: Spread };
  /** As the sender's host sees the loop (`outbound` when the gateway sends), and as the receiver's host does. */
  readonly roundTrip?: {
    readonly ofSender?: NonNullable<Interval['roundTrip']>;
    readonly ofReceiver?: NonNullable<Interval['roundTrip']>;
  };
};

/** What the capture was. */
export type MeasuredCapture = {
  /** Records taken, and of them RTP of valid streams, RTCP, and everything else. */
  readonly packets: number;
  readonly rtpPackets: number;
  readonly rtcpPackets: number;
  readonly otherPackets: number;
  /** Headers that contradict themselves. */
  readonly malformed: number;
  /** Packets that the capture says it lost. */
  readonly captureDropped: number;
  /** Epoch seconds of the first and the last record; absent without any. */
  readonly firstAt?: number;
  readonly lastAt?: number;
  /** RTCP compounds that could not be read because they are encrypted. */
  readonly encryptedRtcp: number;
  /** Packets that have the shape of RTP and were not measured, because there were too many streams already. */
  readonly refusedPackets?: number;
  /** Records of packets that another interface had shown before, where all were captured. */
  readonly copies?: number;
};

/** What a live meter has to tell. An interval of a stream and slot takes the place of an earlier one. */
export type LiveMeasured = {
  /** Streams that have begun and are not over; those with intervals, as they are now; those that are over. */
  readonly begun: readonly MeasuredStream[];
  readonly changed: readonly MeasuredStream[];
  readonly ended: readonly MeasuredStream[];
  /** In the order in which they count. */
  readonly intervals: readonly MeasuredInterval[];
};

/** Oddities of the far ends that were left out of all figures, counted by name. */
export type MeterQuirk =
  | 'unknownSsrc'
  | 'selfReport'
  | 'jitterRange'
  | 'lossJump'
  | 'sequenceRange'
  | 'dlsrZero'
  | 'dlsrRange'
  | 'unknownSenderReport'
  | 'roundTripRange'
  | 'ntpClock';

/** Everything a meter measured. */
export type MeterResult = {
  readonly capture: MeasuredCapture;
  readonly streams: readonly MeasuredStream[];
  /** By time; only with `MeterOptions.intervals`. */
  readonly intervals: readonly MeasuredInterval[];
  readonly quirks: Readonly<Partial<Record<MeterQuirk, number>>>;
};
