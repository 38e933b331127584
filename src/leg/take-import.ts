import type { Leg } from '../model/leg.ts';
import { awaitsImport } from './awaited-import.ts';
import { judgedEnd } from './judged-end.ts';
import type { LegsParts } from './legs-parts.ts';
import { owedState, recordOwed, reportOf } from './owed.ts';
import { summed } from './summed.ts';
import { type Imported, withImport } from './with-import.ts';

export type { Imported } from './with-import.ts';

/**
 * Ends the wait of a leg for what another product measured of it; without `quality` it goes as it is. The leg as it is now;
 * undefined: it does not wait. Rejects with STORE_FAILED, and it waits on.
 */
export async function takeImport(
  parts: LegsParts,
  mediaLegId: string,
  quality: Imported | undefined,
): Promise<Leg | undefined> {
  const { store } = parts;
  const before = await store.leg({ mediaLegId });
  if (before === undefined || !awaitsImport(before) || store.endWait === undefined) return undefined;
  const now = parts.clock.now();
  const to = before.endedAt ?? now;
  const stored = await store.series(mediaLegId);
  const { leg, series } =
    quality === undefined ? { leg: before, series: stored } : withImport(before, stored, quality, to);
  const view = summed(leg, series, to);
  const body = parts.reportOf(leg, view.channels);
  const after = { ...judgedEnd(view, parts), delivery: owedState({}, view.channels, body) };
  const delivery = await store.endWait(after, {
    ...(quality && { series }),
    ...(body !== undefined && after.delivery.state === 'queued' && { report: reportOf(after, body, now) }),
    ...recordOwed(after, parts),
  });
  const told = { ...after, delivery };
  parts.watch?.changed(told);
  parts.callRecords?.onOwed();
  if (delivery.state === 'queued') parts.onQueued();
  return told;
}
