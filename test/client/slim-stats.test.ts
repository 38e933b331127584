import { expect, test } from 'vitest';
import { slimStats } from '../../src/client/slim-stats.ts';

const at = 1000;
const entry = (id: string, type: string, members: object = {}) => ({ id, type, timestamp: at, ...members });

const full = [
  entry('in', 'inbound-rtp', { ssrc: 1, codecId: 'c1', packetsReceived: 7 }),
  entry('out', 'outbound-rtp', { ssrc: 2, codecId: 'c2' }),
  { ...entry('rin', 'remote-inbound-rtp', { codecId: 'c2' }), timestamp: 5000 },
  { ...entry('rout', 'remote-outbound-rtp'), timestamp: 6000 },
  entry('c1', 'codec'),
  entry('c2', 'codec'),
  entry('c3', 'codec'),
  entry('t', 'transport', { selectedCandidatePairId: 'p1' }),
  entry('p1', 'candidate-pair', { localCandidateId: 'l1', remoteCandidateId: 'r1' }),
  entry('p2', 'candidate-pair', {
    localCandidateId: 'l2',
    remoteCandidateId: 'r2',
    nominated: true,
    state: 'succeeded',
  }),
  entry('l1', 'local-candidate'),
  entry('l2', 'local-candidate'),
  entry('r1', 'remote-candidate'),
  entry('r2', 'remote-candidate'),
  entry('ms', 'media-source'),
  entry('track', 'track'),
  entry('cert', 'certificate'),
  entry('pc', 'peer-connection'),
];

const idsOf = (entries: readonly unknown[]): string[] =>
  slimStats(entries, 0)
    .stats.map(({ id }) => id)
    .toSorted();

test('what the agent reads stays, whole', () => {
  const { stats } = slimStats(full, 0);
  expect(idsOf(full)).toEqual(['c1', 'c2', 'in', 'l1', 'out', 'p1', 'r1', 'rin', 'rout', 't']);
  expect(stats.find(({ id }) => id === 'in')).toEqual(full[0]);
});

test('without a transport that tells, the nominated pair that succeeded is the one in use', () => {
  const untold = full.filter(({ id }) => id !== 't');
  expect(idsOf(untold)).toEqual(['c1', 'c2', 'in', 'l2', 'out', 'p2', 'r2', 'rin', 'rout']);
});

test("the standard's maplike is read like an array", () => {
  const map = new Map(full.map((member) => [member.id, member]));
  expect(slimStats(map, 0)).toEqual(slimStats(full, 0));
});

test('the sample is as old as our own newest entry, not as a report of the other end', () => {
  expect(slimStats(full, 0).timestamp).toBe(at);
});

test('where nothing tells a time, it is now', () => {
  expect(slimStats([], 77)).toEqual({ timestamp: 77, stats: [] });
});

test('what is no statistic is left out', () => {
  const odd = [null, 7, 'x', {}, { id: 1, type: 'inbound-rtp', timestamp: 1 }, { id: 'a', type: 'inbound-rtp' }];
  expect(slimStats([...odd, ...full], 0)).toEqual(slimStats(full, 0));
});
