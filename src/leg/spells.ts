import type { ChannelId, ChannelKey, Endpoint, Media, MediaDirection } from '../model/channel.ts';
import type { Channel, Leap, Spell } from '../model/leg.ts';
import { isExpected } from '../session/held-loss.ts';

/** What signalling says of a channel at one moment; `direction` inactive or missing enabled means: off. */
export type ChannelTold = ChannelId & Omit<Channel, 'spells' | keyof ChannelId> & { readonly on?: MediaDirection };

/** The key of a channel in maps. */
export const channelKey = (id: ChannelId): ChannelKey => `${id.media}/${id.channelIndex}`;

const mediaOrder: readonly Media[] = ['audio', 'video', 'screenSharing'];

/** Audio, video, screen sharing, each by index: the order of every list of channels. */
export const byChannel = (a: ChannelId, b: ChannelId): number =>
  mediaOrder.indexOf(a.media) - mediaOrder.indexOf(b.media) || a.channelIndex - b.channelIndex;

const close = (spells: readonly Spell[], at: number): readonly Spell[] =>
  spells.flatMap((spell) => (spell.to !== undefined ? [spell] : spell.from >= at ? [] : [{ ...spell, to: at }]));

function continued(
  spells: readonly Spell[],
  on: MediaDirection | undefined,
  at: number,
  isHold: boolean,
): readonly Spell[] {
  const isHeld = isHold && on !== undefined && spells.some(({ direction }) => direction === 'sendrecv');
  const open = spells.find((spell) => spell.to === undefined);
  if (open?.direction === on && (open?.held ?? false) === isHeld) return spells;
  const closed = close(spells, at);
  return on === undefined ? closed : [...closed, { from: at, direction: on, ...(isHeld && { held: true }) }];
}

/**
 * Whether session descriptions leave no channel both ways: then those that were so are on hold. A camera that is off, or a
 * channel that never went but one way, leaves others.
 */
const tellHold = (told: readonly ChannelTold[]): boolean =>
  told.every((channel) => channel.told !== 'sdp' || channel.on !== 'sendrecv');

/** Whether signalling has the leg on hold now: it went both ways, and each of its channels is off, or held. */
export function isOnHold(channels: readonly Channel[]): boolean {
  const told = channels.filter((channel) => channel.told === 'sdp');
  return (
    told.some(({ spells }) => spells.some(({ direction }) => direction === 'sendrecv')) &&
    told.every(({ spells }) => spells.every((spell) => spell.to !== undefined || spell.held === true))
  );
}

/**
 * The channels after signalling told a new list at `at`: one that is no longer told, or is told to be off, is disabled
 * from then on and keeps its figures; one that is new is enabled from `at`.
 */
export function toldChannels(before: readonly Channel[], told: readonly ChannelTold[], at: number): readonly Channel[] {
  const after = new Map<string, Channel>();
  for (const channel of before) {
    const spells = channel.told === 'media' ? channel.spells : close(channel.spells, at);
    after.set(channelKey(channel), { ...channel, spells });
  }
  const known = new Map(before.map((channel) => [channelKey(channel), channel]));
  const isHold = tellHold(told);
  for (const { on, ...channel } of told) {
    const earlier = known.get(channelKey(channel));
    const since = earlier?.spells ?? [];
    const spells = channel.told === 'media' ? since : continued(since, on, at, isHold && channel.told === 'sdp');
    const kept = { ...everySsrc(earlier, channel), ...everySocket(earlier, channel) };
    after.set(channelKey(channel), { ...earlier, ...channel, ...kept, spells });
  }
  return [...after.values()].toSorted(byChannel);
}

/** SSRCs that a channel once had stay its own: their streams keep their figures where they are. */
function everySsrc(a: Pick<Channel, 'ssrcs'> | undefined, b: Pick<Channel, 'ssrcs'>): Pick<Channel, 'ssrcs'> {
  const ssrcs = [...new Set([...(a?.ssrcs ?? []), ...(b.ssrcs ?? [])])];
  return ssrcs.length === 0 ? {} : { ssrcs };
}

/** More moves of one channel are forgotten, the oldest first. */
const MOST_EARLIER = 16;

function everySocket(before: Channel | undefined, told: Pick<Channel, 'local' | 'remote'>): Pick<Channel, 'earlier'> {
  const { local, remote, earlier = [] } = before ?? {};
  const isMoved =
    (told.local !== undefined && local !== undefined && !isSame(local, told.local)) ||
    (told.remote !== undefined && remote !== undefined && !isSame(remote, told.remote));
  const all = isMoved ? [{ ...(local && { local }), ...(remote && { remote }) }, ...earlier] : earlier;
  return all.length === 0 ? {} : { earlier: all.slice(0, MOST_EARLIER) };
}

const isSame = (a: Endpoint, b: Endpoint): boolean => a.port === b.port && a.address === b.address;

/** Every open spell ends at `at`: the leg is over. */
export function closedChannels(channels: readonly Channel[], at: number): readonly Channel[] {
  return channels.map((channel) => ({ ...channel, spells: cut(close(channel.spells, at), at) }));
}

const cut = (spells: readonly Spell[], at: number): readonly Spell[] =>
  spells.filter((spell) => spell.from < at).map((spell) => ({ ...spell, to: Math.min(spell.to ?? at, at) }));

/** The channels without the time that was passed over when the clock was set: nothing lasted for it. */
export function withoutLeaps(channels: readonly Channel[], leaps: readonly Leap[] = []): readonly Channel[] {
  if (leaps.length === 0) return channels;
  const cutOut = (spells: readonly Spell[], leap: Leap): readonly Spell[] => spells.flatMap((one) => around(one, leap));
  return channels.map((channel) => ({ ...channel, spells: leaps.reduce(cutOut, channel.spells) }));
}

/** What of a spell lies before a leap, and what after it. */
function around(spell: Spell, { from, to }: Leap): readonly Spell[] {
  const { to: end = Number.POSITIVE_INFINITY } = spell;
  if (spell.from >= to || end <= from) return [spell];
  const before = spell.from < from ? [{ ...spell, to: from }] : [];
  return end > to ? [...before, { ...spell, from: to }] : before;
}

/** The part of [from, to] in which the channel was enabled and `wanted` accepts the direction, in seconds. */
export function enabledSeconds(
  spells: readonly Spell[],
  from: number,
  to: number,
  wanted: (spell: Spell) => boolean = () => true,
): number {
  let seconds = 0;
  for (const spell of spells) {
    if (wanted(spell)) seconds += Math.max(0, Math.min(to, spell.to ?? to) - Math.max(from, spell.from));
  }
  return seconds;
}

/** Media from the device is expected (the gateway's view of the direction attribute). On hold none is: it may come. */
export const inboundExpected = (spell: Spell): boolean => isExpected(spell, 'inbound');

/** Media towards the device is expected. */
export const outboundExpected = (spell: Spell): boolean => isExpected(spell, 'outbound');
