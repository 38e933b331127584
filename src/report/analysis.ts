import type { Endpoint, Media } from '../model/channel.ts';
import type { ClockRateOrigin, RoundTripOrigin } from '../model/interval.ts';
import type { AnalysedLeg } from './analysis-leg.ts';
import { roundTo } from './duration.ts';
import { rfc3339 } from './rfc3339.ts';

/** What the capture was, with its time span in epoch seconds. */
export type AnalysedCapture = {
  readonly packets: number;
  readonly rtpPackets: number;
  readonly rtcpPackets: number;
  readonly otherPackets: number;
  readonly malformed: number;
  readonly captureDropped: number;
  readonly firstAt?: number;
  readonly lastAt?: number;
  /** RTCP that could not be read because it is encrypted. */
  readonly encryptedRtcp?: number;
  /** RTP of streams that were not measured, because there were too many at once. */
  readonly refusedPackets?: number;
  /** Of a packet that several interfaces showed, the records but the first. */
  readonly copies?: number;
  /** A file was damaged or cut short behind at least one whole record. */
  readonly truncated: boolean;
};

/** One SSRC on one 5-tuple in our units: ratios 0–1, seconds, octets, bits/s, epoch seconds. Absent = not known. */
export type AnalysedStream = {
  readonly ssrc: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly payloadTypes: readonly number[];
  readonly codec?: string;
  readonly clockRate?: number;
  readonly clockRateOrigin?: ClockRateOrigin;
  readonly media?: Media;
  readonly packets: number;
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly restarts: number;
  readonly octets: number;
  readonly loss?: number;
  readonly maximumLoss?: number;
  readonly averageJitter?: number;
  readonly maximumJitter?: number;
  readonly rfc3550?: { readonly average: number; readonly maximum: number };
  readonly bitRate?: number;
  readonly frameRate?: number;
  /** Of the latest pictures, pixels. */
  readonly height?: number;
  readonly firstAt: number;
  readonly lastAt: number;
  readonly roundTrip?: {
    readonly origin: RoundTripOrigin;
    readonly average: number;
    readonly maximum: number;
    readonly samples: number;
  };
  readonly reported?: {
    readonly reports: number;
    readonly loss?: number;
    readonly maximumLoss?: number;
    readonly averageJitter?: number;
    readonly maximumJitter?: number;
  };
};

/** Everything that an offline analysis found. */
export type Analysis = {
  readonly capture: AnalysedCapture;
  readonly streams: readonly AnalysedStream[];
  readonly legs: readonly AnalysedLeg[];
};

/** The document of `analyze --json`: what is not known has no member. */
export function analysisDocument({ capture, streams, legs }: Analysis) {
  return {
    capture: captureShape(capture),
    streams: streams.map(streamShape),
    legs: legs.map(legShape),
  };
}

/** A leg in the document. */
export function legShape({ device, callId, report }: AnalysedLeg) {
  return { device, ...(callId === undefined ? {} : { callId }), report };
}

/** The capture in the document. */
export function captureShape(capture: AnalysedCapture) {
  const { packets, rtpPackets, rtcpPackets, otherPackets, malformed, captureDropped, firstAt, lastAt } = capture;
  const { refusedPackets, copies } = capture;
  const durationSeconds = firstAt === undefined || lastAt === undefined ? 0 : lastAt - firstAt;
  return {
    packets,
    rtpPackets,
    rtcpPackets,
    otherPackets,
    malformed,
    captureDropped,
    ...(refusedPackets === undefined ? {} : { refusedPackets }),
    ...(copies === undefined ? {} : { copies }),
    durationSeconds: roundTo(durationSeconds, 6),
    ...(capture.truncated ? { truncated: true } : {}),
  };
}

/** A stream in the document. */
export function streamShape(stream: AnalysedStream) {
  const { ssrc, source, destination, payloadTypes, codec, clockRate, clockRateOrigin, media } = stream;
  const { packets, expected, lost, duplicates, reordered, restarts, rfc3550, octets, roundTrip, reported } = stream;
  return known({
    ssrc,
    source,
    destination,
    payloadTypes,
    codec,
    clockRate,
    clockRateOrigin,
    media,
    packets,
    expected,
    lost,
    duplicates,
    reordered,
    restarts,
    lossPercent: percent(stream.loss),
    maximumLossPercent: percent(stream.maximumLoss),
    averageJitterSeconds: seconds(stream.averageJitter),
    maximumJitterSeconds: seconds(stream.maximumJitter),
    rfc3550:
      rfc3550 &&
      known({ averageJitterSeconds: seconds(rfc3550.average), maximumJitterSeconds: seconds(rfc3550.maximum) }),
    octets,
    bitRate: rounded(stream.bitRate, 0),
    // Sound has no frames that anybody counts.
    frameRate: media === 'audio' ? undefined : rounded(stream.frameRate, 2),
    height: stream.height,
    firstAt: time(stream.firstAt),
    lastAt: time(stream.lastAt),
    roundTrip:
      roundTrip &&
      known({
        origin: roundTrip.origin,
        averageSeconds: seconds(roundTrip.average),
        maximumSeconds: seconds(roundTrip.maximum),
        samples: roundTrip.samples,
      }),
    reported:
      reported &&
      known({
        reports: reported.reports,
        lossPercent: percent(reported.loss),
        maximumLossPercent: percent(reported.maximumLoss),
        averageJitterSeconds: seconds(reported.averageJitter),
        maximumJitterSeconds: seconds(reported.maximumJitter),
      }),
  });
}

/** Microseconds are what captures have; a hundredth of a packet in ten thousand is what a loss may mean. */
const seconds = (value: number | undefined): number | undefined => rounded(value, 6);
const percent = (ratio: number | undefined): number | undefined =>
  rounded(ratio === undefined ? undefined : 100 * ratio, 4);

const rounded = (value: number | undefined, decimals: number): number | undefined =>
  value === undefined || !Number.isFinite(value) ? undefined : roundTo(value, decimals);

/** The last moment that a Date can hold, in seconds since the epoch. */
const LAST_DATE = 8.64e12;

/** A capture may claim any time; one that no calendar has is left out. */
const time = (at: number): string | undefined => (Math.abs(at) <= LAST_DATE ? rfc3339(at) : undefined);

/** Without the members that are undefined. */
function known<T extends object>(members: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } {
  const kept: Partial<T> = {};
  for (const name in members) if (members[name] !== undefined) kept[name] = members[name];
  // Sound for readers of JSON: a member without a value is none there.
  return kept as { readonly [K in keyof T]: Exclude<T[K], undefined> };
}
