import { endReasons } from '../leg/end-counts.ts';
import type { LaneState } from '../source/capture/capture-engine.ts';
import { answerCode } from './answer-code.ts';
import { fleetFamilies } from './fleet-families.ts';
import { operations } from './graph-counts.ts';
import type { Family, MetricFacts, Sample } from './metric-facts.ts';
import { webexFamilies } from './webex-families.ts';

type Read = (facts: MetricFacts) => readonly Sample[];

const metric = (
  type: 'counter' | 'gauge',
  name: string,
  help: string,
  labels: readonly string[],
  read: Read,
): Family => ({
  name: `otherleg_${name}`,
  help,
  type,
  labels,
  read,
});

const one = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [{ value }]);

const capture = (labels: object, value: number): Sample => ({ labels: { source: 'capture', ...labels }, value });

const about: readonly Family[] = [
  metric('gauge', 'build_info', 'Version of the agent and of Node.js; always 1.', ['version', 'node'], (facts) => [
    { labels: { version: facts.version, node: facts.node }, value: 1 },
  ]),
  metric('gauge', 'calls_active', 'Legs that are live here.', [], ({ legs }) => one(legs.live)),
  metric('counter', 'calls_started_total', 'Legs that began here.', [], ({ legs }) => one(legs.begun)),
  metric('counter', 'calls_ended_total', 'Legs that ended here.', ['reason'], ({ legs }) =>
    endReasons.map((reason) => ({ labels: { reason }, value: legs.ends[reason] })),
  ),
];

const sources: readonly Family[] = [
  metric('counter', 'source_datagrams_total', 'Packets that the capture took.', ['source', 'kind'], ({ sight }) => {
    if (sight === undefined) return [];
    const { packets, rtpPackets, rtcpPackets } = sight;
    return [
      capture({ kind: 'rtp' }, rtpPackets),
      capture({ kind: 'rtcp' }, rtcpPackets),
      capture({ kind: 'other' }, Math.max(0, packets - rtpPackets - rtcpPackets)),
    ];
  }),
  metric(
    'counter',
    'source_dropped_total',
    'Packets that the capture lost: in the kernel, or on their way from the tool to the agent.',
    ['source', 'reason'],
    ({ sight }) => {
      if (sight === undefined) return [];
      const lanes = [sight.media, sight.signalling].filter((lane) => lane !== undefined);
      const sum = (of: (lane: LaneState) => number): number => lanes.reduce((total, lane) => total + of(lane), 0);
      return [
        capture(
          { reason: 'kernel' },
          sum(({ dropped }) => dropped),
        ),
        capture(
          { reason: 'queue' },
          sum(({ lost }) => lost),
        ),
      ];
    },
  ),
  metric(
    'counter',
    'source_malformed_total',
    'Packets whose headers contradict themselves.',
    ['source', 'reason'],
    ({ sight }) => (sight === undefined ? [] : [capture({ reason: 'header' }, sight.malformed ?? 0)]),
  ),
  metric(
    'counter',
    'unassigned_packets_total',
    'RTP packets of streams that no leg had within five minutes.',
    [],
    ({ sight }) => (sight === undefined ? [] : one(sight.unassignedPackets ?? 0)),
  ),
  metric(
    'gauge',
    'source_last_packet_timestamp_seconds',
    'When a source last had a packet.',
    ['source'],
    ({ now, sight, intervals }) => {
      const at = new Map<string, number>(intervals.lastPacketAt);
      if (sight?.lastPacketAt !== undefined) at.set('capture', sight.lastPacketAt);
      // An interval that goes on ends later than now.
      return [...at].map(([source, last]) => ({ labels: { source }, value: Math.min(now, last) }));
    },
  ),
];

