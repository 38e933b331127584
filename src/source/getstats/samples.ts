import type { RtcStatsEntry } from '../../model/rtc-stats.ts';
import { present } from '../../quality/present.ts';
import type { ObservedSample } from '../../quality/sampled-observed.ts';
import type { ReportedSample } from '../../quality/sampled-reported.ts';
import type { RoundTripReading, RoundTripSample } from '../../quality/sampled-round-trip.ts';
import { counter, signed } from './member.ts';

/** The STUN round trip of a candidate pair that streams run over. */
export type PairReading = {
  readonly pairId: string;
  readonly at: number;
  readonly current: number;
  readonly responses?: number;
  readonly total?: number;
};

/** libwebrtc counts what RTX repaired as received, too. */
export function received(own: RtcStatsEntry): ObservedSample | undefined {
  const packets = counter(own, 'packetsReceived');
  if (packets === undefined) return undefined;
  const counters = present<ObservedSample['counters']>({
    packets,
    octets: counter(own, 'bytesReceived'),
    frames: counter(own, 'framesReceived') ?? counter(own, 'framesDecoded'),
    lost: signed(own, 'packetsLost'),
    retransmittedPackets: counter(own, 'retransmittedPacketsReceived'),
    retransmittedOctets: counter(own, 'retransmittedBytesReceived'),
  });
  return present<ObservedSample>({
    at: seconds(own.timestamp),
    counters,
    height: counter(own, 'frameHeight'),
    jitter: signed(own, 'jitter'),
  });
}

/** What our side sent of a stream, repairs apart. */
export function sent(own: RtcStatsEntry): ObservedSample | undefined {
  const packets = counter(own, 'packetsSent');
  if (packets === undefined) return undefined;
  const counters = present<ObservedSample['counters']>({
    packets,
    octets: counter(own, 'bytesSent'),
    frames: counter(own, 'framesSent') ?? counter(own, 'framesEncoded'),
    lost: undefined,
    retransmittedPackets: counter(own, 'retransmittedPacketsSent'),
    retransmittedOctets: counter(own, 'retransmittedBytesSent'),
  });
  return present<ObservedSample>({
    at: seconds(own.timestamp),
    counters,
    height: counter(own, 'frameHeight'),
    jitter: undefined,
  });
}

/** What the device says of a stream; undefined if it says nothing that we read. */
export function reportedBy(remote: RtcStatsEntry): ReportedSample | undefined {
  const lost = signed(remote, 'packetsLost');
  const jitter = signed(remote, 'jitter');
  const roundTrip = readingOf(remote);
  if (lost === undefined && jitter === undefined && roundTrip.current === undefined) return undefined;
  const received = counter(remote, 'packetsReceived');
  return present<ReportedSample>({ at: seconds(remote.timestamp), lost, received, jitter, roundTrip });
}

/** A sender report answers no report of ours unless the other end speaks XR (RFC 3611): then nothing was measured. */
export function heard(remote: RtcStatsEntry): RoundTripSample | undefined {
  const reading = readingOf(remote);
  return (reading.measurements ?? 0) > 0 ? { at: seconds(remote.timestamp), reading } : undefined;
}

function readingOf(remote: RtcStatsEntry): RoundTripReading {
  return present<RoundTripReading>({
    current: signed(remote, 'roundTripTime'),
    total: counter(remote, 'totalRoundTripTime'),
    measurements: counter(remote, 'roundTripTimeMeasurements'),
  });
}

/** The round trip of a candidate pair; undefined before its first answer. */
export function pairReading(pair: RtcStatsEntry): PairReading | undefined {
  const current = signed(pair, 'currentRoundTripTime');
  if (current === undefined) return undefined;
  return present<PairReading>({
    pairId: pair.id,
    at: seconds(pair.timestamp),
    current,
    responses: counter(pair, 'responsesReceived'),
    total: counter(pair, 'totalRoundTripTime'),
  });
}

/** Epoch seconds of a W3C timestamp. */
export function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}
