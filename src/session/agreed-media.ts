import type { Direction, Endpoint, Media, MediaDirection, PayloadType } from '../model/channel.ts';
import type { SdpMedia } from './sdp.ts';

/** What gateway (`local`) and device (`remote`) say; one alone is taken as if the other had agreed to all of it. */
export type Descriptions = { readonly local?: readonly SdpMedia[]; readonly remote?: readonly SdpMedia[] };

/** One medium that a leg should have after offer and answer (RFC 3264), in the gateway's view. */
export type AgreedMedia = {
  readonly media: Media;
  /** Position among the m-lines, from 0. */
  readonly mLine: number;
  readonly mid?: string;
  readonly direction: MediaDirection;
  /** Neither side rejected it and it is not inactive. */
  readonly enabled: boolean;
  readonly local?: Endpoint;
  readonly remote?: Endpoint;
  readonly rtcp: { readonly local?: Endpoint; readonly remote?: Endpoint };
  /** By direction of the media: each side names the numbers it wants to receive (RFC 3264, 5.1). */
  readonly payloadTypes: Readonly<Record<Direction, readonly PayloadType[]>>;
  /** Media SSRCs of both directions, and those of their retransmissions and FEC. */
  readonly ssrcs: readonly number[];
  readonly repairSsrcs: readonly number[];
  readonly security?: NonNullable<SdpMedia['security']>;
};

/** The media of a leg by its descriptions, in order of m-lines; m-lines without a channel are left out. */
export function agreedMedia({ local, remote }: Descriptions): readonly AgreedMedia[] {
  const count = Math.max(local?.length ?? 0, remote?.length ?? 0);
  return Array.from({ length: count }, (_, mLine) => mLine).flatMap((mLine) => {
    const ours = local?.[mLine];
    const theirs = remote?.[mLine];
    const media = roleOf(ours, theirs);
    // A description that exists and lacks the m-line has not answered it yet.
    const answered = (local === undefined || ours !== undefined) && (remote === undefined || theirs !== undefined);
    return media === undefined ? [] : [agree(media, mLine, answered, ours, theirs)];
  });
}

function agree(
  media: Media,
  mLine: number,
  answered: boolean,
  ours: SdpMedia | undefined,
  theirs: SdpMedia | undefined,
): AgreedMedia {
  const mid = ours?.mid ?? theirs?.mid;
  const direction = directionOf(ours?.direction, theirs?.direction);
  const rejected = ours?.rejected === true || theirs?.rejected === true;
  const muxed = (ours ?? theirs)?.rtcpMux === true && (theirs ?? ours)?.rtcpMux === true;
  const security = ours?.security ?? theirs?.security;
  return {
    media,
    mLine,
    ...(mid === undefined ? {} : { mid }),
    direction,
    enabled: answered && !rejected && direction !== 'inactive',
    ...(ours?.endpoint && { local: ours.endpoint }),
    ...(theirs?.endpoint && { remote: theirs.endpoint }),
    rtcp: { ...rtcpOf('local', ours, muxed), ...rtcpOf('remote', theirs, muxed) },
    payloadTypes: { inbound: formats(ours ?? theirs, theirs), outbound: formats(theirs ?? ours, ours) },
    ssrcs: [...new Set([...(ours?.ssrcs ?? []), ...(theirs?.ssrcs ?? [])])],
    repairSsrcs: [...new Set([...(ours?.repairSsrcs ?? []), ...(theirs?.repairSsrcs ?? [])])],
    ...(security === undefined ? {} : { security }),
  };
}

/** One side may tell the role and the other leave it out; what is told wins, and a presentation wins over all. */
function roleOf(ours: SdpMedia | undefined, theirs: SdpMedia | undefined): Media | undefined {
  const roles = [ours, theirs].filter((side) => side?.media !== undefined);
  if (roles.some((side) => side?.media === 'screenSharing')) return 'screenSharing';
  // A side that rejects may list no format, or none that carries media.
  return roles[0]?.media;
}

const sends = (direction: MediaDirection): boolean => direction === 'sendrecv' || direction === 'sendonly';
const receives = (direction: MediaDirection): boolean => direction === 'sendrecv' || direction === 'recvonly';

function directionOf(ours: MediaDirection = 'sendrecv', theirs: MediaDirection = 'sendrecv'): MediaDirection {
  const out = sends(ours) && receives(theirs);
  const back = receives(ours) && sends(theirs);
  if (out) return back ? 'sendrecv' : 'sendonly';
  return back ? 'recvonly' : 'inactive';
}

/** RTCP goes where `a=rtcp` says, else with the media if muxed (RFC 5761), else to the next port (RFC 3550, 11). */
function rtcpOf(
  side: 'local' | 'remote',
  media: SdpMedia | undefined,
  muxed: boolean,
): { readonly [S in 'local' | 'remote']?: Endpoint } {
  const { endpoint, rtcp } = media ?? {};
  const at = muxed ? endpoint : (rtcp ?? (endpoint && { ...endpoint, port: endpoint.port + 1 }));
  return at === undefined ? {} : { [side]: at };
}

/** What `receiver` wants to get, as far as the other side named the same codec. */
function formats(receiver: SdpMedia | undefined, sender: SdpMedia | undefined): readonly PayloadType[] {
  const named = (sender ?? receiver)?.payloadTypes ?? [];
  const key = ({ codec, clockRate }: PayloadType): string => `${codec.toLowerCase()}/${clockRate}`;
  const sent = new Set(named.map(key));
  return (receiver?.payloadTypes ?? []).filter((type) => sent.has(key(type)));
}
