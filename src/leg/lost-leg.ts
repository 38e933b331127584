import type { Report } from '../model/delivery.ts';
import type { Presence, Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import type { CallRecordTask } from '../store/store.ts';
import { measuredUntil } from './activity.ts';
import { judgedEnd } from './judged-end.ts';
import type { LegsParts } from './legs-parts.ts';
import { closedLeg, resumeLive, takePresence } from './live-leg.ts';
import { owedState, recordOwed, reportOf } from './owed.ts';
import { ownTime, toldTime } from './own-time.ts';
import { summed } from './summed.ts';

/** A live leg of an agent that is gone. `copiedAt`: until when anything is known of it, epoch seconds. */
export type LostLeg = { readonly leg: Leg; readonly series: Series; readonly copiedAt: number };

/** The same as it ends: its last state, its whole series, its report if one can go out. */
export type EndedLost = {
  readonly leg: Leg;
  readonly series: Series;
  readonly owed: { readonly report?: Report; readonly callRecord?: CallRecordTask };
};

/** Why a leg ended whose agent never came back. */
export const AGENT_LOST = 'agent-lost';

/**
 * Ends a leg in place of its agent, with what that had told: it ends with its call's BYE if that was seen, else with the last of
 * what was measured. What another product measured of it is not waited for, since only its own agent asks.
 */
export function endedLost(parts: LegsParts, lost: LostLeg): EndedLost {
  const live = resumeLive(lost, parts.slotSeconds);
  const { startedAt, wire } = lost.leg;
  const { byeAt } = wire ?? {};
  const lastAt = measuredUntil(live.activity) ?? ownTime(lost.leg, lost.copiedAt);
  const endedAt = Math.max(startedAt, byeAt === undefined ? lastAt : toldTime(lost.leg, byeAt, lost.copiedAt));
  const series = { ...lost.series, presence: over(lost.series.presence, takePresence(live, endedAt)) };
  const view = summed(closedLeg(live, endedAt, byeAt === undefined ? AGENT_LOST : 'sip-bye'), series, endedAt);
  const body = parts.reportOf(view.leg, view.channels);
  const leg = { ...judgedEnd(view, parts), delivery: owedState({}, view.channels, body) };
  const goesOut = body !== undefined && leg.delivery.state === 'queued';
  const owed = {
    ...(goesOut && { report: reportOf(leg, body, parts.clock.now()) }),
    ...recordOwed(leg, parts),
  };
  return { leg, series, owed };
}

/** By time: what is told anew takes the place of what was told of the same slot. */
function over(before: readonly Presence[], after: readonly Presence[]): readonly Presence[] {
  const key = ({ startedAt, media, channelIndex }: Presence): string => `${startedAt} ${media} ${channelIndex}`;
  const all = new Map([...before, ...after].map((each) => [key(each), each]));
  return [...all.values()].toSorted((a, b) => a.startedAt - b.startedAt);
}

/** Ends it and says so to those who heed ends; `end` writes it, false meaning that its agent came back or another did it. */
export async function endLost(
  parts: LegsParts,
  lost: LostLeg,
  end: (ended: EndedLost) => Promise<boolean>,
): Promise<boolean> {
  const ended = endedLost(parts, lost);
  if (!(await end(ended))) return false;
  parts.watch?.ended(ended.leg);
  parts.callRecords?.onOwed();
  if (ended.owed.report !== undefined) parts.onQueued();
  return true;
}
