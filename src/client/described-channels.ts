import type { ChannelId, Media, MediaDirection } from '../model/channel.ts';
import type { ChannelPatch } from './shapes.ts';

/** The two session descriptions of a peer connection as they stand. */
export type Descriptions = { readonly local?: string; readonly remote?: string };

/** What a media description is, by its mid, where its kind does not say it: `{'2': 'screenSharing'}`. */
export type Roles = Readonly<Record<string, Media>>;

type Section = {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly rejected: boolean;
  readonly sends: boolean;
  readonly receives: boolean;
};

/**
 * The channels of a leg by its descriptions and roles. `known` keeps which mid got which channelIndex: it is extended, so
 * that an index stays with its mid for the leg's life (RFC 9429 re-uses media descriptions).
 */
export function describedChannels(
  sdp: Descriptions,
  roles: Roles,
  known: Map<string, ChannelId>,
): readonly ChannelPatch[] {
  const remote = new Map(sectionsOf(sdp.remote).map((section) => [section.mid, section]));
  return sectionsOf(sdp.local).flatMap((local) => {
    const far = remote.get(local.mid);
    if (local.rejected || far?.rejected === true) return [];
    const id = known.get(local.mid) ?? next(known, roles[local.mid] ?? local.kind);
    known.set(local.mid, id);
    return [{ ...id, mid: local.mid, direction: agreed(local, far) }];
  });
}

/** Without the lines that nobody needs to measure a leg: keys, ICE credentials and candidates. */
export function withoutSecrets(sdp: string): string {
  return sdp
    .split(/\r?\n/)
    .filter((line) => !/^a=(?:ice-|crypto:|fingerprint:|candidate:)/.test(line))
    .join('\r\n');
}

function next(known: ReadonlyMap<string, ChannelId>, media: Media): ChannelId {
  const before = [...known.values()].filter((channel) => channel.media === media);
  return { media, channelIndex: before.length + 1 };
}

/** What both sides agree on; an offer that has no answer yet counts as it stands (RFC 3264, 6.1). */
function agreed(local: Section, remote: Section | undefined): MediaDirection {
  const sends = local.sends && remote?.receives !== false;
  const receives = local.receives && remote?.sends !== false;
  if (sends) return receives ? 'sendrecv' : 'sendonly';
  return receives ? 'recvonly' : 'inactive';
}

function sectionsOf(sdp = ''): readonly Section[] {
  return sdp.split(/^(?=m=)/m).flatMap((text) => {
    const [, kind, port] = /^m=(audio|video) (\d+)/.exec(text) ?? [];
    const mid = /^a=mid:(\S+)/m.exec(text)?.[1];
    if ((kind !== 'audio' && kind !== 'video') || mid === undefined) return [];
    const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(text)?.[1] ?? 'sendrecv';
    // Port zero rejects, unless the description only waits to be bundled (RFC 9143, 6).
    const rejected = port === '0' && !/^a=bundle-only\s*$/m.test(text);
    const sends = direction === 'sendrecv' || direction === 'sendonly';
    const receives = direction === 'sendrecv' || direction === 'recvonly';
    return [{ mid, kind, rejected, sends, receives }];
  });
}
