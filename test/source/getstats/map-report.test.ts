import { describe, expect, test } from 'vitest';
import type { RtcStatsEntry } from '../../../src/model/rtc-stats.ts';
import { mapReport } from '../../../src/source/getstats/map-report.ts';

const MS = 1_763_000_000_000;
const AT = MS / 1000;

const entry = (type: string, id: string, members: Record<string, unknown> = {}): RtcStatsEntry => ({
  id,
  type,
  timestamp: MS,
  ...members,
});
const map = (...stats: readonly RtcStatsEntry[]) => mapReport({ timestamp: MS, stats });

const inbound = entry('inbound-rtp', 'in', { ssrc: 1, kind: 'audio', mid: '0', packetsReceived: 50, packetsLost: 2 });
const outbound = entry('outbound-rtp', 'out', { ssrc: 2, kind: 'video', packetsSent: 60 });
const report = entry('remote-inbound-rtp', 'rr', { ssrc: 2, packetsLost: 3, timestamp: MS - 4000 });

describe('streams', () => {
  test('inbound: everything that is told of them', () => {
    const full = entry('inbound-rtp', 'in', {
      ssrc: 1,
      kind: 'video',
      mid: '1',
      contentType: 'screenshare',
      packetsReceived: 50,
      retransmittedPacketsReceived: 4,
      bytesReceived: 5000,
      retransmittedBytesReceived: 400,
      packetsLost: -2,
      framesReceived: 30,
      framesDecoded: 28,
      frameHeight: 720,
      jitter: 0.004,
    });
    expect(map(full)).toEqual({
      at: AT,
      rtpEntries: 1,
      isComplete: false,
      pairs: [],
      streams: [
        {
          id: 'in',
          about: { direction: 'inbound', ssrc: 1, mid: '1', kind: 'video', contentType: 'screenshare' },
          observed: {
            at: AT,
            counters: {
              packets: 50,
              octets: 5000,
              frames: 30,
              lost: -2,
              retransmittedPackets: 4,
              retransmittedOctets: 400,
            },
            height: 720,
            jitter: 0.004,
          },
        },
      ],
    });
  });

  test('outbound: our counters with the time of the sample, the report with the time it came', () => {
    const sent = {
      ...outbound,
      framesEncoded: 9,
      frameHeight: 360,
      bytesSent: 600,
      retransmittedPacketsSent: 1,
      retransmittedBytesSent: 10,
    };
    const told = {
      ...report,
      packetsReceived: 40,
      jitter: 0.01,
      roundTripTime: 0.08,
      totalRoundTripTime: 0.2,
      roundTripTimeMeasurements: 3,
    };
    expect(map(sent, told).streams).toEqual([
      {
        id: 'out',
        about: { direction: 'outbound', ssrc: 2, kind: 'video' },
        observed: {
          at: AT,
          counters: { packets: 60, octets: 600, frames: 9, retransmittedPackets: 1, retransmittedOctets: 10 },
          height: 360,
        },
        reported: {
          at: AT - 4,
          lost: 3,
          received: 40,
          jitter: 0.01,
          roundTrip: { current: 0.08, total: 0.2, measurements: 3 },
        },
      },
    ]);
  });

  test.each<{ name: string; own: object; remote: object; paired: boolean }>([
    { name: 'by remoteId', own: { remoteId: 'rr', ssrc: 9 }, remote: { ssrc: 8 }, paired: true },
    { name: 'by localId', own: { ssrc: 9 }, remote: { localId: 'out', ssrc: 8 }, paired: true },
    { name: 'by SSRC', own: {}, remote: {}, paired: true },
    { name: 'not by SSRC where the report names another', own: {}, remote: { localId: 'other' }, paired: false },
    { name: 'not without any of them', own: { ssrc: undefined }, remote: { ssrc: undefined }, paired: false },
  ])('an outbound stream and its report find each other $name', ({ own, remote, paired }) => {
    const { streams, rtpEntries } = map({ ...outbound, ...own }, { ...report, ...remote });
    expect(rtpEntries).toBe(2);
    expect(streams.map(({ id }) => id)).toEqual(paired ? ['out'] : ['out', 'rr']);
    expect(streams.at(-1)?.reported?.lost).toBe(3);
  });

  test('a report stands alone where the gateway does not tell what it sent', () => {
    expect(map(report).streams).toEqual([
      { id: 'rr', about: { direction: 'outbound', ssrc: 2 }, reported: { at: AT - 4, lost: 3, roundTrip: {} } },
    ]);
  });

  test('inbound and outbound may have one SSRC', () => {
    const { streams } = map({ ...inbound, ssrc: 2 }, outbound, report);
    expect(streams.map(({ about }) => about.direction)).toEqual(['inbound', 'outbound']);
  });

  test('hand-made entries of different types may share an id', () => {
    const { streams, rtpEntries } = map(
      { ...inbound, id: '1' },
      { ...report, id: '1' },
      { ...inbound, id: '1', packetsReceived: 9 },
    );
    expect(rtpEntries).toBe(2);
    expect(streams.map(({ about, observed }) => [about.direction, observed?.counters.packets])).toEqual([
      ['inbound', 50],
      ['outbound', undefined],
    ]);
  });
});

