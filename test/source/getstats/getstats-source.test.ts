import { beforeEach, describe, expect, test } from 'vitest';
import { GetStatsSource } from '../../../src/source/getstats/getstats-source.ts';
import { aLeg, Collected } from './collected.ts';
import { BEGIN, entry, inbound, outbound, path, report, reported } from './pushes.ts';

const TIMING = { slotSeconds: 5, samplingInterval: 5, kind: 'getstats' } as const;

let sink: Collected;
let source: GetStatsSource;

beforeEach(() => {
  sink = new Collected();
  source = new GetStatsSource(sink, TIMING);
  source.follow(aLeg('leg', BEGIN));
});

describe('a push', () => {
  test('is measured at once, and says how many entries told something', () => {
    expect(source.push('leg', report(5, inbound(250), outbound(250), reported(5, 4)))).toEqual({
      entries: 3,
      ignored: 0,
    });
    expect(sink.total('leg', 'inbound')).toMatchObject({ packets: 250, coveredSeconds: 5, loss: { lost: 0, of: 250 } });
    expect(sink.total('leg', 'outbound')).toMatchObject({ packets: 250, loss: { lost: 5, of: 200 } });
    expect(sink.streams('leg')).toEqual([
      {
        streamId: 'leg/getstats/inbound/1',
        mediaLegId: 'leg',
        source: 'getstats',
        direction: 'inbound',
        ssrc: 1,
        kind: 'audio',
      },
      {
        streamId: 'leg/getstats/outbound/2',
        mediaLegId: 'leg',
        source: 'getstats',
        direction: 'outbound',
        ssrc: 2,
        kind: 'audio',
      },
    ]);
  });

  test('tells streams and intervals only when they are new', () => {
    source.push('leg', report(5, inbound(250), outbound(250)));
    source.push('leg', report(10, inbound(500)));
    expect(sink.batches[1]?.streams).toEqual([]);
    expect(sink.batches[1]?.intervals).toMatchObject([{ startedAt: BEGIN + 5, packets: 250 }]);
  });

  test('repeated is ignored, entry by entry', () => {
    source.push('leg', report(5, inbound(250), outbound(250), reported(0, 4)));
    const again = report(6, inbound(250, { timestamp: 5 }), outbound(300), reported(0, 4));
    expect(source.push('leg', again)).toEqual({ entries: 1, ignored: 2 });
    expect(sink.batches[1]?.intervals.map(({ streamId }) => streamId)).toEqual(['leg/getstats/outbound/2']);
  });

  test('without RTP entries counts none', () => {
    expect(source.push('leg', report(5, ...path(5000)))).toEqual({ entries: 0, ignored: 0 });
    expect(sink.series('leg')).toMatchObject({ streams: [], intervals: [] });
  });

  test('for a leg that is not followed is not taken at all', () => {
    expect(source.push('other', report(5, inbound(250), outbound(250)))).toBeUndefined();
    expect(sink.batches).toEqual([]);
  });

  test('from another day takes nothing, and does not spoil what follows', () => {
    source.push('leg', report(5, inbound(250)));
    expect(source.push('leg', report(90_000, inbound(900), outbound(5)))).toEqual({ entries: 0, ignored: 2 });
    source.push('leg', report(10, inbound(500), outbound(50)));
    expect(sink.total('leg', 'inbound')?.packets).toBe(500);
    expect(sink.total('leg', 'outbound')).toMatchObject({ packets: 50, coveredSeconds: 10 });
  });

  test('as slim as can be', () => {
    const slim = (seconds: number) =>
      report(
        seconds,
        inbound(50 * seconds, { packetsLost: seconds, jitter: 0.01 }),
        reported(2 * seconds, seconds, { packetsReceived: 48 * seconds, jitter: 0.02, roundTripTime: 0.08 }),
      );
    for (const seconds of [5, 10, 15]) source.push('leg', slim(seconds));
    expect(sink.total('leg', 'inbound')).toMatchObject({
      packets: 750,
      loss: { lost: 15, of: 765 },
      jitter: { count: 15 },
    });
    const total = sink.total('leg', 'outbound');
    expect(total).toMatchObject({ coveredSeconds: 15, loss: { lost: 30, of: 750 }, jitter: { count: 15 } });
    expect(total?.roundTrip?.stats).toMatchObject({ count: 3 });
    expect(total).not.toHaveProperty('packets');
  });

  test('that cannot be is counted', () => {
    source.push('leg', report(5, inbound(250, { jitter: 11 }), outbound(250), reported(5000, 4, { jitter: 490 })));
    expect(source.quirks('leg')).toEqual({ jitterRange: 2, lossRange: 1 });
    expect(source.quirks('other')).toEqual({});
  });
});

