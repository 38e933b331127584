import type { Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import { summarize } from '../quality/summary.ts';
import { assignChannels } from './assign.ts';
import type { LegView } from './leg.ts';
import { withinLife } from './life.ts';

/** A leg with its figures until `to` (epoch seconds), folded from its series. */
export function summed(leg: Leg, series: Series, to: number): LegView {
  const { assignment, channels } = assignChannels(leg, series.streams);
  const life = { from: leg.startedAt, to, ...(leg.ownTime && { leaps: leg.ownTime.leaps }) };
  const counted = withinLife(series, channels, life, assignment);
  return { leg, channels: summarize({ series: counted, assignment, channels }), series: counted, assignment };
}
