import type { IntervalCounts, OriginKey } from '../leg/interval-counts.ts';
import type { Direction, Media } from '../model/channel.ts';
import type { Origin } from '../model/interval.ts';
import type { Observations } from '../quality/observations.ts';
import type { Family, Sample, Seen } from './metric-facts.ts';

const medias: readonly Media[] = ['audio', 'video', 'screenSharing'];

/** What we observe ourselves is called measured, to outsiders who know the other end's word for it. */
const origins: readonly (readonly [Origin, string])[] = [
  ['observed', 'measured'],
  ['reported', 'reported'],
  ['inferred', 'inferred'],
  ['paced', 'paced'],
];

/** From whom loss is known unless something else is: such series are there from the start. */
const usual = { inbound: 'observed', outbound: 'reported' } as const;

const seenBy = (direction: Direction): string => (direction === 'inbound' ? 'from devices' : 'to devices');

type Each<T> = (media: Media, key: OriginKey, labels: { media: Media; origin: string }) => readonly T[];

const eachOrigin = <T>(direction: Direction, each: Each<T>): readonly T[] =>
  medias.flatMap((media) =>
    origins.flatMap(([origin, label]) => each(media, `${direction} ${media} ${origin}`, { media, origin: label })),
  );

function packets(direction: Direction): Family {
  return {
    name: `otherleg_${direction}_packets_total`,
    help: `Media packets ${seenBy(direction)}.`,
    type: 'counter',
    labels: ['media'],
    read: ({ intervals }) =>
      medias.map((media) => ({ labels: { media }, value: intervals.packets.get(`${direction} ${media}`) ?? 0 })),
  };
}

function lost(direction: Direction): Family {
  return {
    name: `otherleg_${direction}_packets_lost_total`,
    help: `Media packets ${seenBy(direction)} that were lost.`,
    type: 'counter',
    labels: ['media', 'origin'],
    read: ({ intervals }) =>
      eachOrigin<Sample>(direction, (media, key, labels) => {
        const value = intervals.lost.get(key) ?? (key === `${direction} ${media} ${usual[direction]}` ? 0 : undefined);
        return value === undefined ? [] : [{ labels, value }];
      }),
  };
}

type Spreads = (counts: IntervalCounts) => ReadonlyMap<OriginKey, Observations>;

function perInterval(direction: Direction, what: string, help: string, of: Spreads): Family {
  return {
    name: `otherleg_${direction}_${what}`,
    help: `${help} of media ${seenBy(direction)}, one observation per stream and interval.`,
    type: 'histogram',
    labels: ['media', 'origin'],
    read: ({ intervals }) =>
      eachOrigin<Seen>(direction, (_media, key, labels) => {
        const seen = of(intervals).get(key);
        return seen === undefined ? [] : [{ labels, seen }];
      }),
  };
}

const ofDirection = (direction: Direction): readonly Family[] => [
  packets(direction),
  lost(direction),
  perInterval(direction, 'jitter_seconds', 'Mean jitter', ({ jitter }) => jitter),
  perInterval(direction, 'loss_ratio', 'Lost of expected', ({ lossRatio }) => lossRatio),
];

/** What the media of all legs did. */
export const mediaFamilies: readonly Family[] = [
  ...ofDirection('inbound'),
  ...ofDirection('outbound'),
  {
    name: 'otherleg_round_trip_seconds',
    help: 'Mean round trip between gateway and device, one observation per stream and interval.',
    type: 'histogram',
    labels: ['media'],
    read: ({ intervals }) =>
      medias.flatMap((media) => {
        const seen = intervals.roundTrip.get(media);
        return seen === undefined ? [] : [{ labels: { media }, seen }];
      }),
  },
];
