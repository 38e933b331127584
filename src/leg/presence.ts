import type { ChannelId, Direction } from '../model/channel.ts';
import type { Presence, Stream } from '../model/interval.ts';
import type { Channel } from '../model/leg.ts';
import { type Activity, channelActivity, type SlotActivity, watchedSeconds } from './activity.ts';
import { channelKey, enabledSeconds, inboundExpected, outboundExpected } from './spells.ts';

/** Expected media that stay away this long are silence; less is a pause. Seconds (docs/metrics.md, section 4). */
const SILENCE = 5;

/** The frame of a slot: which leg, which part of it the leg lived in. */
export type SlotFrame = {
  readonly mediaLegId: string;
  readonly startedAt: number;
  readonly seconds: number;
  /** The leg's own life: nothing before or after it counts. */
  readonly life: { readonly from: number; readonly to: number };
};

const expects = { inbound: inboundExpected, outbound: outboundExpected };

function quietSeconds(
  channel: Channel,
  direction: Direction,
  frame: SlotFrame,
  observed: number,
  seen: SlotActivity | undefined,
): number {
  const packets = seen?.[direction] === undefined ? 0 : seen[direction].packets;
  if (channel.media === 'screenSharing' || packets !== 0) return 0;
  const from = Math.max(frame.startedAt, frame.life.from);
  const to = Math.min(frame.startedAt + frame.seconds, frame.life.to);
  return Math.min(observed, enabledSeconds(channel.spells, from, to, expects[direction]));
}

/** A direction is observed as far as its own streams are, or the source would have told of any. */
function observedSeconds(seen: SlotActivity | undefined, watched: number, enabled: number): Record<Direction, number> {
  return {
    inbound: Math.min(seen?.inbound?.covered ?? watched, enabled),
    outbound: Math.min(seen?.outbound?.covered ?? watched, enabled),
  };
}

/** Presence of one channel in one slot; its silence is only a candidate until `confirmSilence` saw the run it is in. */
function presenceOf(channel: Channel, frame: SlotFrame, watched: number, seen: SlotActivity | undefined): Presence {
  const from = Math.max(frame.startedAt, frame.life.from);
  const to = Math.max(from, Math.min(frame.startedAt + frame.seconds, frame.life.to));
  const enabled = enabledSeconds(channel.spells, from, to);
  const observed = observedSeconds(seen, watched, enabled);
  return {
    mediaLegId: frame.mediaLegId,
    media: channel.media,
    channelIndex: channel.channelIndex,
    startedAt: frame.startedAt,
    seconds: frame.seconds,
    enabledSeconds: enabled,
    observedSeconds: observed,
    silentSeconds: {
      inbound: quietSeconds(channel, 'inbound', frame, observed.inbound, seen),
      outbound: quietSeconds(channel, 'outbound', frame, observed.outbound, seen),
    },
  };
}

/** Silence counts where it lasts: runs of quiet slots below five seconds are set back to none. */
function confirmSilence(run: readonly Presence[], direction: Direction): ReadonlySet<Presence> {
  const confirmed = new Set<Presence>();
  let quiet: Presence[] = [];
  const settle = (): void => {
    const total = quiet.reduce((sum, slot) => sum + slot.silentSeconds[direction], 0);
    if (total >= SILENCE) for (const slot of quiet) confirmed.add(slot);
    quiet = [];
  };
  for (const slot of run) {
    const before = quiet.at(-1);
    if (before !== undefined && slot.startedAt > before.startedAt + before.seconds) settle();
    if (slot.silentSeconds[direction] > 0) quiet.push(slot);
    else settle();
  }
  settle();
  return confirmed;
}

function settled(run: readonly Presence[]): readonly Presence[] {
  const inbound = confirmSilence(run, 'inbound');
  const outbound = confirmSilence(run, 'outbound');
  return run.map((slot) => ({
    ...slot,
    silentSeconds: {
      inbound: inbound.has(slot) ? slot.silentSeconds.inbound : 0,
      outbound: outbound.has(slot) ? slot.silentSeconds.outbound : 0,
    },
  }));
}

/**
 * Presence of every channel for the slots that what changed since `from` can touch, up to the one that holds `to`: those in
 * which a source looked. A run of quiet slots may have been confirmed five seconds back, and takes five more to be seen
 * whole.
 */
export function presenceBetween(
  leg: { readonly mediaLegId: string; readonly channels: readonly Channel[]; readonly life: SlotFrame['life'] },
  activity: Activity,
  measured: { readonly streams: ReadonlyMap<string, Stream>; readonly assignment: ReadonlyMap<string, ChannelId> },
  span: { readonly from: number; readonly to: number },
): readonly Presence[] {
  const seconds = activity.slotSeconds;
  const runs = leg.channels.map((): Presence[] => []);
  const touched = (startedAt: number): boolean => startedAt + seconds > span.from - 2 * SILENCE && startedAt < span.to;
  for (const startedAt of [...activity.slots.keys()].filter(touched).toSorted((a, b) => a - b)) {
    const frame = { mediaLegId: leg.mediaLegId, startedAt, seconds, life: leg.life };
    const watched = watchedSeconds(activity, startedAt, measured.streams);
    const seen = channelActivity(activity, startedAt, measured.streams, measured.assignment);
    leg.channels.forEach((channel, index) => {
      runs[index]?.push(presenceOf(channel, frame, watched, seen.get(channelKey(channel))));
    });
  }
  return runs.flatMap(settled).filter(({ startedAt }) => startedAt + seconds > span.from - SILENCE);
}
