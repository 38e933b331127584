import { wantsImport } from './awaited-import.ts';
import type { LegsParts } from './legs-parts.ts';
import type { LiveLeg } from './live-leg.ts';
import { isOnHold } from './spells.ts';

/** A call of the wire that nobody controls and of which nothing comes is none of ours. Seconds. */
const MUTE_SECONDS = 30;

/** Nothing is seen here of a leg that Webex measures, and meetings are long. Seconds. */
const IMPORTED_SECONDS = 86_400;

/** Nobody controls it, and no packet of it was ever seen. */
export const isMute = ({ leg, hasMedia }: Pick<LiveLeg, 'leg' | 'hasMedia'>): boolean =>
  leg.wire?.alone === true && !hasMedia;

type Bounds = Pick<LegsParts, 'idleSeconds' | 'uncontrolledIdleSeconds' | 'imports'>;

/** How long silence of a leg is borne: a gateway that controls it ends it, and hold that was signalled may be long. Seconds. */
export function patienceWith(
  live: Pick<LiveLeg, 'leg' | 'hasMedia'>,
  { idleSeconds, uncontrolledIdleSeconds, imports }: Bounds,
): number {
  if (isMute(live)) return Math.min(MUTE_SECONDS, uncontrolledIdleSeconds);
  if (live.leg.wire?.alone) return isOnHold(live.leg.channels) ? idleSeconds : uncontrolledIdleSeconds;
  return imports !== undefined && wantsImport(live.leg) ? Math.max(IMPORTED_SECONDS, idleSeconds) : idleSeconds;
}
