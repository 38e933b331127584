import { judgeLeg } from '../correlate/leg-verdict.ts';
import { severityOf } from '../correlate/levels.ts';
import type { Leg } from '../model/leg.ts';
import type { LegView } from './leg.ts';
import type { LegsParts } from './legs-parts.ts';

/** How bad a leg was, as far as its end can tell: its Teams leg is known only later. Too little measured: no severity. */
export function judgedEnd(view: LegView, parts: Pick<LegsParts, 'callRecords' | 'thresholds'>): Leg {
  const { leg } = view;
  const record = { state: parts.callRecords?.taskOf(leg) === undefined ? 'off' : 'waiting' } as const;
  const thresholds = parts.thresholds?.();
  const { verdict, vtc } = judgeLeg({ ...view, record, applicationIds: [], ...(thresholds && { thresholds }) });
  const severity = severityOf(vtc);
  return { ...leg, verdict, ...(severity === undefined ? {} : { severity }) };
}
