import type { Direction } from '../../model/channel.ts';
import type { Stream } from '../../model/interval.ts';
import type { RtcStatsEntry, RtcStatsReport } from '../../model/rtc-stats.ts';
import { present } from '../../quality/present.ts';
import type { ObservedSample } from '../../quality/sampled-observed.ts';
import type { ReportedSample } from '../../quality/sampled-reported.ts';
import type { RoundTripSample } from '../../quality/sampled-round-trip.ts';
import type { StreamAbout } from './identity.ts';
import { counter, text } from './member.ts';
import { pathOf } from './path.ts';
import { heard, type PairReading, pairReading, received, reportedBy, seconds, sent } from './samples.ts';
import { indexOf, type StatsIndex } from './stats-index.ts';

/** What a report tells of one stream. Times in seconds. */
export type StatsStream = {
  /** The id of the entry that stands for the stream: the one of our own side where there is one. */
  readonly id: string;
  readonly about: StreamAbout;
  readonly pairId?: string;
  readonly observed?: ObservedSample;
  readonly reported?: ReportedSample;
  readonly roundTrip?: RoundTripSample;
};

/** A stats report in our words. */
export type MappedReport = {
  readonly at: number;
  readonly streams: readonly StatsStream[];
  readonly pairs: readonly PairReading[];
  /** How many entries of RTP streams there were. */
  readonly rtpEntries: number;
};

/** Finds the streams of a report: one per inbound-rtp, one per outbound-rtp with its remote-inbound-rtp or either alone. */
export function mapReport(report: RtcStatsReport): MappedReport {
  const index = indexOf(report);
  const { inbound, outbound, remoteInbound, remoteOutbound } = index;
  const answered = new Map(outbound.map((own) => [own, pairedWith(own, remoteInbound)]));
  const paired = new Set(answered.values());
  const streams = [
    ...inbound.map((own) => inboundStream(index, own, pairedWith(own, remoteOutbound))),
    ...outbound.map((own) => outboundStream(index, own, answered.get(own))),
    ...remoteInbound.filter((remote) => !paired.has(remote)).map((remote) => outboundStream(index, undefined, remote)),
  ].filter((stream) => stream !== undefined);
  const used = new Set(streams.map((stream) => stream.pairId));
  return {
    at: seconds(report.timestamp),
    streams,
    pairs: index.pairs.filter((pair) => used.has(pair.id)).flatMap((pair) => pairReading(pair) ?? []),
    rtpEntries: inbound.length + outbound.length + remoteInbound.length + remoteOutbound.length,
  };
}

/** The other end's entry about a stream: either names the other, else they have one SSRC. */
function pairedWith(own: RtcStatsEntry, remotes: readonly RtcStatsEntry[]): RtcStatsEntry | undefined {
  const remoteId = text(own, 'remoteId');
  const ssrc = counter(own, 'ssrc');
  return (
    remotes.find((remote) => remote.id === remoteId || text(remote, 'localId') === own.id) ??
    remotes.find((remote) => ssrc !== undefined && counter(remote, 'ssrc') === ssrc && !text(remote, 'localId'))
  );
}

function inboundStream(index: StatsIndex, own: RtcStatsEntry, remote: RtcStatsEntry | undefined) {
  return streamOf(index, 'inbound', own, { observed: received(own), roundTrip: remote && heard(remote) });
}

function outboundStream(index: StatsIndex, own: RtcStatsEntry | undefined, remote: RtcStatsEntry | undefined) {
  const entry = own ?? remote;
  const told = { observed: own && sent(own), reported: remote && reportedBy(remote) };
  return entry && streamOf(index, 'outbound', entry, told);
}

type Told = { readonly [Track in 'observed' | 'reported' | 'roundTrip']?: StatsStream[Track] | undefined };

function streamOf(index: StatsIndex, direction: Direction, entry: RtcStatsEntry, told: Told): StatsStream | undefined {
  const { observed, reported, roundTrip } = told;
  if (observed === undefined && reported === undefined) return undefined;
  const { pair, transport, local, remote } = pathOf(index, entry);
  const codec = index.byId.get(text(entry, 'codecId') ?? '');
  const [type, name] = text(codec, 'mimeType')?.split('/') ?? [];
  const clockRate = counter(codec, 'clockRate');
  const about = present<StreamAbout>({
    direction,
    ssrc: counter(entry, 'ssrc'),
    mid: text(entry, 'mid'),
    kind: kindOf(text(entry, 'kind') ?? text(entry, 'mediaType') ?? type),
    contentType: text(entry, 'contentType') === 'screenshare' ? 'screenshare' : undefined,
    transport,
    local,
    remote,
    codec: name,
    clockRate,
    clockRateOrigin: clockRate === undefined ? undefined : 'sdp',
  });
  return present<StatsStream>({ id: entry.id, about, pairId: pair?.id, observed, reported, roundTrip });
}

function kindOf(kind: string | undefined): Stream['kind'] {
  return kind === 'audio' || kind === 'video' ? kind : undefined;
}