describe('the first sample', () => {
  test.each([
    { name: 'within two sampling intervals of the begin counts from it', at: 10, packets: 500, covered: 10 },
    { name: 'later is the base', at: 10.5, packets: undefined, covered: undefined },
  ])('$name', ({ at, packets, covered }) => {
    source.push('leg', report(at, inbound(500)));
    const total = sink.total('leg', 'inbound');
    expect([total?.packets, total?.coveredSeconds]).toEqual([packets, covered]);
  });

  test('of a stream that begins later counts from the report before', () => {
    source.push('leg', report(60, inbound(3000)));
    source.push('leg', report(65, inbound(3250), outbound(100)));
    expect(sink.total('leg', 'inbound')?.packets).toBe(250);
    expect(sink.total('leg', 'outbound')).toMatchObject({ packets: 100, coveredSeconds: 5, startedAt: BEGIN + 60 });
  });

  test('of a stream that begins later counts from the newest report, whatever came out of order', () => {
    source.push('leg', report(60, inbound(3000)));
    source.push('leg', report(40, inbound(2000)));
    source.push('leg', report(65, outbound(100)));
    expect(sink.total('leg', 'outbound')).toMatchObject({ packets: 100, coveredSeconds: 5 });
  });

  test('of streams that are pushed one by one counts from the same time', () => {
    for (const seconds of [3, 6, 9]) {
      source.push('leg', report(seconds, inbound(50 * seconds)));
      source.push('leg', report(seconds, outbound(100 * seconds)));
    }
    expect(sink.total('leg', 'inbound')).toMatchObject({ packets: 450, coveredSeconds: 9 });
    expect(sink.total('leg', 'outbound')).toMatchObject({ packets: 900, coveredSeconds: 9 });
  });

  test('of a stream that begins later, pushed by itself, counts from the report before', () => {
    source.push('leg', report(60, inbound(3000)));
    source.push('leg', report(65, inbound(3250)));
    source.push('leg', report(65, outbound(100)));
    expect(sink.total('leg', 'outbound')).toMatchObject({ packets: 100, coveredSeconds: 5 });
  });

  test('of our own peer connection counts from when that was begun', () => {
    const webrtc = new GetStatsSource(sink, { ...TIMING, kind: 'webrtc' });
    webrtc.follow(aLeg('leg', BEGIN));
    webrtc.push('leg', report(3));
    webrtc.push('leg', report(5, inbound(100)));
    expect(sink.total('leg', 'webrtc/inbound')).toMatchObject({ packets: 100, coveredSeconds: 2 });
  });

  test('from before the begin is the base, and nothing lies in slots before the leg', () => {
    source.push('leg', report(-8, inbound(1000)));
    source.push('leg', report(2, inbound(1500)));
    expect(sink.series('leg').intervals).toMatchObject([{ startedAt: BEGIN, packets: 500 }]);
  });

  test('follows the begin of the leg when that is told late', () => {
    source.follow(aLeg('leg', BEGIN - 3));
    source.push('leg', report(6, inbound(450)));
    expect(sink.total('leg', 'inbound')).toMatchObject({ packets: 450, coveredSeconds: 9 });
  });
});

