import type { Endpoint } from './endpoint.ts';
import type { Media } from './media.ts';
import type { RoundTrips } from './reporter.ts';
import type { Stream } from './stream.ts';

/** What is right about a generated capture, known from how it was made. */
export type Truth = {
  readonly capture: {
    readonly packets: number;
    readonly rtpPackets: number;
    readonly rtcpPackets: number;
    readonly octets: number;
  };
  readonly streams: readonly StreamTruth[];
};

export type StreamTruth = {
  readonly ssrc: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly media: Media['name'];
  readonly payloadType: number;
  readonly clockRate: number;
  /** Unique packets; sent; the difference; copies; unique packets behind a later one. */
  readonly packets: number;
  readonly expected: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly reordered: number;
  /** RFC 3550, A.8, over all packets: mean over its updates, and maximum. Seconds. */
  readonly rfc3550: { readonly averageJitterSeconds: number; readonly maximumJitterSeconds: number };
  /** From the tap to the receiver and back; absent without a sample. */
  readonly roundTrip?: { readonly averageSeconds: number; readonly maximumSeconds: number; readonly samples: number };
  /** Report blocks of the receiver. */
  readonly reports: number;
};

export function truthOf({ plan, observed, total }: Stream, roundTrips: RoundTrips, reports: number): StreamTruth {
  const { media, ssrc, from, to } = plan;
  const updates = observed.received - 1;
  return {
    ...{ ssrc, source: from, destination: to },
    ...{ media: media.name, payloadType: media.payloadType, clockRate: media.clockRate },
    ...{ packets: observed.packets, expected: total, lost: total - observed.packets },
    ...{ duplicates: observed.duplicates, reordered: observed.reordered },
    rfc3550: {
      averageJitterSeconds: observed.jitterSum / updates / media.clockRate,
      maximumJitterSeconds: observed.jitterMaximum / media.clockRate,
    },
    ...(roundTrips.samples === 0 ? {} : { roundTrip: summaryOf(roundTrips) }),
    reports,
  };
}

const summaryOf = ({ samples, sum, maximum }: RoundTrips): NonNullable<StreamTruth['roundTrip']> => ({
  averageSeconds: sum / samples,
  maximumSeconds: maximum,
  samples,
});
