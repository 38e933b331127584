import type { Channel, LegControl } from '../model/leg.ts';
import { type AgreedMedia, agreedMedia } from '../session/agreed-media.ts';
import { numberMedia } from '../session/numbering.ts';
import { parseSdp } from '../session/sdp.ts';
import type { ChannelTold } from './spells.ts';

/**
 * The channels that the session descriptions of a leg agree on, numbered as before where they were known. A screen share
 * is negotiated long before somebody shares: its time is told by its packets. Throws SDP_INVALID.
 */
export function toldBySdp(sdp: NonNullable<LegControl['sdp']>, before: readonly Channel[]): readonly ChannelTold[] {
  const local = sdp.local === undefined ? undefined : parseSdp(sdp.local);
  const remote = sdp.remote === undefined ? undefined : parseSdp(sdp.remote);
  const agreed = agreedMedia({ ...(local && { local }), ...(remote && { remote }) });
  return numberMedia(before, agreed).map(told);
}

function told(medium: AgreedMedia & Pick<Channel, 'media' | 'channelIndex'>): ChannelTold {
  const { media, channelIndex, mLine, mid, ssrcs, local, remote, enabled, direction } = medium;
  return {
    media,
    channelIndex,
    told: media === 'screenSharing' ? 'media' : 'sdp',
    mLine,
    ...(mid === undefined ? {} : { mid }),
    ...(ssrcs.length === 0 ? {} : { ssrcs }),
    ...(local === undefined ? {} : { local }),
    ...(remote === undefined ? {} : { remote }),
    ...(enabled ? { on: direction } : {}),
  };
}