describe('a stream becomes another one', () => {
  const streams = () => sink.streams('leg').map(({ streamId, continues }) => [streamId, continues]);

  test('with another codec: counted on under a new name', () => {
    const codec = (id: string, mimeType: string) => entry('codec', id, { mimeType, clockRate: 8000 });
    source.push('leg', report(5, inbound(250, { codecId: 'A' }), codec('A', 'audio/opus')));
    source.push('leg', report(10, inbound(500, { codecId: 'B' }), codec('B', 'audio/PCMU')));
    expect(streams()).toEqual([
      ['leg/getstats/inbound/1', undefined],
      ['leg/getstats/inbound/1/2', 'leg/getstats/inbound/1'],
    ]);
    expect(sink.streams('leg').map(({ codec: name }) => name)).toEqual(['opus', 'PCMU']);
    expect(sink.total('leg', 'inbound')).toMatchObject({ packets: 500, coveredSeconds: 10 });
    expect(sink.total('leg', '1/2')).toMatchObject({ packets: 250, startedAt: BEGIN + 5 });
  });

  test('on another path, and back', () => {
    const on = (seconds: number, port: number) =>
      source.push('leg', report(seconds, inbound(50 * seconds, { transportId: 'T' }), ...path(port)));
    on(5, 5000);
    on(10, 5002);
    on(15, 5000);
    expect(streams().map(([, continues]) => continues)).toEqual([
      undefined,
      'leg/getstats/inbound/1',
      'leg/getstats/inbound/1/2',
    ]);
    expect(sink.streams('leg').map(({ remote }) => remote?.port)).toEqual([5000, 5002, 5000]);
    expect(sink.total('leg', 'inbound')?.packets).toBe(750);
  });

  test('with another SSRC under the same id, whose counters begin again', () => {
    source.push('leg', report(5, inbound(250, { packetsLost: 4 })));
    source.push('leg', report(10, inbound(100, { ssrc: 7, packetsLost: 1 })));
    expect(streams()).toEqual([
      ['leg/getstats/inbound/1', undefined],
      ['leg/getstats/inbound/7', 'leg/getstats/inbound/1'],
    ]);
    expect(sink.total('leg', 'inbound')).toMatchObject({ packets: 350, loss: { lost: 5 } });
  });

  test('but not when more becomes known of it', () => {
    source.push('leg', report(5, inbound(250)));
    source.push('leg', report(10, inbound(500, { transportId: 'T', mid: '0' }), ...path(5000)));
    source.push('leg', report(15, inbound(750)));
    expect(streams()).toEqual([['leg/getstats/inbound/1', undefined]]);
    expect(sink.streams('leg')).toMatchObject([{ mid: '0', remote: { port: 5000 } }]);
    expect(sink.batches.map((batch) => batch.streams.length)).toEqual([1, 1, 0]);
  });

  test('nor when the gateway gives it another id: nothing is counted twice', () => {
    source.push('leg', report(5, inbound(250)));
    source.push('leg', report(10, { ...inbound(500), id: 'renamed' }));
    source.push('leg', report(15, { ...inbound(750), id: 'renamed' }));
    expect(streams()).toEqual([['leg/getstats/inbound/1', undefined]]);
    expect(sink.total('leg', 'inbound')?.packets).toBe(750);
  });

  test('nor is a stream of the other direction with its SSRC the same', () => {
    source.push('leg', report(5, inbound(250)));
    source.push('leg', report(10, outbound(80, { ssrc: 1 })));
    expect(streams().map(([streamId]) => streamId)).toEqual(['leg/getstats/inbound/1', 'leg/getstats/outbound/1']);
    expect(sink.total('leg', 'outbound')?.packets).toBe(80);
  });

  test('two streams with one SSRC stay two', () => {
    const both = (seconds: number) =>
      source.push(
        'leg',
        report(seconds, inbound(50 * seconds), { ...inbound(10 * seconds), id: 'video', kind: 'video' }),
      );
    both(5);
    both(10);
    expect(streams().map(([streamId]) => streamId)).toEqual(['leg/getstats/inbound/1', 'leg/getstats/inbound/1/2']);
    expect(sink.total('leg', 'inbound/1/2')?.packets).toBe(100);
  });

  test('a stream without SSRC has its id for a name', () => {
    source.push('leg', report(5, inbound(250, { ssrc: undefined })));
    expect(streams()).toEqual([['leg/getstats/inbound/in', undefined]]);
  });
});

