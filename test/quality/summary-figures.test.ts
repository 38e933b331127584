import { describe, expect, test } from 'vitest';
import type { ChannelSummary } from '../../src/model/figures.ts';
import type { Interval } from '../../src/model/interval.ts';
import { aStreamOf, figureOf, type OneChannel, STREAMS, summaryOf } from './one-channel.ts';
import { BEGIN } from './one-stream.ts';

type Name = keyof ChannelSummary['figures'];

const slot = (streamId: 'in' | 'out', more: Partial<Interval> = {}): Interval => ({
  streamId,
  startedAt: BEGIN,
  seconds: 5,
  coveredSeconds: 5,
  ...more,
});
const loss = (lost: number, of: number, more: Partial<NonNullable<Interval['loss']>> = {}) =>
  ({ loss: { origin: 'observed', unit: 'packets', lost, of, ...more } }) as const;
const jitter = { jitter: { origin: 'observed', sum: 0.05, count: 5, worst: { value: 0.02, at: BEGIN + 3 } } } as const;
const trips = (count: number) => ({ origin: 'reported', sum: count * 0.08, count }) as const;

const call = (intervals: readonly Interval[], more: Partial<OneChannel> = {}) =>
  summaryOf({ seconds: 5, intervals, ...more });

describe('a figure has a value and what stands behind it', () => {
  test('loss', () => {
    const worst = { value: 0.5, at: BEGIN + 4, windowSeconds: 5 };
    const { figures } = call([slot('in', { packets: 240, ...loss(10, 250, { worst }) })]);
    expect(figures.averageInboundPacketLossRateInPercentage).toEqual({
      value: 0.04,
      unit: 'ratio',
      origin: 'observed',
      samples: 250,
      coverage: 1,
    });
    expect(figures.maximumInboundPacketLossRateInPercentage).toEqual({
      value: 0.5,
      unit: 'ratio',
      origin: 'observed',
      samples: 250,
      coverage: 1,
      at: BEGIN + 4,
      windowSeconds: 5,
    });
  });

  test('jitter', () => {
    const { figures } = call([slot('in', { packets: 250, ...jitter })]);
    expect(figures.averageInboundJitter).toEqual({
      value: 0.01,
      unit: 'seconds',
      origin: 'observed',
      samples: 5,
      coverage: 1,
    });
    expect(figures.maximumInboundJitter).toMatchObject({ value: 0.02, at: BEGIN + 3 });
  });

  test('round trip, in and out', () => {
    const { figures } = call([
      slot('in', { packets: 250, roundTrip: { stun: trips(2) } }),
      slot('out', { packets: 250, roundTrip: { stats: trips(5), stun: trips(2) } }),
    ]);
    const measured = { value: 0.08, unit: 'seconds', samples: 5, coverage: 1 };
    expect(figures.averageOutboundRoundTripDelay).toEqual({ ...measured, origin: 'stats' });
    expect(figures.averageInboundRoundTripDelay).toEqual({ ...measured, origin: 'reverse-loop' });
  });

  test('counts and rates', () => {
    const frames = { packets: 250.4, octets: 50_000, frames: 75 };
    const { figures } = call([slot('in', frames)], { media: 'video', seconds: 10 });
    expect(figures.inboundPackets).toEqual({
      value: 250,
      unit: 'packets',
      origin: 'observed',
      samples: 250,
      coverage: 0.5,
    });
    expect(figures.averageInboundBitRate).toMatchObject({ value: 40_000, unit: 'bits per second' });
    expect(figures.averageInboundFrameRate).toMatchObject({ value: 7.5, unit: 'frames per second' });
  });
});

test('a constant value keeps the time of its maximum although its sum is rounded', () => {
  const [sum, worst] = [0.1 + 0.1 + 0.1, { value: 0.1, at: BEGIN + 1 }];
  const constant = { jitter: { origin: 'observed', sum, count: 3, worst } } as const;
  const { figures } = call([slot('in', { packets: 150, ...constant })]);
  expect(sum / 3).toBeGreaterThan(worst.value);
  expect(figures.maximumInboundJitter).toMatchObject({ value: sum / 3, at: BEGIN + 1 });
});

