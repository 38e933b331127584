import { GraphCounts } from '../../src/daemon/graph-counts.ts';
import type { MetricFacts } from '../../src/daemon/metric-facts.ts';
import { noEnds } from '../../src/leg/end-counts.ts';
import { IntervalCounts } from '../../src/leg/interval-counts.ts';
import type { WatchedLeg } from '../../src/leg/leg.ts';
import type { Direction, Media } from '../../src/model/channel.ts';
import type { Interval, Origin } from '../../src/model/interval.ts';

const medias: readonly Media[] = ['audio', 'video', 'screenSharing'];
const origins: readonly Origin[] = ['observed', 'reported', 'inferred', 'paced'];
const mediaLegId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';

/** One ended leg with an interval of each direction, media and origin: 100 packets, of which 10 are lost. */
function everyInterval(): IntervalCounts {
  const counts = new IntervalCounts(5);
  const all = (['inbound', 'outbound'] as const).flatMap((direction: Direction) =>
    medias.flatMap((media) =>
      origins.map((origin) => ({ streamId: `${direction}/${media}/${origin}`, direction, media, origin })),
    ),
  );
  const leg: WatchedLeg = {
    streams: new Map(
      all.map(({ streamId, direction }) => [streamId, { streamId, mediaLegId, source: 'capture', direction }]),
    ),
    assignment: new Map(all.map(({ streamId, media }) => [streamId, { media, channelIndex: 1 }])),
  };
  const intervals = all.map(({ streamId, origin }): Interval => {
    const spread = { origin, sum: 0.04, count: 2 };
    const common = { streamId, startedAt: 1000, seconds: 5, coveredSeconds: 5, packets: 100 };
    return {
      ...common,
      loss: { origin, lost: 10, of: 110, unit: 'packets' },
      jitter: spread,
      roundTrip: { stun: spread },
    };
  });
  counts.take(leg, 'getstats', { mediaLegId, intervals });
  counts.end(leg, mediaLegId);
  return counts;
}

/** An agent of which everything can be told. */
export function fullFacts(change: Partial<MetricFacts> = {}): MetricFacts {
  const graph = new GraphCounts();
  graph.take({ method: 'POST', status: 204, seconds: 0.2 });
  graph.take({ method: 'GET', seconds: 31 });
  Object.assign(graph.tokens, { asked: 3, refused: 1, unreachable: 1, expiresAt: 5000 });
  const lane = { state: 'live', captured: 90, dropped: 4, lost: 2, restarts: 0 } as const;
  return {
    now: 2000,
    version: '1.2.3',
    node: 'v24.0.0',
    legs: { live: 2, begun: 5, ends: { ...noEnds(), idle: 1, 'sip-bye': 2 } },
    intervals: everyInterval(),
    sight: {
      ...{
        packets: 100,
        rtpPackets: 80,
        rtcpPackets: 15,
        dropped: 6,
        malformed: 1,
        unclaimed: 0,
        unassignedPackets: 7,
        lastPacketAt: 1999,
        legs: [],
      },
      media: lane,
      signalling: { ...lane, dropped: 1, lost: 0 },
    },
    owed: { reports: 3, octets: 4711, oldestAt: 1500, callRecords: 1 },
    fleet: {
      counters: { handedOver: 11, takenOver: 12, lateOutcomes: 13, outages: 14, legsTakenOver: 15, legsLost: 16 },
      isShared: true,
      backlog: 17,
      leaseUntil: 2020,
    },
    webex: { waiting: 2, asked: 7, failed: 1, imported: 3, givenUp: 1 },
    delivery: {
      ...{ attempts: 9, accepted: 4, refused: 2, kept: 3, expired: 1, throttled: 0, fenced: 0, storeFailures: 0 },
    },
    attemptsBy: new Map<number | string, number>([
      [204, 4],
      [403, 2],
      ['ECONNRESET', 1],
      ['ETIMEDOUT', 1],
      ['TOKEN_REFUSED', 1],
    ]),
    graph,
    refusals: { login: 3, token: 5 },
    asksTokens: true,
    config: { loadedAt: 900, reloads: 2, failures: 1 },
    ...change,
  };
}
