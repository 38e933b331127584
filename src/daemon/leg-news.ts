import type { LegWatch, Measured, WatchedLeg } from '../leg/leg.ts';
import type { ChannelId, Direction } from '../model/channel.ts';
import type { Interval } from '../model/interval.ts';
import { join } from '../quality/interval.ts';
import { type LiveFigures, type SlotFigures, slotFigures } from '../report/slot-figures.ts';
import type { EventHub } from './event-hub.ts';

/** Slots that are kept of a leg: sources close them late, each in its own way. */
const KEPT_SLOTS = 4;

type News = { leg: WatchedLeg; readonly slots: Map<number, Map<string, Interval>> };

/** Says what legs do: their begin, change and end at once, and the figures of their last slot at each tick. */
export class LegNews implements LegWatch {
  readonly #hub: EventHub;
  readonly #news = new Map<string, News>();

  constructor(hub: EventHub) {
    this.#hub = hub;
  }

  began: LegWatch['began'] = (leg) => this.#hub.publish({ kind: 'began', leg });
  changed: LegWatch['changed'] = (leg) => this.#hub.publish({ kind: 'changed', leg });
  ended: LegWatch['ended'] = (leg) => {
    this.#news.delete(leg.mediaLegId);
    this.#hub.publish({ kind: 'ended', leg });
  };

  measured(leg: WatchedLeg, { mediaLegId, intervals }: Measured): void {
    if (!this.#hub.isHeard) return void this.#news.clear();
    const news = this.#news.get(mediaLegId) ?? { leg, slots: new Map() };
    news.leg = leg;
    for (const interval of intervals) {
      const slot = news.slots.get(interval.startedAt) ?? new Map<string, Interval>();
      news.slots.set(interval.startedAt, slot.set(interval.streamId, interval));
    }
    const old = [...news.slots.keys()].toSorted((a, b) => b - a).slice(KEPT_SLOTS);
    for (const startedAt of old) news.slots.delete(startedAt);
    this.#news.set(mediaLegId, news);
  }

  /** The slot before the newest is whole, or as whole as it gets; each is told once. */
  tick(): void {
    for (const [mediaLegId, { leg, slots }] of this.#news) {
      const whole = [...slots.keys()].toSorted((a, b) => a - b).slice(0, -1);
      for (const startedAt of whole) {
        const intervals = [...(slots.get(startedAt)?.values() ?? [])];
        slots.delete(startedAt);
        this.#hub.publish({ kind: 'measured', figures: figuresOf(mediaLegId, leg, intervals, startedAt) });
      }
    }
  }
}

type Sides = { readonly [D in Direction]: SlotFigures };

function figuresOf(
  mediaLegId: string,
  { streams, assignment }: WatchedLeg,
  intervals: readonly Interval[],
  startedAt: number,
): LiveFigures {
  const joined = new Map<string, { readonly id: ChannelId; readonly sides: Map<Direction, Interval> }>();
  for (const interval of intervals) {
    const id = assignment.get(interval.streamId);
    const direction = streams.get(interval.streamId)?.direction;
    if (id === undefined || direction === undefined) continue;
    const channel = joined.get(`${id.media}/${id.channelIndex}`) ?? { id, sides: new Map<Direction, Interval>() };
    const before = channel.sides.get(direction);
    channel.sides.set(direction, before === undefined ? interval : join(before, interval));
    joined.set(`${id.media}/${id.channelIndex}`, channel);
  }
  const channels = [...joined.values()].map(({ id, sides }): ChannelId & Sides => ({
    ...id,
    inbound: side(sides.get('inbound'), id),
    outbound: side(sides.get('outbound'), id),
  }));
  return { mediaLegId, startedAt, seconds: intervals[0]?.seconds ?? 0, channels };
}

const side = (slot: Interval | undefined, { media }: ChannelId): SlotFigures =>
  slot === undefined ? {} : slotFigures(slot, media);
