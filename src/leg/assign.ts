import type { ChannelId, ChannelKey, Direction, Media } from '../model/channel.ts';
import { OtherlegError } from '../model/error.ts';
import type { Stream } from '../model/interval.ts';
import type { Channel, Leg, LegControl } from '../model/leg.ts';
import { type AgreedMedia, agreedMedia } from '../session/agreed-media.ts';
import { numberMedia } from '../session/numbering.ts';
import { isRepairCodec } from '../session/payload-types.ts';
import { parseSdp } from '../session/sdp.ts';
import { measuredTwice } from './measured-twice.ts';
import { onSockets } from './on-sockets.ts';
import { byChannel, channelKey } from './spells.ts';

/** Which stream belongs to which channel, by streamId, and the channels with what the streams taught of them. */
export type Assignment = {
  readonly assignment: ReadonlyMap<string, ChannelId>;
  readonly channels: readonly Channel[];
};

type Described = AgreedMedia & ChannelId;
type Channels = Map<ChannelKey, Channel>;

/**
 * Joins all streams that a leg ever had to its channels (docs/metrics.md, section 7): by the source's own word, the SSRCs
 * and mids that control told, the session descriptions, the sockets of both, then by kind. Streams that repair others belong to none. Channels
 * that nobody signalled are added; give them back in `leg.channels` the next time, then later streams move no earlier one.
 */
export function assignChannels(leg: Pick<Leg, 'control' | 'channels'>, streams: readonly Stream[]): Assignment {
  const channels: Channels = new Map(leg.channels.map((channel) => [channelKey(channel), channel]));
  const described = describedMedia(leg);
  for (const medium of described) place(channels, medium, leg.control);
  const repair = new Set(described.flatMap(({ repairSsrcs }) => repairSsrcs));
  const media = streams.filter((stream) => !repairs(stream, repair)).toSorted(byRoleThenMid);
  const assignment = new Map<string, ChannelId>();
  const told = whoTold(leg, described);
  const directions = new Map<ChannelKey, ReadonlySet<Direction>>();
  const assign = (stream: Stream, id: ChannelId | undefined): void => {
    if (id === undefined) return;
    assignment.set(stream.streamId, { media: id.media, channelIndex: id.channelIndex });
    directions.set(channelKey(id), new Set([...(directions.get(channelKey(id)) ?? []), stream.direction]));
    learn(channels, id, stream);
  };
  for (const stream of media) assign(stream, told(stream));
  for (const stream of media)
    if (!assignment.has(stream.streamId)) assign(stream, byKind(channels, stream, directions));
  for (const streamId of measuredTwice(media, assignment)) assignment.delete(streamId);
  return { assignment, channels: kept(channels, assignment).toSorted(byChannel) };
}

const repairs = ({ codec, ssrc }: Stream, repairSsrcs: ReadonlySet<number>): boolean =>
  (codec !== undefined && isRepairCodec(codec)) || (ssrc !== undefined && repairSsrcs.has(ssrc));

/** What the session descriptions say, numbered. One that cannot be read was refused when it came. */
function describedMedia({ control, channels }: Pick<Leg, 'control' | 'channels'>): readonly Described[] {
  try {
    const local = control.sdp?.local === undefined ? undefined : parseSdp(control.sdp.local);
    const remote = control.sdp?.remote === undefined ? undefined : parseSdp(control.sdp.remote);
    const agreed = agreedMedia({ ...(local && { local }), ...(remote && { remote }) });
    return numberMedia(
      channels,
      agreed.map((medium) => ({ ...medium, media: roleOf(medium, control) ?? medium.media })),
    );
  } catch (error) {
    if (error instanceof OtherlegError) return [];
    throw error;
  }
}

/** A description rarely says that a video is a screen share: whoever told of its mid knows better. */
const roleOf = ({ mid }: AgreedMedia, { channels = [] }: LegControl): Media | undefined =>
  mid === undefined ? undefined : channels.find((channel) => channel.mid === mid)?.media;

/** A described channel is there with or without streams, and remembers where in the description it is. */
function place(channels: Channels, { media, channelIndex, mLine, mid }: Described, control: LegControl): void {
  const key = channelKey({ media, channelIndex });
  // A screen share is described long before anybody shares, and a list of control's own is the whole list.
  const told = control.channels === undefined && media !== 'screenSharing' ? 'sdp' : 'media';
  const channel = channels.get(key) ?? { media, channelIndex, told, spells: [] };
  channels.set(key, { ...channel, mLine, ...(mid === undefined ? {} : { mid }) });
}

type Lookup = (stream: Stream) => ChannelId | undefined;

