import { isDeepStrictEqual } from 'node:util';
import type { Leg } from '../model/leg.ts';
import { WEBEX_IMPORT, wantsImport } from './awaited-import.ts';
import type { LegsParts } from './legs-parts.ts';

/**
 * The keys of an ended leg in Webex came, or were put right, after its end: it waits for what Webex measured from now on, unless its report is
 * on its way or its delivery is settled. The leg as it is now; undefined: nothing of it changes by this.
 */
export async function lateImport({ store, imports }: LegsParts, before: Leg, leg: Leg): Promise<Leg | undefined> {
  if (imports === undefined || store.beginWait === undefined) return undefined;
  if (!wantsImport(leg) || !mayWait(before)) return undefined;
  if (wantsImport(before) && isDeepStrictEqual(before.control.webex, leg.control.webex)) return undefined;
  const delivery = await store.beginWait(leg, WEBEX_IMPORT);
  const told: Leg = { ...leg, revision: leg.revision + 1, delivery };
  if (delivery.reason === WEBEX_IMPORT) imports.onAwaited(told);
  return told;
}

/** Nothing was measured of it, or nobody could be told of it yet. */
function mayWait({ delivery: { state, reason } }: Leg): boolean {
  return (
    (state === 'waiting' && reason === undefined) ||
    (state === 'none' && reason === 'nothing-measured') ||
    (state === 'dropped' && reason === 'no-meeting')
  );
}
