import { describe, expect, it } from 'vitest';
import { mediaSpells, noActivity, noteActivity } from '../../src/leg/activity.ts';
import { presenceBetween } from '../../src/leg/presence.ts';
import type { Direction } from '../../src/model/channel.ts';
import type { Interval, Stream } from '../../src/model/interval.ts';
import type { Channel } from '../../src/model/leg.ts';

const id = '00000000-0000-0000-0000-00000000000a';
const audio: Channel = {
  media: 'audio',
  channelIndex: 1,
  told: 'control',
  spells: [{ from: 100, direction: 'sendrecv' }],
};
const stream = (streamId: string, direction: Direction): Stream => ({
  streamId,
  mediaLegId: id,
  source: 'getstats',
  direction,
});
const slot = (streamId: string, startedAt: number, packets: number, coveredSeconds = 5): Interval => ({
  streamId,
  startedAt,
  seconds: 5,
  coveredSeconds,
  packets,
});

function presence(
  intervals: readonly Interval[],
  channels: readonly Channel[],
  life: { from: number; to: number },
  from = life.from,
) {
  const activity = noActivity(5);
  noteActivity(activity, intervals, life.to);
  const streams = new Map([
    ['in', stream('in', 'inbound')],
    ['out', stream('out', 'outbound')],
  ]);
  const assignment = new Map([...streams.keys()].map((key) => [key, { media: 'audio' as const, channelIndex: 1 }]));
  return presenceBetween({ mediaLegId: id, channels, life }, activity, { streams, assignment }, { from, to: life.to });
}

describe('presence', () => {
  it('counts the part of each slot in which the leg lived and the channel was enabled', () => {
    const told = presence([slot('in', 100, 250), slot('in', 105, 100, 2)], [audio], { from: 101, to: 107 });
    expect(told.map(({ startedAt, enabledSeconds }) => [startedAt, enabledSeconds])).toEqual([
      [100, 4],
      [105, 2],
    ]);
  });

  it('tells silence from a pause: five seconds without any expected packet', () => {
    const intervals = [100, 105, 110, 115].flatMap((at) => [
      slot('in', at, at === 105 || at === 110 ? 0 : 250),
      slot('out', at, 250),
    ]);
    const told = presence(intervals, [audio], { from: 100, to: 120 });
    expect(told.map(({ silentSeconds }) => silentSeconds)).toEqual([
      { inbound: 0, outbound: 0 },
      { inbound: 5, outbound: 0 },
      { inbound: 5, outbound: 0 },
      { inbound: 0, outbound: 0 },
    ]);
  });

  it('does not take a short quiet for silence, nor hold, nor a screen', () => {
    const quiet = [slot('in', 100, 250), slot('in', 105, 0, 3)];
    expect(
      presence(quiet, [audio], { from: 100, to: 108 }).every(({ silentSeconds }) => silentSeconds.inbound === 0),
    ).toBe(true);
    const held: Channel = { ...audio, spells: [{ from: 100, direction: 'sendonly' }] };
    const long = [100, 105, 110].map((at) => slot('in', at, 0));
    expect(presence(long, [held], { from: 100, to: 115 }).map(({ silentSeconds }) => silentSeconds.inbound)).toEqual([
      0, 0, 0,
    ]);
    const screen: Channel = { ...audio, media: 'screenSharing' };
    expect(presence(long, [screen], { from: 100, to: 115 }).map(({ silentSeconds }) => silentSeconds.inbound)).toEqual([
      0, 0, 0,
    ]);
  });

  it('does not take for silence what a source does not count', () => {
    const slim = [100, 105, 110].flatMap((at) => {
      const { packets: _, ...uncounted } = slot('out', at, 0);
      return [slot('in', at, 250), uncounted];
    });
    const told = presence(slim, [audio], { from: 100, to: 115 });
    expect(told.map(({ silentSeconds }) => silentSeconds.outbound)).toEqual([0, 0, 0]);
    expect(told.map(({ observedSeconds }) => observedSeconds.outbound)).toEqual([5, 5, 5]);
  });

  it('is not observed where no source looked', () => {
    const told = presence([slot('in', 100, 250)], [audio], { from: 100, to: 110 });
    expect(told.map(({ observedSeconds }) => observedSeconds)).toEqual([{ inbound: 5, outbound: 0 }]);
  });

  it('of a channel without streams is observed where a source would have told of any', () => {
    const video: Channel = { ...audio, media: 'video' };
    const told = (complete: boolean) => {
      const activity = noActivity(5);
      noteActivity(activity, [slot('in', 100, 250)], 105);
      const streams = new Map([['in', { ...stream('in', 'inbound'), ...(complete && ({ complete } as const)) }]]);
      const assignment = new Map([['in', { media: 'audio' as const, channelIndex: 1 }]]);
      const life = { from: 100, to: 105 };
      const [seen] = presenceBetween(
        { mediaLegId: id, channels: [video], life },
        activity,
        { streams, assignment },
        life,
      );
      return seen?.observedSeconds;
    };
    expect(told(true)).toEqual({ inbound: 5, outbound: 5 });
    expect(told(false)).toEqual({ inbound: 0, outbound: 0 });
  });

  it('tells again the slots before a change in which a run of silence may have begun', () => {
    const intervals = [100, 105, 110, 115, 120].map((at) => slot('in', at, at < 110 ? 250 : 0));
    const told = presence(intervals, [audio], { from: 100, to: 125 }, 120);
    expect(told.map(({ startedAt }) => startedAt)).toEqual([115, 120]);
    expect(told.map(({ silentSeconds }) => silentSeconds.inbound)).toEqual([5, 5]);
  });
});

describe('spells that nobody signalled', () => {
  it('run from the first packet to the last before ten seconds without any', () => {
    const active = [
      { startedAt: 100, covered: 2 },
      { startedAt: 105, covered: 5 },
      { startedAt: 110, covered: 3 },
      { startedAt: 130, covered: 4 },
    ];
    expect(mediaSpells([], active, 5, 0)).toEqual([
      { from: 103, to: 113, direction: 'sendrecv' },
      { from: 130, to: 134, direction: 'sendrecv' },
    ]);
  });

  it('begin no earlier than the leg, even within one slot', () => {
    expect(mediaSpells([], [{ startedAt: 100, covered: 4 }], 5, 100.9)).toEqual([
      { from: 100.9, to: 104.9, direction: 'sendrecv' },
    ]);
  });

  it('go on over a shorter gap, and are the same when told again', () => {
    const active = [100, 105, 115].map((startedAt) => ({ startedAt, covered: 5 }));
    const once = mediaSpells([], active, 5, 0);
    expect(once).toEqual([{ from: 100, to: 120, direction: 'sendrecv' }]);
    expect(mediaSpells(once, active, 5, 0)).toEqual(once);
  });
});
