import type { Direction } from '../model/channel.ts';
import type { Absence } from '../model/figures.ts';
import type { Interval, Presence, Series, Stream } from '../model/interval.ts';
import type { Channel, Spell } from '../model/leg.ts';
import { channelStreams, isSameChannel, joinSlots } from './channel-series.ts';
import { add } from './interval.ts';
import type { SummaryInput } from './summary.ts';

/** Everything measured of one channel in one direction. */
export type Side = {
  readonly direction: Direction;
  readonly streams: readonly Stream[];
  /** All slots together; absent where no stream told anything. */
  readonly total?: Interval;
  readonly enabledSeconds: number;
  /** Untainted observed seconds ÷ enabled seconds, 0–1. */
  readonly coverage: number;
  /** Whether media was to come in this direction at any time. */
  readonly expected: boolean;
  readonly observed: boolean;
  /** Share of the expected packets whose number is only an upper bound, 0–1. */
  readonly approximateShare: number;
};

const EXPECTS: Readonly<Record<Direction, readonly Spell['direction'][]>> = {
  inbound: ['sendrecv', 'recvonly'],
  outbound: ['sendrecv', 'sendonly'],
};

/** Folds one direction of a channel. */
export function sideOf(input: SummaryInput, channel: Channel, direction: Direction): Side {
  const streams = channelStreams(input.series, input.assignment, channel, direction);
  const slots = joinSlots(streams, input.series.intervals);
  const presence = presenceOf(input.series, channel);
  const enabledSeconds = sum(presence.map((slot) => slot.enabledSeconds));
  const covered = sum(slots.map((slot) => slot.coveredSeconds));
  const coveredEnabled = coveredSeconds(slots, presence, direction);
  return {
    direction,
    streams,
    ...(slots.length === 0 ? {} : { total: slots.reduce(add) }),
    enabledSeconds,
    coverage: enabledSeconds > 0 ? Math.min(1, coveredEnabled / enabledSeconds) : 0,
    expected: channel.spells.some((spell) => EXPECTS[direction].includes(spell.direction)),
    observed: covered + coveredEnabled > 0,
    approximateShare: approximateShare(slots),
  };
}

/** Why nothing at all can be said of a side; absent where something can. */
export function absenceOf(side: Side): Absence | undefined {
  const packets = side.total === undefined ? 0 : side.total.packets;
  if (!side.expected && packets === 0) return 'not-expected';
  if (!side.observed) return 'source-down';
  return packets === 0 ? 'silent' : undefined;
}

/** Presence of one channel, by time. */
export function presenceOf(series: Series, channel: Channel): readonly Presence[] {
  return series.presence.filter((p) => isSameChannel(p, channel)).toSorted((a, b) => a.startedAt - b.startedAt);
}

/** Sum of the values. */
export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** A slot in which a stream was measured is covered as far as it was; without any, as far as the source was alive. */
function coveredSeconds(slots: readonly Interval[], presence: readonly Presence[], direction: Direction): number {
  const measured = new Map<number, number>();
  for (const slot of slots) measured.set(slot.startedAt, slot.coveredSeconds);
  return sum(
    presence.map((slot) =>
      Math.min(slot.enabledSeconds, measured.get(slot.startedAt) ?? slot.observedSeconds[direction]),
    ),
  );
}

function approximateShare(slots: readonly Interval[]): number {
  let [of, approximate] = [0, 0];
  for (const { loss } of slots) {
    of += loss?.of ?? 0;
    approximate += loss?.approximate ? loss.of : 0;
  }
  return of > 0 ? approximate / of : 0;
}
