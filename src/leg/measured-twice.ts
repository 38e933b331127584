import type { ChannelId, SourceKind } from '../model/channel.ts';
import type { Stream } from '../model/interval.ts';
import { channelKey } from './spells.ts';

/** Nearest to the wire first; what another product says of itself comes last. */
const trusted: readonly SourceKind[] = ['capture', 'webrtc', 'getstats', 'hep', 'pexip', 'webex'];

const rank = ({ source }: Stream): number => trusted.indexOf(source);

/**
 * Streams of a channel and direction that a source nearer to the wire measures as well: packets seen by two sources must
 * count once.
 */
export function measuredTwice(
  streams: readonly Stream[],
  assignment: ReadonlyMap<string, ChannelId>,
): readonly string[] {
  const best = new Map<string, number>();
  const placed = streams.flatMap((stream) => {
    const channel = assignment.get(stream.streamId);
    return channel === undefined ? [] : [{ stream, key: `${channelKey(channel)} ${stream.direction}` }];
  });
  for (const { stream, key } of placed) best.set(key, Math.min(best.get(key) ?? rank(stream), rank(stream)));
  return placed.filter(({ stream, key }) => rank(stream) !== best.get(key)).map(({ stream }) => stream.streamId);
}