test('a stream of a full report says that no other streams are untold', () => {
  source.push('leg', report(5, inbound(250)));
  expect(sink.streams('leg')[0]).not.toHaveProperty('complete');
  source.push('leg', report(10, inbound(500), ...path(5000)));
  expect(sink.streams('leg')).toMatchObject([{ streamId: 'leg/getstats/inbound/1', complete: true }]);
  const webrtc = new GetStatsSource(sink, { ...TIMING, kind: 'webrtc' });
  webrtc.follow(aLeg('leg', BEGIN));
  webrtc.push('leg', report(5, inbound(250), ...path(5000)));
  expect(sink.streams('leg').find(({ source: kind }) => kind === 'webrtc')).not.toHaveProperty('complete');
});

test('reports that came before our own counters did are set against them from then on', () => {
  source.push('leg', report(5, reported(0, 5)));
  source.push('leg', report(10, outbound(500), reported(5, 10)));
  source.push('leg', report(15, outbound(750), reported(10, 15)));
  expect(sink.streams('leg')).toHaveLength(1);
  expect(sink.total('leg', 'outbound')).toMatchObject({ packets: 750, loss: { lost: 5, of: 250 } });
});

describe('the STUN round trip', () => {
  const stun = (seconds: number, members: Record<string, unknown>) =>
    source.push(
      'leg',
      report(
        seconds,
        inbound(50 * seconds, { transportId: 'T' }),
        outbound(50 * seconds, { transportId: 'T' }),
        ...path(5000, members),
      ),
    );
  const samples = (direction: string) => sink.total('leg', direction)?.roundTrip?.stun?.count;

  test.each<{ name: string; pushes: readonly Record<string, unknown>[]; count: number }>([
    {
      name: 'each answer',
      pushes: [{ responsesReceived: 1 }, { responsesReceived: 2 }, { responsesReceived: 2 }],
      count: 2,
    },
    {
      name: 'each change of the sum',
      pushes: [{ totalRoundTripTime: 1 }, { totalRoundTripTime: 1 }, { totalRoundTripTime: 2 }],
      count: 2,
    },
    { name: 'each report where neither is told', pushes: [{}, {}, {}], count: 3 },
  ])('is a sample for $name, in both directions', ({ pushes, count }) => {
    pushes.forEach((members, index) => {
      stun(5 * (index + 1), { currentRoundTripTime: 0.05, ...members });
    });
    expect(samples('inbound')).toBe(count);
    expect(samples('outbound')).toBe(count);
  });

  test('from before the leg is none', () => {
    stun(60, { currentRoundTripTime: 0.05, responsesReceived: 9 });
    expect(samples('inbound')).toBeUndefined();
    stun(65, { currentRoundTripTime: 0.05, responsesReceived: 10 });
    expect(samples('inbound')).toBe(1);
  });
});

describe('the inbound round trip', () => {
  const heard = (seconds: number, roundTripTimeMeasurements: number, totalRoundTripTime: number) =>
    entry('remote-outbound-rtp', 'sr', {
      localId: 'in',
      timestamp: seconds - 1,
      roundTripTime: 0.1,
      roundTripTimeMeasurements,
      totalRoundTripTime,
    });

  test('comes from sender reports that measured it', () => {
    source.push('leg', report(5, inbound(250), heard(5, 0, 0)));
    source.push('leg', report(10, inbound(500), heard(10, 2, 0.2)));
    expect(source.push('leg', report(15, inbound(750), heard(15, 5, 0.8)))).toEqual({ entries: 2, ignored: 0 });
    const spread = sink.total('leg', 'inbound')?.roundTrip?.stats;
    expect(spread?.count).toBe(5);
    expect(spread?.sum).toBeCloseTo(0.8, 9);
    expect(spread?.worst?.value).toBeCloseTo(0.2, 9);
  });
});

