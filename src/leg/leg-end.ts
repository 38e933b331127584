import type { DeliveryState, Report } from '../model/delivery.ts';
import type { Leg } from '../model/leg.ts';
import type { CallRecordTask } from '../store/store.ts';
import { WEBEX_IMPORT, wantsImport } from './awaited-import.ts';
import { judgedEnd } from './judged-end.ts';
import type { EndAsk, LegView } from './leg.ts';
import type { LegsParts } from './legs-parts.ts';
import { owedState, recordOwed, reportOf } from './owed.ts';

/** A leg as it ends, and what it owes. `shown`: the body of its report, or what that would be now. */
export type LegEnd = {
  readonly leg: Leg;
  readonly owed: { readonly report?: Report; readonly callRecord?: CallRecordTask };
  readonly shown: string | undefined;
};

/** Judges a leg that is over, and says what of it goes to Graph. */
export function legEnd(parts: LegsParts, view: LegView, ask: EndAsk): LegEnd {
  const { channels } = view;
  const body = parts.reportOf(view.leg, channels);
  const awaitsImport = parts.imports !== undefined && wantsImport(view.leg);
  const delivery = owedState({ ...ask, awaitsImport }, channels, body);
  const leg = { ...judgedEnd(view, parts), delivery };
  const report = delivery.state === 'queued' && body !== undefined ? reportOf(leg, body, parts.clock.now()) : undefined;
  const owed = { ...(report && { report }), ...recordOwed(leg, parts) };
  return { leg, owed, shown: body ?? parts.draftOf(leg, channels) };
}

/** Says to all who heed it that a leg has ended and is on disk. */
export function tellEnd(parts: LegsParts, leg: Leg, delivery: DeliveryState): void {
  parts.watch?.ended({ ...leg, delivery });
  if (delivery.state === 'queued') parts.onQueued();
  if (delivery.reason === WEBEX_IMPORT) parts.imports?.onAwaited(leg);
  parts.callRecords?.onOwed();
  const seconds = Math.round((leg.endedAt ?? leg.startedAt) - leg.startedAt);
  const fields = { leg: leg.mediaLegId, call: leg.control.callChainId, reason: leg.endReason, seconds };
  parts.log.info({ ...fields, severity: leg.severity, delivery: delivery.state }, 'leg ended');
}
