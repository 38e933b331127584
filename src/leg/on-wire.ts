import type { Leg, LegOnWire } from '../model/leg.ts';
import type { LegPatch } from './control.ts';

/**
 * The leg with what the wire's signalling told, or, without `wire`, after the control API told of it: then somebody
 * controls it, and session descriptions of his own stay whatever the wire shows.
 */
export function toldBy(leg: Leg, patch: LegPatch, wire: LegOnWire | undefined): Leg {
  if (wire !== undefined) return { ...leg, wire };
  if (leg.wire === undefined) return leg;
  const { alone: _, sdp, ...kept } = leg.wire;
  return { ...leg, wire: { ...kept, ...(sdp && patch.sdp === undefined ? { sdp } : {}) } };
}
