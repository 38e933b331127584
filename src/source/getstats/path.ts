import type { Endpoint } from '../../model/channel.ts';
import type { RtcStatsEntry } from '../../model/rtc-stats.ts';
import { present } from '../../quality/present.ts';
import { counter, text } from './member.ts';
import type { StatsIndex } from './stats-index.ts';

/** The candidate pair that a stream runs over, gateway side and device side. */
export type Path = {
  readonly pair?: RtcStatsEntry;
  readonly transport?: 'UDP' | 'TCP';
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
};

/** The path of an RTP entry: its transport's selected pair, else the nominated pair that succeeded and carried most. */
export function pathOf(index: StatsIndex, rtp: RtcStatsEntry): Path {
  const transportId = text(rtp, 'transportId');
  const selected = text(index.byId.get(transportId ?? ''), 'selectedCandidatePairId');
  const pair = index.byId.get(selected ?? '') ?? nominatedPair(index.pairs, transportId);
  const local = index.byId.get(text(pair, 'localCandidateId') ?? '');
  const remote = index.byId.get(text(pair, 'remoteCandidateId') ?? '');
  return present<Path>({
    pair,
    transport: protocolOf(local) ?? protocolOf(remote),
    local: endpointOf(local),
    remote: endpointOf(remote),
  });
}

function nominatedPair(pairs: readonly RtcStatsEntry[], transportId: string | undefined): RtcStatsEntry | undefined {
  const carried = (pair: RtcStatsEntry) => (counter(pair, 'bytesSent') ?? 0) + (counter(pair, 'bytesReceived') ?? 0);
  return pairs
    .filter((pair) => pair['nominated'] === true && pair['state'] === 'succeeded')
    .filter((pair) => (text(pair, 'transportId') ?? transportId) === transportId)
    .reduce<RtcStatsEntry | undefined>(
      (most, pair) => (most && carried(most) >= carried(pair) ? most : pair),
      undefined,
    );
}

function endpointOf(candidate: RtcStatsEntry | undefined): Endpoint | undefined {
  const address = text(candidate, 'address') ?? text(candidate, 'ip');
  const port = counter(candidate, 'port');
  return address === undefined || port === undefined ? undefined : { address, port };
}

function protocolOf(candidate: RtcStatsEntry | undefined): Path['transport'] {
  const protocol = text(candidate, 'protocol')?.toUpperCase();
  return protocol === 'UDP' || protocol === 'TCP' ? protocol : undefined;
}