/** The channel of a stream as somebody told it, in the order in which they are believed. */
function whoTold(leg: Pick<Leg, 'control' | 'channels'>, described: readonly Described[]): Lookup {
  const control = leg.control.channels ?? [];
  const lookups: readonly Lookup[] = [
    ({ channel }) => channel,
    bySsrc(control),
    byMid(control),
    byMid(described),
    bySsrc(described),
    bySsrc(leg.channels),
    onSockets(control, described, leg.channels),
  ];
  return (stream) => {
    for (const lookup of lookups) {
      const found = lookup(stream);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function bySsrc(list: readonly (ChannelId & { readonly ssrcs?: readonly number[] })[]): Lookup {
  const channels = new Map(list.flatMap((channel) => (channel.ssrcs ?? []).map((ssrc) => [ssrc, channel] as const)));
  return ({ ssrc }) => (ssrc === undefined ? undefined : channels.get(ssrc));
}

function byMid(list: readonly (ChannelId & { readonly mid?: string })[]): Lookup {
  const channels = new Map(list.map((channel) => [channel.mid, channel]));
  return ({ mid }) => (mid === undefined ? undefined : channels.get(mid));
}

/**
 * The first stream of a mid takes the first channel of its kind that has no mid yet, or a new one; the others of that mid
 * follow it. Senders seldom say that a video is a screen share: where every signalled video is taken, a signalled screen
 * share that is not is meant. Without mids there is one channel per kind: the first that is signalled, else number 1.
 */
function byKind(
  channels: Channels,
  stream: Stream,
  directions: ReadonlyMap<ChannelKey, ReadonlySet<Direction>>,
): ChannelId | undefined {
  const { kind, contentType, mid } = stream;
  const all = [...channels.values()].toSorted(byChannel);
  const known = mid === undefined ? undefined : all.find((channel) => channel.mid === mid);
  const media: Media | undefined = contentType === 'screenshare' ? 'screenSharing' : kind;
  if (known !== undefined || media === undefined) return known;
  const same = all.filter((channel) => channel.media === media);
  if (mid === undefined) {
    const signalled = same.find(isSignalled);
    if (signalled !== undefined || stream.payloadTypes === undefined) return signalled ?? { media, channelIndex: 1 };
    return (
      same.find((channel) => meets(channel, stream)) ?? complementary(same, stream, directions) ?? next(same, media)
    );
  }
  const free = all.filter((channel) => channel.mid === undefined);
  return (
    free.find((channel) => channel.media === media) ??
    (media === 'video'
      ? free.find((channel) => channel.media === 'screenSharing' && isSignalled(channel))
      : undefined) ??
    next(same, media)
  );
}

const next = (same: readonly Channel[], media: Media): ChannelId => ({
  media,
  channelIndex: (same.at(-1)?.channelIndex ?? 0) + 1,
});

/** Without signalling a channel is a pair of sockets: packets both ways meet in one of them. */
const meets = ({ local, remote }: Channel, stream: Stream): boolean =>
  (local !== undefined && local.port === stream.local?.port && local.address === stream.local.address) ||
  (remote !== undefined && remote.port === stream.remote?.port && remote.address === stream.remote.address);

/** Some endpoints send from other sockets than they receive on: what has the other direction only is meant. */
const complementary = (
  same: readonly Channel[],
  { direction }: Stream,
  directions: ReadonlyMap<ChannelKey, ReadonlySet<Direction>>,
): Channel | undefined =>
  same.find((channel) => {
    const known = directions.get(channelKey(channel));
    return known !== undefined && !known.has(direction);
  });

const isSignalled = ({ told, mLine }: Channel): boolean => told !== 'media' || mLine !== undefined;

/** Adds the channel of a stream if nobody signalled it, and remembers its mid if it has none, and its sockets on the wire. */
function learn(channels: Channels, { media, channelIndex }: ChannelId, stream: Stream): void {
  const { mid } = stream;
  const key = channelKey({ media, channelIndex });
  const channel = channels.get(key) ?? { media, channelIndex, told: 'media', spells: [] };
  const named =
    mid !== undefined && channel.mid === undefined && ![...channels.values()].some((other) => other.mid === mid);
  channels.set(key, { ...channel, ...(named ? { mid } : {}), ...socketsLearnt(channel, stream) });
}

function socketsLearnt(channel: Channel, { payloadTypes, local, remote }: Stream): Pick<Channel, 'local' | 'remote'> {
  if (payloadTypes === undefined || isSignalled(channel)) return {};
  if (channel.local !== undefined || channel.remote !== undefined) return {};
  return { ...(local && { local }), ...(remote && { remote }) };
}

/**
 * Without the channels that were guessed from media which are now known to belong elsewhere (a late description said that
 * a second video is a screen share). The time in which they had media goes along.
 */
function kept(channels: Channels, assignment: ReadonlyMap<string, ChannelId>): readonly Channel[] {
  const filled = new Set([...assignment.values()].map(channelKey));
  const left = (channel: Channel): boolean =>
    assignment.size > 0 && !isSignalled(channel) && !filled.has(channelKey(channel));
  const all = [...channels.values()];
  const wrong = all.filter(left);
  return all
    .filter((channel) => !left(channel))
    .map((channel) => {
      const before = wrong.find(({ mid }) => mid !== undefined && mid === channel.mid);
      return before === undefined || channel.told !== 'media' || channel.spells.length > 0
        ? channel
        : { ...channel, spells: before.spells };
    });
}

/** Those that know their role first, then by mid, "2" before "10": the order of arrival decides nothing. */
function byRoleThenMid(a: Stream, b: Stream): number {
  const role = (stream: Stream): number => (stream.contentType === undefined ? 1 : 0);
  return role(a) - role(b) || byText(a.mid ?? '', b.mid ?? '') || byText(a.streamId, b.streamId);
}

const byText = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
