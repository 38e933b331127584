import type { Leg } from '../model/leg.ts';
import { type LegPatch, patched } from './control.ts';
import { lateImport } from './late-import.ts';
import type { LegsParts } from './legs-parts.ts';
import { mayGoOut, recordOwed, reportOf } from './owed.ts';
import { summed } from './summed.ts';
import { toldEnd } from './times.ts';
import { written } from './written.ts';

/** A patch of an ended leg: late identifiers or the right tenant make the report go out, or go out again. The leg as it is now. */
export async function latePatch(parts: LegsParts, before: Leg, patch: LegPatch, now: number): Promise<Leg> {
  const leg = await completed(parts, before, patch, now);
  parts.watch?.changed(leg);
  if (isFoundOtherwise(before, leg)) parts.callRecords?.onIdentified?.(leg);
  return leg;
}

/** Whether the bot's session of the leg may be another one now (correlate/matching.ts), or lie in another record. */
function isFoundOtherwise(before: Leg, after: Leg): boolean {
  const [was, is] = [before, after].map(({ control, tenantId, startedAt }) =>
    JSON.stringify([control.callChainId, control.participantId, control.teams, tenantId, startedAt]),
  );
  return was !== is;
}

async function completed(parts: LegsParts, before: Leg, patch: LegPatch, now: number): Promise<Leg> {
  const leg = patched(before, patch, now, parts.context());
  if (leg.endedAt !== undefined && leg.startedAt > leg.endedAt) toldEnd(leg.endedAt, leg.startedAt, now);
  const awaited = await lateImport(parts, before, leg);
  if (awaited !== undefined) return awaited;
  const body = mayGoOut(before, leg) ? await bodyOf(parts, leg, now) : undefined;
  if (body === undefined) return written(parts.store, before, leg);
  // Leg and report in one transaction: after a crash in between nobody would ask for the report again.
  const { callRecord } = recordOwed(leg, parts);
  const delivery = await parts.store.completeLeg(leg, reportOf(leg, body, now), callRecord);
  parts.callRecords?.onOwed();
  if (delivery.state === 'queued') parts.onQueued();
  return { ...leg, delivery };
}

async function bodyOf(
  { store, reportOf: bodyOfReport }: LegsParts,
  leg: Leg,
  now: number,
): Promise<string | undefined> {
  const { channels } = summed(leg, await store.series(leg.mediaLegId), leg.endedAt ?? now);
  return bodyOfReport(leg, channels);
}
