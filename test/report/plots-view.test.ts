import { describe, expect, it } from 'vitest';
import type { Interval, Presence, Stream } from '../../src/model/interval.ts';
import type { Channel, Leg, Spell } from '../../src/model/leg.ts';
import { plotsView } from '../../src/report/plots-view.ts';

const BEGIN = 1_768_471_200; // 2026-01-15T10:00:00Z
const at = (second: number): string => new Date((BEGIN + second) * 1000).toISOString();

const legOf = (seconds: number, spells: readonly Spell[], more: Partial<Leg> = {}): Leg => ({
  mediaLegId: 'leg',
  revision: 1,
  owner: 'here',
  state: 'ended',
  control: {},
  device: { name: 'x', description: 'y' },
  channels: [{ media: 'video', channelIndex: 1, told: 'control', spells }],
  earlierIdentifiers: [],
  startedAt: BEGIN,
  endedAt: BEGIN + seconds,
  delivery: { state: 'none' },
  ...more,
});

const on = (from: number, to: number, direction: Spell['direction'] = 'sendrecv'): Spell => ({
  from: BEGIN + from,
  to: BEGIN + to,
  direction,
});

const stream = (streamId: string, more: Partial<Stream> = {}): Stream => ({
  streamId,
  mediaLegId: 'leg',
  source: 'capture',
  direction: 'inbound',
  ...more,
});

const slot = (second: number, more: Partial<Interval> = {}): Interval => ({
  streamId: 'in',
  startedAt: BEGIN + second,
  seconds: 5,
  coveredSeconds: 5,
  packets: 98,
  octets: 50_000,
  frames: 150,
  loss: { origin: 'observed', lost: 2, of: 100, unit: 'packets' },
  jitter: { origin: 'observed', sum: 0.02, count: 5 },
  roundTrip: { 'sr-rr': { origin: 'observed', sum: 0.16, count: 2 } },
  ...more,
});

const seen = (second: number, more: Partial<Presence> = {}): Presence => ({
  mediaLegId: 'leg',
  media: 'video',
  channelIndex: 1,
  startedAt: BEGIN + second,
  seconds: 5,
  enabledSeconds: 5,
  observedSeconds: { inbound: 5, outbound: 5 },
  silentSeconds: { inbound: 0, outbound: 0 },
  ...more,
});

const view = (
  leg: Leg,
  intervals: readonly Interval[],
  presence: readonly Presence[],
  streams = [stream('in')],
  slotSeconds = 5,
) => {
  const assignment = new Map(streams.map(({ streamId }) => [streamId, { media: 'video', channelIndex: 1 } as const]));
  const plots = plotsView(
    { leg, series: { mediaLegId: 'leg', streams, intervals, presence }, assignment },
    slotSeconds,
  );
  return { ...plots, inbound: plots.channels[0]?.inbound, outbound: plots.channels[0]?.outbound };
};

