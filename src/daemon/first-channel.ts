import { plotsAnswer } from '../http/plots-answer.ts';
import { assignChannels } from '../leg/assign.ts';
import type { LegView } from '../leg/leg.ts';
import { summed } from '../leg/summed.ts';
import type { ChannelId } from '../model/channel.ts';
import type { Leg } from '../model/leg.ts';
import { isSameChannel } from '../quality/channel-series.ts';
import { expand } from '../store/compaction.ts';
import type { LegQuestion } from './leg-questions.ts';

/**
 * An ended leg as if it had had its first channel alone: what somebody sees first of a leg of many hours, in a part of the
 * time that all of it takes. `packed`: its series as it lies in the store; `to` in epoch seconds.
 */
export function firstChannel(leg: Leg, packed: Uint8Array, to: number): LegView {
  const [first] = leg.channels;
  let assignment: ReadonlyMap<string, ChannelId> = new Map();
  const isOfFirst = (id: ChannelId | undefined): boolean => first !== undefined && isSameChannel(id, first);
  const series = expand(leg.mediaLegId, packed, (streams) => {
    ({ assignment } = assignChannels(leg, streams));
    return { stream: ({ streamId }) => isOfFirst(assignment.get(streamId)), channel: isOfFirst };
  });
  const streams = series.streams.filter(({ streamId }) => isOfFirst(assignment.get(streamId)));
  return summed({ ...leg, channels: leg.channels.filter(isOfFirst) }, { ...series, streams }, to);
}

/** The answer says that it is a part, and of which leg: its levels and figures are of one channel. */
export function partAnswer(view: LegView, question: Extract<LegQuestion, { kind: 'plots' }>): string {
  return JSON.stringify({ part: question.part, ...plotsAnswer(view, question.slotSeconds, question.privacy) });
}
