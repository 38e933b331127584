import type { DeliveryState, Report } from '../model/delivery.ts';
import type { ChannelSummary } from '../model/figures.ts';
import type { Leg } from '../model/leg.ts';
import type { CallRecordTask } from '../store/store.ts';
import { awaitsImport, WEBEX_IMPORT } from './awaited-import.ts';
import type { EndAsk } from './leg.ts';
import type { LegsParts } from './legs-parts.ts';

/** What the end of a leg leaves owed to Graph; `body`: its report, if one can go out now. */
export function owedState(
  ask: EndAsk & { readonly awaitsImport?: boolean },
  channels: readonly ChannelSummary[],
  body: string | undefined,
): DeliveryState {
  if (ask.report === false) return { state: 'none', reason: 'discarded' };
  if (ask.awaitsImport) return { state: 'waiting', reason: WEBEX_IMPORT };
  if (channels.length === 0) return { state: 'none', reason: 'nothing-measured' };
  return { state: body === undefined ? 'waiting' : 'queued' };
}

/** After a patch of an ended leg: one that waits goes out as soon as it can, one that went or was refused only for another call or tenant. */
export function mayGoOut(before: Leg, after: Leg): boolean {
  const { state, reason } = before.delivery;
  if (awaitsImport(before)) return false;
  if (reason === 'discarded' || reason === 'nothing-measured' || state === 'delivered') return false;
  return state === 'waiting' || identityChanged(before, after);
}

const identityChanged = (a: Leg, b: Leg): boolean =>
  a.control.callChainId !== b.control.callChainId ||
  a.control.participantId !== b.control.participantId ||
  a.tenantId !== b.tenantId;

/** The report of a leg that can go out. */
export function reportOf({ mediaLegId, tenantId = '', control }: Leg, body: string, createdAt: number): Report {
  return { mediaLegId, tenantId, callChainId: control.callChainId ?? '', body, createdAt };
}

/** The record of its call that a leg owes; one that counts for nothing owes none. */
export function recordOwed(
  leg: Leg,
  { callRecords }: Pick<LegsParts, 'callRecords'>,
): { readonly callRecord?: CallRecordTask } {
  const task = leg.delivery.reason === 'discarded' ? undefined : callRecords?.taskOf(leg);
  return task === undefined ? {} : { callRecord: task };
}
