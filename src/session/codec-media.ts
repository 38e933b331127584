import type { Media } from '../model/channel.ts';
import { isRepairCodec } from './payload-types.ts';

/** Every video format of RTP runs at 90 kHz; of audio, only the MPEG ones (RFC 3551, table 4). Hz. */
const VIDEO_CLOCK = 90_000;
const MPEG_AUDIO = /^(?:mpa|mpa-robust|mp3|mp2t|mp1s|mp2p)$/i;
/** What travels beside media (RFC 3389, RFC 4733, RFC 4573, RFC 4103) and is none. */
const BESIDE = /^(?:cn|telephone-event|tone|h224|t140c?|vnd\.onvif\.metadata|smpte291)$/i;

/**
 * What a stream carries where nobody signalled its role: by its codec and clock rate. Undefined where neither is known or
 * neither tells. A screen share is never told so: it looks like any video.
 */
export function mediaByCodec(codec: string | undefined, clockRate: number | undefined): Media | undefined {
  if (clockRate === undefined) return undefined;
  if (codec !== undefined && (BESIDE.test(codec) || isRepairCodec(codec))) return undefined;
  if (clockRate !== VIDEO_CLOCK) return 'audio';
  if (codec === undefined || !MPEG_AUDIO.test(codec)) return 'video';
  return /^mp[a3]/i.test(codec) ? 'audio' : undefined;
}
