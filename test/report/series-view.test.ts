import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChannelId, Direction } from '../../src/model/channel.ts';
import type { Interval, Presence, Series, Stream } from '../../src/model/interval.ts';
import { seriesView } from '../../src/report/series-view.ts';

const mediaLegId = 'bd9ee398-4b9d-42c7-8b8d-4e8efad9435f';
const START = 1_700_000_000;

const stream = (streamId: string, direction: Direction): Stream => ({
  streamId,
  mediaLegId,
  source: 'getstats',
  direction,
});

const slot = (streamId: string, index: number, more: Partial<Interval> = {}): Interval => ({
  streamId,
  startedAt: START + 5 * index,
  seconds: 5,
  coveredSeconds: 5,
  ...more,
});

const presence = (id: ChannelId): Presence => ({
  ...id,
  mediaLegId,
  startedAt: START,
  seconds: 5,
  enabledSeconds: 5,
  observedSeconds: { inbound: 5, outbound: 5 },
  silentSeconds: { inbound: 0, outbound: 0 },
});

const audio: ChannelId = { media: 'audio', channelIndex: 1 };
const video: ChannelId = { media: 'video', channelIndex: 1 };

test('joins the streams of a channel per slot, by time, with RFC 3339 times throughout', () => {
  const series: Series = {
    mediaLegId,
    streams: [stream('a', 'inbound'), stream('b', 'inbound'), stream('c', 'outbound')],
    intervals: [
      slot('a', 1, { packets: 10 }),
      slot('a', 0, {
        packets: 250,
        octets: 1000,
        loss: {
          origin: 'observed',
          lost: 5,
          of: 255,
          unit: 'packets',
          worst: { value: 0.2, at: START + 4.5, windowSeconds: 5 },
        },
        jitter: { origin: 'observed', sum: 0.05, count: 5, worst: { value: 0.02, at: START + 3 } },
        roundTrip: { 'sr-rr': { origin: 'observed', sum: 0.08, count: 1, worst: { value: 0.08, at: START + 1 } } },
      }),
      slot('b', 0, { packets: 50, octets: 500, loss: { origin: 'observed', lost: 0, of: 50, unit: 'packets' } }),
      slot('c', 0, { packets: 7, taint: 'agent-down', coveredSeconds: 2 }),
    ],
    presence: [],
  };
  const assignment = new Map([
    ['a', video],
    ['b', video],
    ['c', video],
  ]);
  expect(seriesView(series, assignment, 5)).toEqual({
    mediaLegId,
    interval: 5,
    channels: [
      {
        ...video,
        inbound: [
          {
            startedAt: '2023-11-14T22:13:20.000Z',
            seconds: 5,
            coveredSeconds: 5,
            packets: 300,
            octets: 1500,
            loss: {
              origin: 'observed',
              lost: 5,
              of: 305,
              unit: 'packets',
              worst: { value: 0.2, at: '2023-11-14T22:13:24.500Z', windowSeconds: 5 },
            },
            jitter: { origin: 'observed', sum: 0.05, count: 5, worst: { value: 0.02, at: '2023-11-14T22:13:23.000Z' } },
            roundTrip: {
              'sr-rr': {
                origin: 'observed',
                sum: 0.08,
                count: 1,
                worst: { value: 0.08, at: '2023-11-14T22:13:21.000Z' },
              },
            },
          },
          { startedAt: '2023-11-14T22:13:25.000Z', seconds: 5, coveredSeconds: 5, packets: 10 },
        ],
        outbound: [
          { startedAt: '2023-11-14T22:13:20.000Z', seconds: 5, coveredSeconds: 2, taint: 'agent-down', packets: 7 },
        ],
      },
    ],
  });
});

test('lists a channel without streams empty, leaves out streams without channel, orders channels by media', () => {
  const series: Series = {
    mediaLegId,
    streams: [stream('rtx', 'inbound'), stream('a', 'outbound')],
    intervals: [slot('rtx', 0, { packets: 9 }), slot('a', 0, { packets: 3 }), slot('unknown', 0, { packets: 5 })],
    presence: [presence(video), presence(video)],
  };
  const view = seriesView(series, new Map([['a', audio]]), 5);
  expect(view.channels.map(({ media, inbound, outbound }) => [media, inbound.length, outbound.length])).toEqual([
    ['audio', 0, 1],
    ['video', 0, 0],
  ]);
});

test('does not depend on the order in which intervals are stored', () => {
  const interval = fc.record({
    streamId: fc.constantFrom('a', 'b', 'c'),
    index: fc.nat(1),
    sum: fc.constantFrom(0.1, 0.2, 0.3, 0.7),
  });
  const intervals = fc.uniqueArray(interval, { selector: ({ streamId, index }) => `${streamId}${index}` });
  const streams = [stream('a', 'inbound'), stream('b', 'inbound'), stream('c', 'inbound')];
  const assignment = new Map(streams.map(({ streamId }) => [streamId, audio]));
  fc.assert(
    fc.property(intervals, (drawn) => {
      const list = drawn.map(({ streamId, index, sum }) =>
        slot(streamId, index, { jitter: { origin: 'observed', sum, count: 1 } }),
      );
      const view = (of: readonly Interval[]) =>
        seriesView({ mediaLegId, streams, intervals: of, presence: [] }, assignment, 5);
      expect(view(list.toReversed())).toEqual(view(list));
      expect(view(list).channels[0]?.inbound.length).toBe(new Set(drawn.map(({ index }) => index)).size);
    }),
  );
});
