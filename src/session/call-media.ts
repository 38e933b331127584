import type { ChannelId, Direction, Endpoint } from '../model/channel.ts';
import type { Channel, Spell } from '../model/leg.ts';
import { type AgreedMedia, agreedMedia } from './agreed-media.ts';
import { socketsOf } from './media-map.ts';
import type { CallSide } from './negotiation.ts';
import { numberMedia } from './numbering.ts';
import { isRepairCodec } from './payload-types.ts';
import type { SdpMedia } from './sdp.ts';
import type { SipCall } from './sip-call.ts';

/** A channel's place on the wire while one agreement held: the sockets that either side may use. */
type Placement = AgreedMedia & ChannelId & { readonly near: readonly Endpoint[]; readonly far: readonly Endpoint[] };

/** The media that a call should have, seen from the gateway. */
export type CallMedia = {
  readonly channels: readonly Channel[];
  readonly placements: readonly Placement[];
};

/** A stream as far as its place in a call goes. `ssrc` unsigned. */
export type PlacedStream = {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly ssrc: number;
  readonly payloadTypes: readonly number[];
  readonly codec?: string;
};

/** Where a stream belongs; without a channel it repairs another, or its m-line has none. */
export type Place = { readonly direction: Direction; readonly channel?: ChannelId };

/**
 * The channels of a call with the times in which they were enabled, between `from` and `to` (seconds since the epoch). A
 * screen share is agreed long before somebody shares: its time is told by its packets.
 */
export function callMedia(call: SipCall, device: CallSide, from: number, to: number): CallMedia {
  let channels: readonly Channel[] = [];
  const placements: Placement[] = [];
  for (const { at, caller, callee } of call.agreements) {
    const [remote, local] = device === 'caller' ? [caller, callee] : [callee, caller];
    const media = agreedMedia({ ...(local && { local }), ...(remote && { remote }) });
    const placed = media.map((medium) => ({ ...medium, near: reach(local, medium), far: reach(remote, medium) }));
    const agreed = numberMedia(channels, placed);
    placements.push(...agreed);
    channels = toldAt(channels, agreed, Math.min(Math.max(at, from), to));
  }
  return { channels: channels.map((channel) => ({ ...channel, spells: ended(channel.spells, to) })), placements };
}

function reach(side: readonly SdpMedia[] | undefined, { mLine }: AgreedMedia): readonly Endpoint[] {
  const line = side?.[mLine];
  return side === undefined || line === undefined ? [] : socketsOf(side, line);
}

function toldAt(before: readonly Channel[], agreed: readonly Placement[], at: number): readonly Channel[] {
  const told = new Map(agreed.map((medium) => [keyOf(medium), medium]));
  const isHold = agreed.every((medium) => medium.media === 'screenSharing' || onOf(medium) !== 'sendrecv');
  const kept = before.map((channel) => {
    const medium = told.get(keyOf(channel));
    told.delete(keyOf(channel));
    return { ...channel, spells: continued(channel, medium, at, isHold) };
  });
  return [...kept, ...[...told.values()].map((medium) => newChannel(medium, at, isHold))];
}

function newChannel(medium: Placement, at: number, isHold: boolean): Channel {
  const { media, channelIndex, mLine, mid, local, remote } = medium;
  const told = media === 'screenSharing' ? 'media' : 'sdp';
  const channel = { media, channelIndex, told, mLine, spells: [] } as const;
  return {
    ...channel,
    ...(mid === undefined ? {} : { mid }),
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    spells: continued(channel, medium, at, isHold),
  };
}

const onOf = (medium: Placement | undefined) => (medium?.enabled === true ? medium.direction : undefined);

/** `isHold`: no channel goes both ways any more; then those that did are on hold. */
function continued(
  { told, spells }: Pick<Channel, 'told' | 'spells'>,
  medium: Placement | undefined,
  at: number,
  isHold: boolean,
): readonly Spell[] {
  if (told === 'media') return spells;
  const on = onOf(medium);
  const isHeld = isHold && on !== undefined && spells.some(({ direction }) => direction === 'sendrecv');
  const open = spells.find(({ to }) => to === undefined);
  if (open?.direction === on && (open?.held ?? false) === isHeld) return spells;
  const closed = ended(spells, at);
  return on === undefined ? closed : [...closed, { from: at, direction: on, ...(isHeld && { held: true }) }];
}

/** Open spells end at `at`; one that lasted no time never was. */
const ended = (spells: readonly Spell[], at: number): readonly Spell[] =>
  spells.map((spell) => ({ ...spell, to: spell.to ?? at })).filter((spell) => spell.to > spell.from);

const keyOf = ({ media, channelIndex }: ChannelId): string => `${media}/${channelIndex}`;

/**
 * The place of a stream in a call: by the socket that a description names, by its SSRC where several m-lines share a
 * socket (RFC 9143), then by its payload types. Undefined: it is no stream of this call.
 */
export function placeOf({ placements }: CallMedia, stream: PlacedStream): Place | undefined {
  // The latest agreement first: ports may change hands.
  const found = placements.toReversed().flatMap((placement) => {
    const direction = directionOn(placement, stream);
    return direction === undefined ? [] : [{ placement, direction }];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const isRepair = found.some(({ placement }) => placement.repairSsrcs.includes(stream.ssrc));
  if (isRepair || (stream.codec !== undefined && isRepairCodec(stream.codec))) return { direction: first.direction };
  const { placement, direction } =
    found.find(({ placement }) => placement.ssrcs.includes(stream.ssrc)) ??
    found.find(({ placement, direction }) => agrees(placement, direction, stream)) ??
    first;
  return { direction, channel: { media: placement.media, channelIndex: placement.channelIndex } };
}

const agrees = ({ payloadTypes }: Placement, direction: Direction, stream: PlacedStream): boolean =>
  payloadTypes[direction].some(({ payloadType }) => stream.payloadTypes.includes(payloadType));

/** Where a socket was translated on the way (NAT), the other one still tells. */
function directionOn({ near, far }: Placement, { source, destination }: PlacedStream): Direction | undefined {
  if (near.some(is(destination)) || far.some(is(source))) return 'inbound';
  return far.some(is(destination)) || near.some(is(source)) ? 'outbound' : undefined;
}

const is =
  (a: Endpoint) =>
  (b: Endpoint): boolean =>
    a.address === b.address && a.port === b.port;