test.each([
  { name: 'a transport', stats: [entry('transport', 'T')], complete: true },
  { name: 'candidate pairs', stats: [entry('candidate-pair', 'P')], complete: true },
  { name: 'the transport of what is sent', stats: [{ ...outbound, transportId: 'T' }], complete: true },
  { name: 'neither', stats: [outbound, report, entry('codec', 'C')], complete: false },
])('a report with $name lists all streams of its leg: $complete', ({ stats, complete }) => {
  expect(map(inbound, ...stats).isComplete).toBe(complete);
});

describe('nonsense', () => {
  test.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('a type called %s is not ours', (type) => {
    expect(map(entry(type, type), inbound)).toMatchObject({ rtpEntries: 1, streams: [{ id: 'in' }] });
  });

  test('of ids that all types share does not take long, and its end is left out', () => {
    const stats = Array.from({ length: 20_000 }, (_, n) => [
      entry('outbound-rtp', `${n}`, { ssrc: n, packetsSent: 1 }),
      entry('remote-inbound-rtp', `${n}`, { ssrc: 1e6 + n, packetsLost: 1 }),
      entry('candidate-pair', `P${n}`, { nominated: true, state: 'succeeded' }),
    ]).flat();
    const before = process.cpuUsage();
    const { streams, rtpEntries } = map(...stats);
    // Of the processor, since on a busy machine the clock tells what the others do.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1000);
    expect([streams.length, rtpEntries]).toEqual([2000, 40_000]);
  });
});

test('of several reports on one stream the first counts', () => {
  const { streams } = map(outbound, report, { ...report, id: 'rr2', packetsLost: 9 });
  expect(streams.map(({ reported }) => reported?.lost)).toEqual([3, 9]);
});

test('of entries with one id the first is the one that others name', () => {
  const codec = entry('codec', 'X', { mimeType: 'audio/opus' });
  expect(map({ ...inbound, codecId: 'X' }, codec, { ...report, id: 'X' }).streams[0]?.about.codec).toBe('opus');
});

describe('members that cannot be are not there', () => {
  test.each<{ name: string; member: string; value: unknown }>([
    { name: 'text', member: 'bytesReceived', value: '5000' },
    { name: 'not a number', member: 'bytesReceived', value: Number.NaN },
    { name: 'infinite', member: 'bytesReceived', value: Number.POSITIVE_INFINITY },
    { name: 'negative', member: 'bytesReceived', value: -1 },
    { name: 'null', member: 'bytesReceived', value: null },
    { name: 'a codec without a slash', member: 'codecId', value: 'rr' },
    { name: 'a kind of neither', member: 'kind', value: 'text' },
  ])('$name', ({ member, value }) => {
    const [stream] = map({ ...inbound, kind: undefined, [member]: value }, report).streams;
    expect(stream?.observed?.counters).toEqual({ packets: 50, lost: 2 });
    expect(stream?.about).toEqual({ direction: 'inbound', ssrc: 1, mid: '0' });
  });

  test.each([inbound, outbound, report])(
    'an entry without anything to count is no stream: $type',
    ({ id, type, timestamp }) => {
      expect(map({ id, type, timestamp, ssrc: 1 })).toMatchObject({ streams: [], rtpEntries: 1 });
    },
  );
});

describe('the inbound round trip', () => {
  const remote = (members: object) =>
    entry('remote-outbound-rtp', 'sr', { localId: 'in', timestamp: MS - 2000, ...members });

  test('is what the device’s sender reports answer', () => {
    const measured = remote({ roundTripTime: 0.1, totalRoundTripTime: 0.5, roundTripTimeMeasurements: 5 });
    expect(map(inbound, measured).streams[0]?.roundTrip).toEqual({
      at: AT - 2,
      reading: { current: 0.1, total: 0.5, measurements: 5 },
    });
  });

  test.each([
    { name: 'no measurement', members: { roundTripTime: 0.1, roundTripTimeMeasurements: 0 } },
    { name: 'no count of them', members: { roundTripTime: 0.1 } },
  ])('is none with $name', ({ members }) => {
    const mapped = map(inbound, remote(members));
    expect(mapped.rtpEntries).toBe(2);
    expect(mapped.streams[0]).not.toHaveProperty('roundTrip');
  });
});

