import type { ChannelId, Media } from '../model/channel.ts';
import type { AgreedMedia } from './agreed-media.ts';

/** A channel as far as its number goes: by which m-line or mid it is known again. */
export type NumberedChannel = ChannelId & { readonly mLine?: number; readonly mid?: string };

/**
 * Gives each agreed medium its channel. Numbers count per media in the order of m-lines at the first time they are enabled,
 * so that there are no holes; a number once given stays for the leg's life and is never given again. `earlier`: every
 * channel that the leg ever had. Media that were never enabled are left out.
 */
export function numberMedia<Told extends AgreedMedia>(
  earlier: readonly NumberedChannel[],
  agreed: readonly Told[],
): readonly (Told & ChannelId)[] {
  const free = new Set(earlier);
  const taken = [...earlier];
  const known = new Map<Told, number>();
  for (const same of [sameMid, samePosition, unplaced]) {
    for (const medium of agreed) {
      if (known.has(medium)) continue;
      const [channel] = [...free]
        .filter(({ media }) => media === medium.media)
        .filter((one) => same(one, medium))
        .sort(byIndex);
      if (channel === undefined) continue;
      free.delete(channel);
      known.set(medium, channel.channelIndex);
    }
  }
  return agreed.flatMap((medium) => {
    const channelIndex = known.get(medium) ?? (medium.enabled ? nextIndex(taken, medium.media) : undefined);
    if (channelIndex === undefined) return [];
    taken.push({ media: medium.media, channelIndex });
    return [{ ...medium, channelIndex }];
  });
}

const byIndex = (a: ChannelId, b: ChannelId): number => a.channelIndex - b.channelIndex;

const sameMid = (channel: NumberedChannel, { mid }: AgreedMedia): boolean => mid !== undefined && channel.mid === mid;

/** The m-line it had before, unless that place was recycled for another mid (RFC 9429, 5.2.2). */
const samePosition = (channel: NumberedChannel, { mLine, mid }: AgreedMedia): boolean =>
  channel.mLine === mLine && (mid === undefined || channel.mid === undefined || channel.mid === mid);

/** A channel that was told without saying where in the SDP it is: the first one of its media that is left. */
const unplaced = (channel: NumberedChannel, { enabled }: AgreedMedia): boolean =>
  enabled && channel.mLine === undefined && channel.mid === undefined;

/** The number after the highest ever given. Channels told by hand may leave holes; these are theirs. */
function nextIndex(taken: readonly ChannelId[], media: Media): number {
  return Math.max(0, ...taken.filter((channel) => channel.media === media).map(({ channelIndex }) => channelIndex)) + 1;
}
