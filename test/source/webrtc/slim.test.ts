import { expect, test } from 'vitest';
import { slim } from '../../../src/source/webrtc/slim.ts';

const NOW = 1_790_000_000_000;

/** What libwebrtc lists of one received stream, and some of what it lists beside. */
const LISTED = [
  { id: 'C96', type: 'codec', timestamp: NOW, payloadType: 96, mimeType: 'video/VP8' },
  { id: 'C97', type: 'codec', timestamp: NOW, payloadType: 97, mimeType: 'video/rtx' },
  { id: 'T', type: 'transport', timestamp: NOW, selectedCandidatePairId: 'P1', dtlsState: 'connected' },
  {
    id: 'P1',
    type: 'candidate-pair',
    timestamp: NOW,
    transportId: 'T',
    localCandidateId: 'L1',
    remoteCandidateId: 'R1',
  },
  {
    id: 'P2',
    type: 'candidate-pair',
    timestamp: NOW,
    transportId: 'T',
    localCandidateId: 'L1',
    remoteCandidateId: 'R2',
  },
  { id: 'L1', type: 'local-candidate', timestamp: NOW, transportId: 'T', address: '192.0.2.1' },
  { id: 'R1', type: 'remote-candidate', timestamp: NOW, transportId: 'T', address: '192.0.2.2' },
  { id: 'R2', type: 'remote-candidate', timestamp: NOW, transportId: 'T', address: '192.0.2.3' },
  { id: 'I', type: 'inbound-rtp', timestamp: NOW, codecId: 'C96', transportId: 'T', remoteId: 'O', trackId: 'X' },
  { id: 'O', type: 'remote-outbound-rtp', timestamp: NOW + 900, localId: 'I' },
  { id: 'X', type: 'track', timestamp: NOW },
  { id: 'K', type: 'certificate', timestamp: NOW },
];

const ids = (entries: readonly { readonly id: string }[]): readonly string[] => entries.map(({ id }) => id).toSorted();

test('keeps streams and transports, and what they refer to', () => {
  const { stats } = slim('s', LISTED, 1);
  expect(ids(stats)).toEqual(['s/C96', 's/I', 's/L1', 's/O', 's/P1', 's/R1', 's/T']);
});

test('names references as it names the entries, and leaves all other members as they are', () => {
  const byId = new Map(slim('s', LISTED, 1).stats.map((entry) => [entry.id, entry]));
  expect(byId.get('s/I')).toEqual({
    id: 's/I',
    type: 'inbound-rtp',
    timestamp: NOW,
    codecId: 's/C96',
    transportId: 's/T',
    remoteId: 's/O',
    trackId: 'X',
  });
  expect(byId.get('s/O')).toMatchObject({ localId: 's/I' });
  expect(byId.get('s/T')).toMatchObject({ selectedCandidatePairId: 's/P1', dtlsState: 'connected' });
  expect(byId.get('s/P1')).toMatchObject({ localCandidateId: 's/L1', remoteCandidateId: 's/R1' });
});

test('is of the time at which its own entries were taken, not of that of the last report of the other end', () => {
  expect(slim('s', LISTED, 1).timestamp).toBe(NOW);
});

test('tells two sessions apart that name their entries alike', () => {
  const both = [...slim('a', LISTED, 1).stats, ...slim('b', LISTED, 1).stats];
  expect(new Set(both.map(({ id }) => id)).size).toBe(both.length);
});

test.each([
  ['nothing', []],
  [
    'no entries',
    [null, 'text', 7, {}, { id: 'I', type: 'inbound-rtp' }, { id: 1, type: 'inbound-rtp', timestamp: NOW }],
  ],
  ['entries that nobody reads', LISTED.filter(({ type }) => type === 'codec')],
])('of %s is empty and of now', (_, listed) => {
  expect(slim('s', listed, 7)).toEqual({ timestamp: 7, stats: [] });
});

test('follows references to what is not there, and in circles', () => {
  const listed = [{ id: 'I', type: 'inbound-rtp', timestamp: NOW, codecId: 'gone', remoteId: 'I' }];
  expect(slim('s', listed, 7).stats).toEqual([{ ...listed[0], id: 's/I', codecId: 's/gone', remoteId: 's/I' }]);
});
