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
  /** It is all that a WebRTC library tells of a connection: what it does not list is not there. */
  readonly isComplete: boolean;
};

/** Finds the streams of a report: one per inbound-rtp, one per outbound-rtp with its remote-inbound-rtp or either alone. */
export function mapReport(report: RtcStatsReport): MappedReport {
  const index = indexOf(report);
  const { inbound, outbound, remoteInbound, remoteOutbound } = index;
  const reports = remotesOf(remoteInbound);
  const heardOf = remotesOf(remoteOutbound);
  const answered = new Map(outbound.map((own) => [own, pairedWith(own, reports)]));
  const paired = new Set(answered.values());
  const streams = [
    ...inbound.map((own) => inboundStream(index, own, pairedWith(own, heardOf))),
    ...outbound.map((own) => outboundStream(index, own, answered.get(own))),
    ...remoteInbound.filter((remote) => !paired.has(remote)).map((remote) => outboundStream(index, undefined, remote)),
  ].filter((stream) => stream !== undefined);
  const used = new Set(streams.map((stream) => stream.pairId));
  return {
    at: seconds(report.timestamp),
    streams,
    pairs: index.pairs.filter((pair) => used.has(pair.id)).flatMap((pair) => pairReading(pair) ?? []),
    rtpEntries: index.rtpEntries,
    isComplete: isComplete(report),
  };
}

/** The other end's entries, by all that an entry of ours may find them by; of several the first counts. */
type Remotes = { readonly [By in 'id' | 'localId' | 'ssrc']: ReadonlyMap<unknown, RtcStatsEntry> };

function remotesOf(remotes: readonly RtcStatsEntry[]): Remotes {
  const last = [...remotes].reverse();
  return {
    id: new Map(last.map((remote) => [remote.id, remote])),
    localId: new Map(last.map((remote) => [text(remote, 'localId'), remote])),
    ssrc: new Map(last.filter((remote) => !text(remote, 'localId')).map((remote) => [counter(remote, 'ssrc'), remote])),
  };
}

/** The other end's entry about a stream: either names the other, else they have one SSRC. */
function pairedWith(own: RtcStatsEntry, remotes: Remotes): RtcStatsEntry | undefined {
  const ssrc = counter(own, 'ssrc');
  return (
    remotes.id.get(text(own, 'remoteId')) ??
    remotes.localId.get(own.id) ??
    (ssrc === undefined ? undefined : remotes.ssrc.get(ssrc))
  );
}

/** Slim statistics name neither transports nor candidates. */
function isComplete({ stats }: RtcStatsReport): boolean {
  return stats.some(
    ({ type, transportId }) =>
      type === 'transport' || type === 'candidate-pair' || (type === 'outbound-rtp' && transportId !== undefined),
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
