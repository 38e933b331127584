import type { Media, MediaDirection } from '../../src/model/channel.ts';
import type { ChannelSummary } from '../../src/model/figures.ts';
import type { Interval, Presence, Stream } from '../../src/model/interval.ts';
import type { Channel } from '../../src/model/leg.ts';
import { summarize } from '../../src/quality/summary.ts';
import { BEGIN } from './one-stream.ts';

export type OneChannel = {
  readonly media?: Media;
  readonly seconds: number;
  readonly direction?: MediaDirection;
  readonly streams?: readonly Stream[];
  readonly intervals?: readonly Interval[];
  /** Seconds of each slot in which the source looked at the leg, where no stream says so. */
  readonly observed?: { readonly inbound: number; readonly outbound: number };
  readonly channel?: Partial<Channel>;
};

/** The streams that the simulated gateway has. */
export const STREAMS: readonly Stream[] = [aStreamOf('in', 'inbound'), aStreamOf('out', 'outbound')];

export function aStreamOf(streamId: string, direction: Stream['direction'], more: Partial<Stream> = {}): Stream {
  return { streamId, mediaLegId: 'leg', source: 'getstats', direction, ...more };
}

/** Presence of a channel that was enabled from the begin for so many seconds, in slots of 5 s. */
export function presenceOf({ media = 'audio', seconds, observed }: OneChannel): readonly Presence[] {
  return Array.from({ length: Math.ceil(seconds / 5) }, (_, index) => ({
    mediaLegId: 'leg',
    media,
    channelIndex: 1,
    startedAt: BEGIN + 5 * index,
    seconds: 5,
    enabledSeconds: Math.min(5, seconds - 5 * index),
    observedSeconds: observed ?? { inbound: 0, outbound: 0 },
    silentSeconds: { inbound: 0, outbound: 0 },
  }));
}

/** The summary of a leg with one channel that all streams belong to. */
export function summaryOf(one: OneChannel): ChannelSummary {
  const { media = 'audio', seconds, direction = 'sendrecv', streams = STREAMS, intervals = [], channel } = one;
  const id = { media, channelIndex: 1 };
  const spells = [{ from: BEGIN, to: BEGIN + seconds, direction }];
  const [summary] = summarize({
    series: { mediaLegId: 'leg', streams, intervals, presence: presenceOf(one) },
    assignment: new Map(streams.map(({ streamId }) => [streamId, id])),
    channels: [{ ...id, told: 'sdp', spells, ...channel }],
  });
  if (summary === undefined) throw new Error('the channel is not listed');
  return summary;
}

/** Value of a figure, or the reason for its absence. */
export function figureOf(summary: ChannelSummary, name: keyof ChannelSummary['figures']): number | string {
  const figure = summary.figures[name];
  return 'absent' in figure ? figure.absent : figure.value;
}
