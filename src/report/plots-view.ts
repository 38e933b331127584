import type { ChannelId, Direction, Media } from '../model/channel.ts';
import type { Interval, Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import { channelStreams, isSameChannel, joinSlots } from '../quality/channel-series.ts';
import { add } from '../quality/interval.ts';
import { isSeen, type PlotSpan, plotSpans } from './plot-spans.ts';
import { rfc3339 } from './rfc3339.ts';
import { type SlotFigures, slotFigureNames, slotFigures } from './slot-figures.ts';

/** Points of one line: a day of five-second slots fits, of longer legs slots are folded. */
const MOST_SLOTS = 20_000;

/** One direction of a channel: a column a figure, an entry a slot, null where nothing was measured. */
export type PlotSide = {
  readonly [Name in keyof SlotFigures]?: readonly (number | null)[];
} & { readonly spans: readonly PlotSpan[] };

/** What is drawn of a leg: percent, milliseconds, bits and pictures per second. A column of nothing is left out. */
export type PlotsView = {
  readonly mediaLegId: string;
  /** Begin of the first slot. */
  readonly startedAt: string;
  /** Seconds from slot to slot, and how many slots there are. */
  readonly interval: number;
  readonly slots: number;
  readonly channels: readonly (ChannelId & { readonly [D in Direction]: PlotSide })[];
};

/** A leg with its series, as far as it counts. */
export type PlottedLeg = {
  readonly leg: Leg;
  readonly series: Series;
  readonly assignment: ReadonlyMap<string, ChannelId>;
};

type Axis = { readonly from: number; readonly interval: number; readonly slots: number };

/** The series of a leg in columns on one time axis, with the times in which there was nothing to see, and why. */
export function plotsView(plotted: PlottedLeg, slotSeconds: number): PlotsView {
  const { leg, series } = plotted;
  const axis = axisOf(plotted, slotSeconds);
  const { intervals } = series;
  const until = axis.from + axis.slots * axis.interval;
  return {
    mediaLegId: leg.mediaLegId,
    startedAt: rfc3339(axis.from),
    interval: axis.interval,
    slots: axis.slots,
    channels: leg.channels.map(({ media, channelIndex }) => {
      const id = { media, channelIndex };
      const presence = series.presence.filter((slot) => isSameChannel(slot, id));
      const side = (direction: Direction): PlotSide => {
        const streams = channelStreams(series, plotted.assignment, id, direction);
        const slots = joinSlots(streams, intervals);
        return {
          ...columns(slots, media, axis),
          spans: plotSpans({ leg, id, direction, streams, slots, presence, intervals, until }),
        };
      };
      return { ...id, inbound: side('inbound'), outbound: side('outbound') };
    }),
  };
}

/** The whole of the leg's life, from slot border to slot border. */
function axisOf({ leg, series }: PlottedLeg, slotSeconds: number): Axis {
  const ends = leg.endedAt ?? endOf(series, leg.startedAt);
  const seconds = Math.max(ends, leg.startedAt + slotSeconds) - leg.startedAt;
  const interval = slotSeconds * Math.max(1, Math.ceil(seconds / slotSeconds / MOST_SLOTS));
  const from = Math.floor(leg.startedAt / interval) * interval;
  return { from, interval, slots: Math.ceil((leg.startedAt + seconds - from) / interval) };
}

/** The end of what was measured of a leg that goes on. */
const endOf = ({ intervals, presence }: Series, begin: number): number =>
  [...intervals, ...presence.filter(isSeen)].reduce(
    (latest, { startedAt, seconds }) => Math.max(latest, startedAt + seconds),
    begin,
  );

type Columns = { -readonly [Name in keyof SlotFigures]?: (number | null)[] };

function columns(slots: readonly Interval[], media: Media, axis: Axis): Columns {
  const folded: (Interval | undefined)[] = [];
  for (const slot of slots) {
    const index = Math.floor((slot.startedAt - axis.from) / axis.interval);
    if (index < 0 || index >= axis.slots) continue;
    const held = folded[index];
    folded[index] = held === undefined ? slot : add(held, slot);
  }
  const drawn: Columns = {};
  folded.forEach((slot, index) => {
    if (slot === undefined) return;
    const figures = slotFigures(slot, media);
    for (const name of slotFigureNames) {
      const value = figures[name];
      if (value === undefined) continue;
      drawn[name] ??= new Array<number | null>(axis.slots).fill(null);
      drawn[name][index] = value;
    }
  });
  return drawn;
}
