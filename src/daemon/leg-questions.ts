import { type JudgedLeg as Judging, judgeLeg } from '../correlate/leg-verdict.ts';
import type { JudgedLeg } from '../http/http.ts';
import { plotsAnswer } from '../http/plots-answer.ts';
import type { LegView } from '../leg/leg.ts';
import { legView, type Privacy } from '../report/leg-view.ts';

/** By what a leg is judged, beside what was measured of it. */
export type JudgedBy = Pick<Judging, 'record' | 'applicationIds' | 'thresholds' | 'others'>;

/** What is asked of a leg's series. All of it can be told to another thread. */
export type LegQuestion =
  | { readonly kind: 'plots'; readonly slotSeconds: number; readonly privacy: Privacy; readonly part?: 'first' }
  | { readonly kind: 'leg'; readonly privacy: Privacy }
  | { readonly kind: 'judged'; readonly by: JudgedBy };

/** JSON, or the leg judged. */
export type LegAnswer = string | JudgedLeg;

export function answerOf(view: LegView, question: LegQuestion): LegAnswer {
  switch (question.kind) {
    case 'plots':
      return JSON.stringify(plotsAnswer(view, question.slotSeconds, question.privacy));
    case 'leg':
      return JSON.stringify(legView(view, question.privacy));
    case 'judged':
      return judgedLeg(view, question.by);
  }
}

/** A leg with both sides graded and, once it has ended, what follows from them. */
export function judgedLeg(view: LegView, by: JudgedBy): JudgedLeg {
  const { leg } = view;
  const { verdict, vtc, teams, sessionId, bot } = judgeLeg({ ...view, ...by });
  return {
    leg,
    levels: vtc.cells,
    // Of a leg that goes on nobody can say yet how it was.
    ...(leg.state === 'ended' && { verdict }),
    ...(sessionId !== undefined && { teams: { sessionId, ...(bot && { bot }), levels: teams?.cells ?? [] } }),
  };
}
