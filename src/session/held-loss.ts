import type { Direction } from '../model/channel.ts';
import type { Interval } from '../model/interval.ts';
import type { Spell } from '../model/leg.ts';

/** Less than this beyond an edge is rounding. Seconds. */
const EDGE = 0.005;

/** A report of the far end tells of the time since the one before: five seconds and half of it (RFC 3550, 6.3.1). */
export const REPORT_REACH = 7.5;

/** Epoch seconds. */
export type Span = { readonly from: number; readonly to: number };

/**
 * An interval without its loss where media were not to come its way in the time it was counted in (`span`), or in the time
 * that a report in it may tell of: what is sent while a channel is on hold is dropped on the way by intent
 * (docs/metrics.md, section 4). Where media were never expected nothing is known to have been on hold. `life`: the leg's.
 */
export function withoutHeld(
  interval: Interval,
  span: Span,
  {
    spells,
    direction,
    life,
  }: { readonly spells: readonly Spell[]; readonly direction: Direction; readonly life: Span },
): Interval {
  const { loss, ...unlost } = interval;
  const expected = spells.filter((spell) => isExpected(spell, direction));
  if (loss === undefined || expected.length === 0) return interval;
  if (isMissed(expected, Math.max(span.from, life.from), Math.min(span.to, life.to))) return unlost;
  // A channel is not on hold before its first spell.
  const first = Math.min(...expected.map(({ from }) => from));
  const told = Math.max(span.from - REPORT_REACH, life.from, first);
  return loss.origin === 'reported' && isMissed(expected, told, span.from) ? unlost : interval;
}

const ONE_WAY: Readonly<Record<Direction, Spell['direction']>> = { inbound: 'recvonly', outbound: 'sendonly' };

/** Whether media are to come this way: on hold none are, though they may. */
export const isExpected = ({ direction, held }: Spell, way: Direction): boolean =>
  held !== true && (direction === 'sendrecv' || direction === ONE_WAY[way]);

function isMissed(spells: readonly Spell[], from: number, to: number): boolean {
  let seconds = 0;
  for (const spell of spells) seconds += Math.max(0, Math.min(to, spell.to ?? to) - Math.max(from, spell.from));
  return seconds < to - from - EDGE;
}