describe('a loss', () => {
  test.each([
    { name: 'is clamped once, when shown', lost: -3, of: 250, average: 0 },
    { name: 'is never above one', lost: 300, of: 250, average: 1 },
  ])('$name', ({ lost, of, average }) => {
    const summary = call([slot('in', { packets: 250, ...loss(lost, of) })]);
    expect(figureOf(summary, 'averageInboundPacketLossRateInPercentage')).toBe(average);
  });

  test.each([
    { name: 'no window', worst: undefined },
    { name: 'a window below the average', worst: { value: 0.01, at: BEGIN + 4, windowSeconds: 5 } },
  ])('maximum equals average: $name', ({ worst }) => {
    const { figures } = call([slot('in', { packets: 240, ...loss(10, 250, worst && { worst }) })]);
    expect(figures.maximumInboundPacketLossRateInPercentage).toEqual(figures.averageInboundPacketLossRateInPercentage);
  });

  test.each([
    { name: 'a tenth of the packets is', share: 25, approximate: true },
    { name: 'less is', share: 24, approximate: undefined },
  ])('is approximate where $name', ({ share, approximate }) => {
    const reported = (of: number, more: object) => loss(1, of, { origin: 'reported', ...more });
    const { figures } = call([
      slot('out', { packets: share, ...reported(share, { approximate: true }) }),
      slot('out', { packets: 225, startedAt: BEGIN + 5, ...reported(225, {}) }),
    ]);
    expect(figures.averageOutboundPacketLossRateInPercentage).toMatchObject({ origin: 'reported' });
    expect((figures.averageOutboundPacketLossRateInPercentage as { approximate?: true }).approximate).toBe(approximate);
  });

  test('of half of the time stands, of less it does not', () => {
    const seen = (coveredSeconds: number) =>
      figureOf(
        call([slot('in', { coveredSeconds, packets: 240, ...loss(10, 250) })]),
        'averageInboundPacketLossRateInPercentage',
      );
    expect([seen(2.5), seen(2.4)]).toEqual([0.04, 'tainted']);
  });

  test('imported by bit rate and time keeps its weight', () => {
    const { figures } = call([slot('in', loss(0.1, 12.5, { unit: 'seconds' }))]);
    expect(figures.averageInboundPacketLossRateInPercentage).toMatchObject({ value: 0.008, samples: 12.5 });
    expect(figures.inboundPackets).toEqual({ absent: 'source-down' });
  });
});

test('jitter from before the 16th update is used where there is no other', () => {
  const early = { earlyJitter: { origin: 'observed', sum: 0.3, count: 1 } } as const;
  expect(figureOf(call([slot('in', { packets: 250, ...early })]), 'averageInboundJitter')).toBe(0.3);
  expect(figureOf(call([slot('in', { packets: 250, ...jitter, ...early })]), 'averageInboundJitter')).toBe(0.01);
  const weightless = { jitter: { origin: 'observed', sum: 0, count: 0 } } as const;
  expect(figureOf(call([slot('in', { packets: 250, ...weightless, ...early })]), 'averageInboundJitter')).toBe(0.3);
});

describe('coverage', () => {
  const coverage = (intervals: readonly Interval[], more: Partial<OneChannel>) => {
    const figure = call(intervals, more).figures.inboundPackets;
    return 'absent' in figure ? figure.absent : figure.coverage;
  };

  test.each([
    { name: 'what streams were seen for', intervals: [slot('in', { packets: 1 })], seconds: 10, coverage: 0.5 },
    { name: 'no more than what was enabled', intervals: [slot('in', { packets: 1 })], seconds: 4, coverage: 1 },
    {
      name: 'no more than what was enabled, slot by slot',
      intervals: [slot('in', { startedAt: BEGIN + 5, packets: 1 })],
      seconds: 7,
      coverage: 2 / 7,
    },
    {
      name: 'what the source was there for, in slots without a stream',
      intervals: [slot('in', { packets: 1, coveredSeconds: 2 })],
      seconds: 10,
      observed: { inbound: 5, outbound: 0 },
      coverage: 0.7,
    },
  ])('is $name', ({ intervals, seconds, observed, coverage: expected }) => {
    expect(coverage(intervals, { seconds, ...(observed && { observed }) })).toBeCloseTo(expected, 9);
  });
});

const IN: readonly Name[] = [
  'averageInboundPacketLossRateInPercentage',
  'maximumInboundPacketLossRateInPercentage',
  'averageInboundJitter',
  'maximumInboundJitter',
  'averageInboundRoundTripDelay',
  'maximumInboundRoundTripDelay',
];
const OUT = IN.map((name) => name.replace('Inbound', 'Outbound') as Name); // each has its counterpart