const outbox: readonly Family[] = [
  metric('gauge', 'outbox_records', 'Reports that are owed to Graph.', [], ({ owed }) => one(owed?.reports)),
  metric('gauge', 'outbox_bytes', 'Bodies of the reports that are owed to Graph.', [], ({ owed }) => one(owed?.octets)),
  metric(
    'gauge',
    'outbox_oldest_timestamp_seconds',
    'When the oldest report that is owed was made; no sample while none is.',
    [],
    ({ owed }) => one(owed?.oldestAt),
  ),
  metric('counter', 'outbox_dead_total', 'Reports that were refused or expired.', [], ({ delivery }) =>
    one(delivery.refused + delivery.expired),
  ),
  metric('counter', 'outbox_attempts_total', 'Attempts at reports, by how they ended.', ['code'], ({ attemptsBy }) => {
    const by = new Map<string, number>();
    for (const [each, count] of attemptsBy) by.set(answerCode(each), (by.get(answerCode(each)) ?? 0) + count);
    return [...by].map(([code, value]) => ({ labels: { code }, value }));
  }),
  metric('counter', 'reports_accepted_total', 'Reports that Graph took.', [], ({ delivery }) => one(delivery.accepted)),
  metric('counter', 'reports_rejected_total', 'Reports that Graph refused.', [], ({ delivery }) =>
    one(delivery.refused),
  ),
  metric('gauge', 'callrecords_pending', 'Call records that are to be read from Graph.', [], ({ owed }) =>
    one(owed?.callRecords),
  ),
];

const graph: readonly Family[] = [
  metric('counter', 'graph_requests_total', 'Requests to Graph.', ['operation', 'code'], (facts) =>
    operations.flatMap((operation) =>
      [...facts.graph.requests[operation].by].map(([code, value]) => ({ labels: { operation, code }, value })),
    ),
  ),
  metric('counter', 'graph_request_failures_total', 'Requests to Graph without a 2xx.', ['operation'], (facts) =>
    operations.map((operation) => ({ labels: { operation }, value: facts.graph.requests[operation].failures })),
  ),
  {
    name: 'otherleg_graph_request_duration_seconds',
    help: 'Time to the end of the answer, or to its failure.',
    type: 'histogram',
    labels: ['operation'],
    read: (facts) =>
      operations.map((operation) => ({ labels: { operation }, seen: facts.graph.requests[operation].seconds })),
  },
  metric('counter', 'graph_throttled_total', 'Answers 429 and 503 of Graph.', [], (facts) =>
    one(facts.graph.throttled),
  ),
];

/** Where no token is sent there is nothing to say of them. */
const ofTokens =
  (read: (tokens: MetricFacts['graph']['tokens']) => readonly Sample[]): Read =>
  ({ asksTokens, graph: { tokens } }) =>
    asksTokens ? read(tokens) : [];

const own: readonly Family[] = [
  metric(
    'gauge',
    'token_expires_timestamp_seconds',
    'When the token that the login host gave last expires.',
    [],
    ofTokens(({ expiresAt }) => one(expiresAt)),
  ),
  metric(
    'counter',
    'token_requests_total',
    'Requests for a token to the login host.',
    [],
    ofTokens(({ asked }) => one(asked)),
  ),
  metric(
    'counter',
    'token_failures_total',
    'Requests for a token that failed.',
    ['reason'],
    ofTokens(({ refused, unreachable }) => [
      { labels: { reason: 'refused' }, value: refused },
      { labels: { reason: 'unreachable' }, value: unreachable },
    ]),
  ),
  metric(
    'counter',
    'access_refused_total',
    'Tokens that nobody has: tried on the page (login) or in a request (token).',
    ['way'],
    ({ refusals }) => [
      { labels: { way: 'login' }, value: refusals.login },
      { labels: { way: 'token' }, value: refusals.token },
    ],
  ),
  metric('counter', 'config_reloads_total', 'Configurations that were read again, good or bad.', [], ({ config }) =>
    one(config.reloads),
  ),
  metric('counter', 'config_reload_failures_total', 'Configurations that were wrong and not taken.', [], ({ config }) =>
    one(config.failures),
  ),
  metric('gauge', 'config_loaded_timestamp_seconds', 'When the configuration in use was read.', [], ({ config }) =>
    one(config.loadedAt),
  ),
];

/** What the agent itself did, and how it stands. */
export const agentFamilies: readonly Family[] = [
  ...about,
  ...sources,
  ...outbox,
  ...fleetFamilies,
  ...webexFamilies,
  ...graph,
  ...own,
];
