import { describe, expect, test } from 'vitest';
import type { Interval } from '../../src/model/interval.ts';
import { channelStreams, isSameChannel, joinSlots } from '../../src/quality/channel-series.ts';
import { aStreamOf } from './one-channel.ts';

const slot = (streamId: string, startedAt: number, more: Partial<Interval> = {}): Interval => ({
  streamId,
  startedAt,
  seconds: 5,
  coveredSeconds: 5,
  packets: 100,
  ...more,
});

test('a channel is a medium and a number', () => {
  const audio = { media: 'audio', channelIndex: 1 } as const;
  expect(isSameChannel({ ...audio }, audio)).toBe(true);
  expect(isSameChannel({ ...audio, channelIndex: 2 }, audio)).toBe(false);
  expect(isSameChannel({ ...audio, media: 'video' }, audio)).toBe(false);
  expect(isSameChannel(undefined, audio)).toBe(false);
});

test('a channel has the streams that were given to it, of one direction', () => {
  const audio = { media: 'audio', channelIndex: 1 } as const;
  const streams = [
    aStreamOf('a', 'inbound'),
    aStreamOf('b', 'outbound'),
    aStreamOf('c', 'inbound'),
    aStreamOf('d', 'inbound'),
  ];
  const series = { mediaLegId: 'leg', streams, intervals: [], presence: [] };
  const assignment = new Map([
    ['a', audio],
    ['b', audio],
    ['c', { ...audio, channelIndex: 2 }],
  ]);
  expect(channelStreams(series, assignment, audio, 'inbound').map(({ streamId }) => streamId)).toEqual(['a']);
});

describe('slots of several streams', () => {
  test('simulcast: packets add up, frames are those of the best, time counts once', () => {
    const streams = [aStreamOf('low', 'inbound'), aStreamOf('high', 'inbound')];
    const intervals = [
      slot('high', 0, { frames: 150, height: 720 }),
      slot('low', 5, { frames: 75, height: 180 }),
      slot('low', 0, { frames: 75, height: 180 }),
      slot('stranger', 0),
    ];
    expect(joinSlots(streams, intervals)).toEqual([
      { ...slot('high', 0), packets: 200, frames: 150, height: 720 },
      { ...slot('low', 5), frames: 75, height: 180 },
    ]);
  });

  test('a stream that became another one within a slot loses no frame', () => {
    const streams = [
      aStreamOf('first', 'inbound'),
      aStreamOf('second', 'inbound', { continues: 'first' }),
      aStreamOf('third', 'inbound', { continues: 'second' }),
    ];
    const intervals = [
      slot('first', 0, { coveredSeconds: 2, frames: 60 }),
      slot('second', 0, { coveredSeconds: 1, frames: 30 }),
      slot('third', 0, { coveredSeconds: 2, frames: 60 }),
    ];
    expect(joinSlots(streams, intervals)).toEqual([slot('first', 0, { packets: 300, frames: 150 })]);
  });

  test('streams that continue each other in a circle, or one that is not there, stand alone', () => {
    const streams = [
      aStreamOf('a', 'inbound', { continues: 'b' }),
      aStreamOf('b', 'inbound', { continues: 'a' }),
      aStreamOf('c', 'inbound', { continues: 'gone' }),
    ];
    const joined = joinSlots(streams, [slot('a', 0), slot('b', 0), slot('c', 0)]);
    expect(joined.map(({ packets }) => packets)).toEqual([300]);
  });
});