describe('path', () => {
  const transport = entry('transport', 'T', { selectedCandidatePairId: 'P' });
  const pair = entry('candidate-pair', 'P', {
    localCandidateId: 'L',
    remoteCandidateId: 'R',
    currentRoundTripTime: 0.05,
    responsesReceived: 3,
    totalRoundTripTime: 0.16,
  });
  const local = entry('local-candidate', 'L', { address: '10.0.0.1', port: 4000, protocol: 'udp' });
  const remote = entry('remote-candidate', 'R', { ip: '192.0.2.7', port: 5000, protocol: 'udp' });
  const own = { ...inbound, transportId: 'T' };
  const about = {
    transport: 'UDP',
    local: { address: '10.0.0.1', port: 4000 },
    remote: { address: '192.0.2.7', port: 5000 },
  };

  test('is the pair that the transport has selected, and has a STUN round trip', () => {
    const { streams, pairs } = map(own, transport, pair, local, remote, { ...pair, id: 'unused' });
    expect(streams[0]).toMatchObject({ about, pairId: 'P' });
    expect(pairs).toEqual([{ pairId: 'P', at: AT, current: 0.05, responses: 3, total: 0.16 }]);
  });

  test.each<{ name: string; pairs: readonly RtcStatsEntry[]; pairId: string | undefined }>([
    {
      name: 'the nominated one that succeeded',
      pairs: [{ ...pair, nominated: true, state: 'succeeded' }],
      pairId: 'P',
    },
    {
      name: 'of several the one that carried most',
      pairs: [
        { ...pair, id: 'A', nominated: true, state: 'succeeded', bytesSent: 5, bytesReceived: 5 },
        { ...pair, id: 'B', nominated: true, state: 'succeeded', bytesSent: 9, bytesReceived: 9 },
        { ...pair, id: 'C', nominated: true, state: 'succeeded', bytesSent: 8 },
      ],
      pairId: 'B',
    },
    {
      name: 'none of another transport',
      pairs: [{ ...pair, nominated: true, state: 'succeeded', transportId: 'other' }],
      pairId: undefined,
    },
    { name: 'none that failed', pairs: [{ ...pair, nominated: true, state: 'failed' }], pairId: undefined },
  ])('without a selected pair: $name', ({ pairs, pairId }) => {
    const { streams } = map(own, entry('transport', 'T'), ...pairs, local, remote);
    expect(streams[0]?.pairId).toBe(pairId);
    expect(streams[0]?.about.local).toEqual(pairId === undefined ? undefined : about.local);
  });

  test('an end that is not known is absent', () => {
    const { streams } = map(own, transport, pair, { ...local, address: '' }, { ...remote, port: undefined });
    expect(streams[0]?.about).toEqual({ direction: 'inbound', ssrc: 1, mid: '0', kind: 'audio', transport: 'UDP' });
  });

  test('a pair without an answer has no round trip', () => {
    expect(map(own, transport, { ...pair, currentRoundTripTime: undefined }).pairs).toEqual([]);
  });
});

test('the codec is that of the stream, and stands in for its kind', () => {
  const { kind, ...kindless } = inbound;
  const codec = entry('codec', 'C', { mimeType: 'video/VP8', clockRate: 90_000 });
  expect(map({ ...kindless, codecId: 'C' }, codec).streams[0]?.about).toEqual({
    direction: 'inbound',
    ssrc: 1,
    mid: '0',
    kind: 'video',
    codec: 'VP8',
    clockRate: 90_000,
    clockRateOrigin: 'sdp',
  });
});

test('a report of 100 entries is mapped in a tenth of a millisecond', () => {
  const stats = Array.from({ length: 10 }, (_, n) => [
    { ...inbound, id: `in${n}`, ssrc: n, transportId: 'T', codecId: `codec${n}` },
    { ...outbound, id: `out${n}`, ssrc: 100 + n, remoteId: `rr${n}`, transportId: 'T' },
    { ...report, id: `rr${n}`, ssrc: 100 + n, localId: `out${n}` },
    ...Array.from({ length: 7 }, (_, other) => entry('codec', `codec${10 * other + n}`, { mimeType: 'audio/opus' })),
  ]).flat();
  expect(stats).toHaveLength(100);
  const once = () => {
    const startedAt = performance.now();
    mapReport({ timestamp: MS, stats });
    return performance.now() - startedAt;
  };
  for (let warm = 0; warm < 500; warm += 1) once();
  const runs = Array.from({ length: 500 }, once).sort((a, b) => a - b);
  expect(runs[50]).toBeLessThan(0.1);
});