describe('plotsView', () => {
  it('puts what was measured on one axis, in units for people, and leaves gaps', () => {
    const leg = legOf(20, [on(0, 20)]);
    const { inbound, outbound, ...plots } = view(
      leg,
      [slot(0), slot(15)],
      [0, 5, 10, 15].map((second) => seen(second)),
    );
    expect(plots).toMatchObject({ startedAt: at(0), interval: 5, slots: 4 });
    expect(inbound).toMatchObject({
      loss: [2, null, null, 2],
      jitter: [4, null, null, 4],
      roundTrip: [80, null, null, 80],
      bitRate: [80_000, null, null, 80_000],
      frameRate: [30, null, null, 30],
    });
    expect(outbound).toEqual({ spans: [] });
  });

  it('never shows a tainted slot as a number', () => {
    const tainted: Interval = {
      streamId: 'in',
      startedAt: BEGIN + 5,
      seconds: 5,
      coveredSeconds: 0,
      taint: 'capture-dropped',
    };
    const unseen = seen(5, { observedSeconds: { inbound: 0, outbound: 5 } });
    const { inbound } = view(legOf(15, [on(0, 15)]), [slot(0), tainted, slot(10)], [seen(0), unseen, seen(10)]);
    expect(inbound?.loss).toEqual([2, null, 2]);
    expect(inbound?.spans).toEqual([{ kind: 'tainted', reason: 'capture-dropped', from: at(5), to: at(10) }]);
  });

  it('tells off from held from silent from unobserved', () => {
    const leg = legOf(40, [on(0, 10), on(10, 20, 'sendonly'), on(25, 40)]);
    const silent = seen(30, { silentSeconds: { inbound: 5, outbound: 0 } });
    const presence = [seen(0), seen(5), seen(10), seen(15), seen(25), silent];
    const { inbound, outbound } = view(leg, [slot(0), slot(5), slot(25)], presence);
    expect(inbound?.spans).toEqual([
      { kind: 'held', from: at(10), to: at(20) },
      { kind: 'off', from: at(20), to: at(25) },
      { kind: 'silent', from: at(30), to: at(35) },
      { kind: 'unobserved', from: at(35), to: at(40) },
    ]);
    expect(outbound?.spans.map(({ kind }) => kind)).toEqual(['off', 'unobserved']);
  });

  it('tells a channel that is off from a call on hold, in which all are', () => {
    const video: Channel = { media: 'video', channelIndex: 1, told: 'sdp', spells: [on(0, 10), on(30, 40)] };
    const beside = (...spells: readonly Spell[]): Leg =>
      legOf(40, [], { channels: [video, { ...video, media: 'audio', spells }] });
    const kinds = (leg: Leg) => view(leg, [], []).inbound?.spans.filter(({ kind }) => kind !== 'unobserved');
    expect(kinds(beside(on(0, 10), on(30, 40)))).toEqual([{ kind: 'held', from: at(10), to: at(30) }]);
    expect(kinds(beside(on(0, 40)))).toEqual([{ kind: 'off', from: at(10), to: at(30) }]);
    const music = { ...on(10, 30, 'sendonly'), held: true } as const;
    const held = legOf(40, [], { channels: [{ ...video, spells: [on(0, 10), music, on(30, 40)] }] });
    const { inbound, outbound } = view(held, [], []);
    for (const side of [inbound, outbound])
      expect(side?.spans).toContainEqual({ kind: 'held', from: at(10), to: at(30) });
    const begun = legOf(40, [], { channels: [{ ...video, spells: [on(10, 40)] }] });
    expect(kinds(begun)).toEqual([{ kind: 'off', from: at(0), to: at(10) }]);
  });

  it('joins what goes on into one stretch', () => {
    const silent = { silentSeconds: { inbound: 5, outbound: 0 } };
    const presence = [seen(0, silent), seen(5, silent), seen(10), seen(15, silent)];
    expect(view(legOf(20, [on(0, 20)]), [slot(10)], presence).inbound?.spans).toEqual([
      { kind: 'silent', from: at(0), to: at(10) },
      { kind: 'silent', from: at(15), to: at(20) },
    ]);
  });

  it('takes no row for a time that stands for time which nobody saw', () => {
    const none = { inbound: 0, outbound: 0 };
    const rest = { ...seen(3700), enabledSeconds: 10, observedSeconds: none, silentSeconds: none };
    const { endedAt: _, ...live } = legOf(20, [{ from: BEGIN, direction: 'sendrecv' }], { state: 'live' });
    expect(view(live, [slot(0)], [seen(0), rest])).toMatchObject({ slots: 1, inbound: { spans: [] } });
  });

  it('marks where a stream goes on from another', () => {
    const streams = [stream('in'), stream('next', { continues: 'in' })];
    const leg = legOf(10, [on(0, 10)]);
    const { inbound } = view(leg, [slot(0), slot(5, { streamId: 'next' })], [seen(0), seen(5)], streams);
    expect(inbound?.spans).toEqual([{ kind: 'restart', from: at(5), to: at(5) }]);
    expect(inbound?.loss).toEqual([2, 2]);
  });

  it('folds slots of a leg that lasted for days, and loses no packet in it', () => {
    const seconds = 5 * 30_000;
    const leg = legOf(seconds, [on(0, seconds)]);
    const lossy = { loss: { origin: 'observed', lost: 50, of: 100, unit: 'packets' } } as const;
    const { inbound, ...plots } = view(leg, [slot(0), slot(5, lossy), slot(10)], [seen(0), seen(5), seen(10)]);
    expect(plots).toMatchObject({ interval: 10, slots: 15_000 });
    expect(inbound?.loss?.slice(0, 3)).toEqual([26, 2, null]);
    expect(inbound?.loss).toHaveLength(15_000);
  });

  it('begins at the border of a slot, before a leg that began within it', () => {
    const leg = legOf(8, [on(3, 8)], { startedAt: BEGIN + 3, endedAt: BEGIN + 8 });
    const plots = view(leg, [slot(0, { coveredSeconds: 2 }), slot(5, { coveredSeconds: 3 })], [seen(0), seen(5)]);
    expect(plots).toMatchObject({ startedAt: at(0), slots: 2 });
    expect(plots.inbound?.loss).toEqual([2, 2]);
  });
});
