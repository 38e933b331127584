import type { ChannelId, Direction, Media, SourceKind } from '../model/channel.ts';
import type { Interval, Origin, Spread } from '../model/interval.ts';
import { noObservations, type Observations, observe } from '../quality/observations.ts';
import { chooseRoundTrip } from '../quality/round-trip-choice.ts';
import type { Measured, WatchedLeg } from './leg.ts';

/** Sources tell an interval again when a late report changes it; it counts once, so much later. Seconds, slots. */
const SETTLED_AFTER = 20;
const SETTLED_SLOTS = 2;

/** Levels of metrics.md lie on bounds. Seconds; ratio. */
const TIMES = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2];
const RATIOS = [0, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1];

export type DirectionKey = `${Direction} ${Media}`;
export type OriginKey = `${Direction} ${Media} ${Origin}`;

/** Of an interval what is counted. Waits in thousands: the interval itself is three times as large. */
type Slot = {
  readonly packets: number;
  readonly loss?: Pick<NonNullable<Interval['loss']>, 'origin' | 'lost' | 'of' | 'unit'>;
  readonly jitter?: { readonly origin: Origin; readonly mean: number };
  readonly roundTrip?: number;
};

/** `settledTo`: begin of the newest slot that was counted; `owed`: packets that were counted as lost and came late. */
type StreamSlots = { settledTo: number; owed: number; readonly waiting: Map<number, Slot> };

type LegSlots = { newest: number; readonly streams: Map<string, StreamSlots> };

/**
 * What all legs of this agent measured since it began: sums, and one observation for each stream's interval. Nothing in it
 * is of one leg, and what waits of a leg goes with its end.
 */
export class IntervalCounts {
  readonly packets = new Map<DirectionKey, number>();
  /** Packets only; what was repaid late is taken off from what is lost next, as a counter never falls. */
  readonly lost = new Map<OriginKey, number>();
  readonly lossRatio = new Map<OriginKey, Observations>();
  /** Means over an interval, seconds. */
  readonly jitter = new Map<OriginKey, Observations>();
  readonly roundTrip = new Map<Media, Observations>();
  /** The end of the newest interval with packets, epoch seconds. */
  readonly lastPacketAt = new Map<SourceKind, number>();
  readonly #settledAfter: number;
  readonly #legs = new Map<string, LegSlots>();

  constructor(slotSeconds: number) {
    this.#settledAfter = Math.max(SETTLED_AFTER, SETTLED_SLOTS * slotSeconds);
  }

  /** Takes in what a source measured of a live leg, whose own time is ahead of the clock by `ownOffset` seconds. */
  take(leg: WatchedLeg, source: SourceKind, { mediaLegId, intervals }: Omit<Measured, 'streams'>, ownOffset = 0): void {
    const slots = this.#legs.get(mediaLegId) ?? { newest: Number.NEGATIVE_INFINITY, streams: new Map() };
    this.#legs.set(mediaLegId, slots);
    const before = slots.newest;
    for (const interval of intervals) {
      this.#put(slots, interval);
      slots.newest = Math.max(slots.newest, interval.startedAt);
      if ((interval.packets ?? 0) > 0) this.#saw(source, interval.startedAt + interval.seconds - ownOffset);
    }
    if (slots.newest > before) this.#settle(leg, slots, slots.newest - this.#settledAfter);
  }

  /** The leg is over: what waits of it is counted. */
  end(leg: WatchedLeg, mediaLegId: string): void {
    const slots = this.#legs.get(mediaLegId);
    if (slots !== undefined) this.#settle(leg, slots, Number.POSITIVE_INFINITY);
    this.#legs.delete(mediaLegId);
  }

  #put({ streams }: LegSlots, interval: Interval): void {
    const { streamId, startedAt } = interval;
    const none = (): StreamSlots => ({ settledTo: Number.NEGATIVE_INFINITY, owed: 0, waiting: new Map() });
    const stream = streams.get(streamId) ?? none();
    streams.set(streamId, stream);
    if (startedAt > stream.settledTo) stream.waiting.set(startedAt, slotOf(interval));
  }

  #saw(source: SourceKind, at: number): void {
    this.lastPacketAt.set(source, Math.max(at, this.lastPacketAt.get(source) ?? at));
  }

  /** Counts what began by then, under the channels that its streams belong to now. */
  #settle(leg: WatchedLeg, { streams }: LegSlots, until: number): void {
    for (const [streamId, stream] of streams) {
      const channel = leg.assignment.get(streamId);
      const direction = leg.streams.get(streamId)?.direction;
      for (const startedAt of [...stream.waiting.keys()].toSorted((a, b) => a - b)) {
        const slot = stream.waiting.get(startedAt);
        if (slot === undefined || startedAt > until) break;
        stream.waiting.delete(startedAt);
        stream.settledTo = startedAt;
        if (channel !== undefined && direction !== undefined) this.#count(stream, slot, channel, direction);
      }
    }
  }

  #count(stream: StreamSlots, { packets, loss, jitter, roundTrip }: Slot, channel: ChannelId, to: Direction): void {
    const { media } = channel;
    const key: DirectionKey = `${to} ${media}`;
    this.packets.set(key, (this.packets.get(key) ?? 0) + packets);
    if (loss !== undefined) this.#countLoss(stream, loss, `${key} ${loss.origin}`);
    if (jitter !== undefined) observe(among(this.jitter, `${key} ${jitter.origin}`, TIMES), jitter.mean);
    if (roundTrip !== undefined) observe(among(this.roundTrip, media, TIMES), roundTrip);
  }

  #countLoss(stream: StreamSlots, { lost, of, unit }: NonNullable<Slot['loss']>, key: OriginKey): void {
    if (of > 0) observe(among(this.lossRatio, key, RATIOS), Math.min(1, Math.max(0, lost / of)));
    if (unit !== 'packets') return;
    const more = lost - stream.owed;
    stream.owed = Math.max(0, -more);
    this.lost.set(key, (this.lost.get(key) ?? 0) + Math.max(0, more));
  }
}

function among<K>(all: Map<K, Observations>, key: K, bounds: readonly number[]): Observations {
  const found = all.get(key) ?? noObservations(bounds);
  all.set(key, found);
  return found;
}

function slotOf({ packets = 0, loss, jitter, roundTrip }: Interval): Slot {
  const trip = meanOf(chooseRoundTrip(roundTrip)?.spread);
  const mean = meanOf(jitter);
  return {
    packets,
    ...(loss && { loss: { origin: loss.origin, lost: loss.lost, of: loss.of, unit: loss.unit } }),
    ...(jitter && mean !== undefined && { jitter: { origin: jitter.origin, mean } }),
    ...(trip === undefined ? {} : { roundTrip: trip }),
  };
}

const meanOf = (spread: Spread | undefined): number | undefined =>
  spread === undefined || spread.count <= 0 ? undefined : spread.sum / spread.count;
