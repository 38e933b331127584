import type { ChannelId, Direction, Endpoint, PayloadType } from '../model/channel.ts';
import type { Stream } from '../model/interval.ts';
import type { Channel, ChannelControl } from '../model/leg.ts';
import type { AgreedMedia } from '../session/agreed-media.ts';
import { channelKey } from './spells.ts';

/** Where a channel was told to be, and what its numbers mean. */
type Told = ChannelId & {
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
  readonly payloadTypes?: Readonly<Record<Direction, readonly PayloadType[]>>;
};

/** How sure it is that a stream is on a channel's sockets; the gateway's own may be seen from outside, with the port alone. */
const SURE = { both: 4, local: 3, remote: 2, localPort: 1 };

/**
 * The channel of a stream of packets by the sockets that were told, the newest word first; channels that share them are
 * told apart by payload types. On sockets that nobody told, payload types alone tell a channel if they are one's own.
 */
export function onSockets(
  control: readonly ChannelControl[],
  described: readonly (AgreedMedia & ChannelId)[],
  known: readonly Channel[],
): (stream: Stream) => ChannelId | undefined {
  const now: readonly Told[] = [...control.map(toldByControl), ...described];
  const before: readonly Told[] = known.flatMap(({ media, channelIndex, local, remote, earlier = [] }) =>
    [{ ...(local && { local }), ...(remote && { remote }) }, ...earlier].map((ends) => ({
      media,
      channelIndex,
      ...ends,
    })),
  );
  return (stream) => {
    // Other sources tell the one socket of a whole connection.
    if (stream.payloadTypes === undefined) return undefined;
    return bySockets(now, stream) ?? bySockets(before, stream) ?? only(now.filter((told) => hasType(told, stream)));
  };
}

function toldByControl({ media, channelIndex, local, remote, payloadTypes: types }: ChannelControl): Told {
  return {
    media,
    channelIndex,
    ...(local && { local }),
    ...(remote && { remote }),
    ...(types && { payloadTypes: { inbound: types, outbound: types } }),
  };
}

function bySockets(told: readonly Told[], stream: Stream): Told | undefined {
  const sure = told.map((one) => ({ one, rank: sureness(one, stream) }));
  const best = Math.max(0, ...sure.map(({ rank }) => rank));
  if (best === 0) return undefined;
  const equals = sure.filter(({ rank }) => rank === best).map(({ one }) => one);
  return equals.find((one) => hasType(one, stream)) ?? equals.find((one) => isAlike(one, stream)) ?? equals[0];
}

function sureness(told: Told, { local, remote }: Stream): number {
  const here = isSame(told.local, local);
  const there = isSame(told.remote, remote);
  if (here) return there ? SURE.both : SURE.local;
  if (there) return SURE.remote;
  return told.local !== undefined && told.local.port === local?.port ? SURE.localPort : 0;
}

const isSame = (a: Endpoint | undefined, b: Endpoint | undefined): boolean =>
  a !== undefined && a.port === b?.port && a.address === b.address;

const isAlike = ({ media }: Told, { kind, contentType }: Stream): boolean =>
  media === (contentType === 'screenshare' ? 'screenSharing' : kind);

const hasType = ({ payloadTypes }: Told, { direction, payloadTypes: sent = [], codec }: Stream): boolean =>
  payloadTypes?.[direction].some(
    (type) =>
      sent.includes(type.payloadType) && (codec === undefined || codec.toLowerCase() === type.codec.toLowerCase()),
  ) === true;

/** Where one channel alone is meant. */
function only(told: readonly Told[]): Told | undefined {
  return new Set(told.map(channelKey)).size === 1 ? told[0] : undefined;
}
