import { gradeVtcLeg } from '../correlate/vtc-leg.ts';
import type { LegView } from '../leg/leg.ts';
import { legView, type Privacy } from '../report/leg-view.ts';
import { plotsView } from '../report/plots-view.ts';

/** What is drawn of a leg: its series in columns, its levels, and the leg with its figures, made of one reading. */
export function plotsAnswer(view: LegView, slotSeconds: number, privacy: Privacy) {
  return { ...plotsView(view, slotSeconds), levels: gradeVtcLeg(view).cells, leg: legView(view, privacy) };
}