describe('a figure is absent for a reason', () => {
  const shown = (summary: ChannelSummary, names: readonly Name[]) => [
    ...new Set(names.map((name) => figureOf(summary, name))),
  ];
  const alive = { inbound: 5, outbound: 5 };
  const unreadable = STREAMS.map((stream) => ({ ...stream, reportsEncrypted: true as const }));

  test.each<{
    name: string;
    intervals: readonly Interval[];
    call?: Partial<OneChannel>;
    in: unknown;
    out: unknown;
    packets: unknown;
  }>([
    {
      name: 'nobody looked',
      intervals: [],
      in: ['source-down'],
      out: ['source-down'],
      packets: ['source-down', 'source-down'],
    },
    {
      name: 'somebody looked and nothing came',
      intervals: [],
      call: { observed: alive },
      in: ['silent'],
      out: ['silent'],
      packets: [0, 0],
    },
    {
      name: 'streams without a packet',
      intervals: [slot('in', { packets: 0, ...loss(0, 0), ...jitter }), slot('out', { packets: 0 })],
      in: ['silent'],
      out: ['silent'],
      packets: [0, 0],
    },
    {
      name: 'nothing was to come from the room',
      intervals: [],
      call: { observed: alive, direction: 'sendonly' },
      in: ['not-expected'],
      out: ['silent'],
      packets: ['not-expected', 0],
    },
    {
      name: 'nothing was to go to the room',
      intervals: [],
      call: { observed: alive, direction: 'recvonly' },
      in: ['silent'],
      out: ['not-expected'],
      packets: [0, 'not-expected'],
    },
    {
      name: 'nothing was to come at all',
      intervals: [],
      call: { observed: alive, direction: 'inactive' },
      in: ['not-expected'],
      out: ['not-expected'],
      packets: ['not-expected', 'not-expected'],
    },
    {
      name: 'a device that does not report',
      intervals: [slot('in', { packets: 9, ...loss(0, 9), ...jitter }), slot('out', { packets: 9 })],
      in: [0, 0.01, 0.02, 'no-reports'],
      out: ['no-reports'],
      packets: [9, 9],
    },
    {
      name: 'reports that nobody can read',
      intervals: [slot('in', { packets: 9, ...loss(0, 9), ...jitter }), slot('out', { packets: 9 })],
      call: { streams: unreadable },
      in: [0, 0.01, 0.02, 'encrypted'],
      out: ['encrypted'],
      packets: [9, 9],
    },
    {
      name: 'reports that were unreadable until their keys came',
      intervals: [slot('out', { packets: 9, ...loss(0, 9, { origin: 'reported' }), ...jitter })],
      call: { streams: unreadable },
      in: ['source-down'],
      out: [0, 0.01, 0.02, 'no-sender-report'],
      packets: ['source-down', 9],
    },
    {
      name: 'a source that tells of one direction only',
      intervals: [slot('in', { packets: 9, ...loss(0, 9), ...jitter })],
      in: [0, 0.01, 0.02, 'no-reports'],
      out: ['no-reports'],
      packets: [9, 'source-down'],
    },
    {
      name: 'reports that answer no sender report',
      intervals: [slot('out', { packets: 9, ...loss(0, 9, { origin: 'reported' }), ...jitter })],
      in: ['source-down'],
      out: [0, 0.01, 0.02, 'no-sender-report'],
      packets: ['source-down', 9],
    },
    {
      name: 'counters without losses and jitter',
      intervals: [slot('in', { packets: 9 })],
      in: ['source-down', 'no-reports'],
      out: ['no-reports'],
      packets: [9, 'source-down'],
    },
    {
      name: 'reports without losses',
      intervals: [slot('out', { packets: 9, ...jitter })],
      in: ['source-down'],
      out: ['source-down', 0.01, 0.02, 'no-sender-report'],
      packets: ['source-down', 9],
    },
    {
      name: 'a capture that dropped everything',
      intervals: [slot('in', { packets: 9, coveredSeconds: 0.1, taint: 'capture-dropped' })],
      in: ['tainted', 'no-reports'],
      out: ['no-reports'],
      packets: [9, 'source-down'],
    },
  ])('$name', ({ intervals, call: more, in: inside, out, packets }) => {
    const summary = call(intervals, more);
    expect(shown(summary, IN)).toEqual(inside);
    expect(shown(summary, OUT)).toEqual(out);
    expect([figureOf(summary, 'inboundPackets'), figureOf(summary, 'outboundPackets')]).toEqual(packets);
  });

  test('media that came although nobody expected them are told', () => {
    const summary = call([slot('in', { packets: 9, ...loss(0, 9), ...jitter })], { direction: 'sendonly' });
    expect(figureOf(summary, 'inboundPackets')).toBe(9);
    expect(figureOf(summary, 'averageInboundJitter')).toBe(0.01);
  });

  test('packets of an unknown clock have no jitter', () => {
    const streams = [aStreamOf('in', 'inbound', { source: 'capture' })];
    expect(figureOf(call([slot('in', { packets: 9 })], { streams }), 'averageInboundJitter')).toBe('clock-unknown');
    const known = [aStreamOf('in', 'inbound', { source: 'capture', clockRate: 8000 })];
    expect(figureOf(call([slot('in', { packets: 9 })], { streams: known }), 'averageInboundJitter')).toBe(
      'source-down',
    );
  });

  test.each<{ media: OneChannel['media']; intervals: readonly Interval[]; rate: unknown }>([
    { media: 'audio', intervals: [slot('in', { packets: 9, octets: 9 })], rate: 'not-expected' },
    { media: 'screenSharing', intervals: [slot('in', { packets: 9, octets: 500 })], rate: 800 },
    { media: 'video', intervals: [slot('in', { packets: 9 })], rate: 'source-down' },
    { media: 'video', intervals: [slot('in', { packets: 0, octets: 0 })], rate: 'silent' },
  ])('bit rate of $media: $rate', ({ media, intervals, rate }) => {
    expect(figureOf(call(intervals, { ...(media && { media }) }), 'averageInboundBitRate')).toBe(rate);
  });

  test('figures are complete, and no value is ever not a number', () => {
    const { figures } = call([slot('in', { packets: 9, ...loss(0, 0) })], { streams: STREAMS, seconds: 0 });
    expect(Object.keys(figures)).toHaveLength(18);
    for (const figure of Object.values(figures)) if ('value' in figure) expect(figure.value).not.toBeNaN();
  });
});