describe('after a restart of the agent', () => {
  const restart = (resume = sink.resume('leg')) => {
    source = new GetStatsSource(sink, TIMING);
    source.follow(aLeg('leg', BEGIN), resume);
  };

  test('everything goes on where it was: the gateway counted meanwhile', () => {
    const push = (seconds: number) =>
      source.push(
        'leg',
        report(
          seconds,
          inbound(50 * seconds, { packetsLost: seconds, jitter: 0.01, transportId: 'T' }),
          outbound(50 * seconds, { transportId: 'T' }),
          reported(seconds, seconds - 1.5, { jitter: 0.02, roundTripTime: 0.08 }),
          ...path(5000, { currentRoundTripTime: 0.05, responsesReceived: Math.floor(seconds / 10) }),
        ),
      );
    const times = [3, 6, 9, 12, 42, 45, 48, 51];
    for (const seconds of times) push(seconds);
    const through = sink.series('leg');
    sink = new Collected();
    restart({ series: { mediaLegId: 'leg', streams: [], intervals: [], presence: [] } });
    for (const seconds of times) {
      push(seconds);
      restart();
    }
    expect(sink.series('leg')).toEqual(through);
  });

  test('a stream that is pushed by itself, right after the restart, counts from the same time as the others', () => {
    source.push('leg', report(60, inbound(3000)));
    source.push('leg', report(65, inbound(3250)));
    restart();
    source.push('leg', report(65, outbound(100)));
    expect(sink.total('leg', 'outbound')).toMatchObject({ packets: 100, coveredSeconds: 5 });
  });

  test('without a cursor counters are bases, and names are not used again', () => {
    source.push('leg', report(3, inbound(150)));
    restart({ series: sink.series('leg') });
    source.push('leg', report(6, inbound(300)));
    source.push('leg', report(9, inbound(450)));
    expect(sink.streams('leg').map(({ streamId }) => streamId)).toEqual([
      'leg/getstats/inbound/1',
      'leg/getstats/inbound/1/2',
    ]);
    expect(sink.total('leg', 'inbound')?.packets).toBe(300);
  });

  test.each([
    { name: 'damaged', cursor: new TextEncoder().encode('{"version":1,') },
    { name: 'of another version', cursor: new TextEncoder().encode('{"version":2}') },
    { name: 'empty', cursor: new Uint8Array() },
    { name: 'of nothing', cursor: new TextEncoder().encode('null') },
  ])('a cursor that is $name is none', ({ cursor }) => {
    source.push('leg', report(3, inbound(150)));
    restart({ series: sink.series('leg'), cursor });
    expect(source.push('leg', report(6, inbound(300)))).toEqual({ entries: 1, ignored: 0 });
    expect(sink.total('leg', 'inbound')?.packets).toBe(150);
  });

  test('a cursor of another source is none', () => {
    source.push('leg', report(3, inbound(150)));
    const webrtc = new GetStatsSource(sink, { ...TIMING, kind: 'webrtc' });
    webrtc.follow(aLeg('leg', BEGIN), sink.resume('leg'));
    webrtc.push('leg', report(6, inbound(300)));
    expect(webrtc.kind).toBe('webrtc');
    expect(sink.total('leg', 'leg/webrtc/inbound/1')).toMatchObject({ packets: 300, coveredSeconds: 6 });
  });

  test('a stream that the store does not have is a new one', () => {
    source.push('leg', report(3, inbound(150)));
    restart({ ...sink.resume('leg'), series: { mediaLegId: 'leg', streams: [], intervals: [], presence: [] } });
    source.push('leg', report(6, inbound(300)));
    expect(sink.batches.at(-1)?.intervals).toMatchObject([
      { startedAt: BEGIN, packets: 250 },
      { startedAt: BEGIN + 5, packets: 50 },
    ]);
  });
});

test('a leg that is fed nonsense keeps a thousand streams', () => {
  const many = Array.from({ length: 1100 }, (_, n) => ({ ...inbound(250, { ssrc: n }), id: `in${n}` }));
  expect(source.push('leg', report(5, ...many))).toEqual({ entries: 1000, ignored: 100 });
});
