import fc from 'fast-check';
import type {
  Interval,
  Loss,
  Origin,
  Peak,
  Presence,
  RoundTripOrigin,
  Series,
  Spread,
} from '../../src/model/interval.ts';
import { fromIntervalCells, toIntervalCells } from '../../src/store/interval-cells.ts';
import { fromPresenceCells, toPresenceCells } from '../../src/store/presence-cells.ts';
import { origin, slotSeconds, streamOf } from './measured.ts';

const number = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true });
const from: fc.Arbitrary<Origin> = fc.constantFrom('observed', 'reported', 'inferred', 'paced');
const way: fc.Arbitrary<RoundTripOrigin> = fc.constantFrom(
  'sr-rr',
  'sr-chain',
  'xr-dlrr',
  'xr-voip',
  'reverse-loop',
  'stun',
  'stats',
  'imported',
);

const peak = (value: fc.Arbitrary<number>): fc.Arbitrary<Peak> =>
  fc.record({ value, at: number(origin - 30, origin + 4000) });

const spread: fc.Arbitrary<Spread> = fc.record(
  { origin: from, sum: number(0, 50), count: fc.oneof(fc.nat(50), number(0, 50)), worst: peak(number(0, 10)) },
  { requiredKeys: ['origin', 'sum', 'count'], noNullPrototype: true },
);

const loss: fc.Arbitrary<Loss> = fc.record(
  {
    origin: from,
    lost: fc.oneof(fc.integer({ min: -50, max: 5000 }), number(-50, 5000)),
    of: fc.oneof(fc.nat(1e5), number(0, 1e10)),
    unit: fc.constantFrom('packets', 'seconds'),
    worst: fc.record({
      value: number(0, 1),
      at: number(origin - 30, origin + 4000),
      windowSeconds: fc.integer({ min: 5, max: 30 }),
    }),
    approximate: fc.constant(true as const),
  },
  { requiredKeys: ['origin', 'lost', 'of', 'unit'], noNullPrototype: true },
);

type Figures = Omit<Interval, 'streamId' | 'startedAt' | 'seconds'>;

const figures: fc.Arbitrary<Figures> = fc.record(
  {
    coveredSeconds: number(0, slotSeconds),
    taint: fc.constantFrom('capture-dropped', 'capture-restarted', 'agent-down', 'clock-step'),
    packets: fc.oneof(fc.nat(1e5), number(0, 1e5)),
    octets: fc.nat(1e8),
    frames: fc.oneof(fc.nat(300), number(0, 300)),
    height: fc.constantFrom(180, 360, 720, 1080),
    loss,
    jitter: spread,
    earlyJitter: spread,
    roundTrip: fc.dictionary(way, spread, { maxKeys: 3, noNullPrototype: true }),
  },
  { requiredKeys: ['coveredSeconds'], noNullPrototype: true },
);

/** Any interval, unrounded. */
export const anyInterval: fc.Arbitrary<Interval> = fc
  .tuple(fc.nat(720), figures)
  .map(([slot, rest]) => ({ streamId: 's', startedAt: origin + slot * slotSeconds, seconds: slotSeconds, ...rest }));

/** Any presence, unrounded. */
export const anyPresence: fc.Arbitrary<Presence> = fc.record({
  mediaLegId: fc.constant('leg'),
  media: fc.constantFrom('audio', 'video', 'screenSharing'),
  channelIndex: fc.integer({ min: 1, max: 4 }),
  startedAt: fc.nat(720).map((slot) => origin + slot * slotSeconds),
  seconds: fc.constant(slotSeconds),
  enabledSeconds: number(0, slotSeconds),
  observedSeconds: fc.record({ inbound: number(0, slotSeconds), outbound: number(0, slotSeconds) }),
  silentSeconds: fc.record({ inbound: number(0, slotSeconds), outbound: number(0, slotSeconds) }),
});

const kept = (interval: Interval): Interval =>
  fromIntervalCells(toIntervalCells(interval, interval.startedAt), interval.streamId, interval.startedAt);
const keptPresence = (presence: Presence): Presence => {
  const { mediaLegId, startedAt, media, channelIndex } = presence;
  return fromPresenceCells(toPresenceCells(presence), { mediaLegId, startedAt, media, channelIndex });
};

/** Any series as it lies in the store while its leg lives: rounded, by time, one row a slot and stream or channel. */
export const anySeries: fc.Arbitrary<Series> = fc
  .record({
    streams: fc.integer({ min: 0, max: 4 }),
    intervals: fc.array(fc.tuple(fc.nat(3), anyInterval), { maxLength: 40 }),
    presence: fc.uniqueArray(anyPresence, {
      maxLength: 40,
      selector: ({ media, channelIndex, startedAt }) => `${media} ${channelIndex} ${startedAt}`,
    }),
  })
  .map(({ streams: count, intervals, presence }) => {
    const streams = Array.from({ length: count }, (_, n) => streamOf('leg', 'inbound', { streamId: `stream ${n}` }));
    const slots = new Map(
      intervals.filter(([n]) => n < count).map(([n, each]) => [each.startedAt * 10 + n, { n, each }]),
    );
    const rows = [...slots.values()].sort((a, b) => a.each.startedAt - b.each.startedAt || a.n - b.n);
    return {
      mediaLegId: 'leg',
      streams,
      intervals: rows.map(({ n, each }) => kept({ ...each, streamId: `stream ${n}` })),
      presence: presence.map(keptPresence).sort(byTime),
    };
  });

function byTime(a: Presence, b: Presence): number {
  const media = a.media < b.media ? -1 : 1;
  return a.startedAt - b.startedAt || (a.media === b.media ? a.channelIndex - b.channelIndex : media);
}
