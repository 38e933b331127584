import type { CallAnswer, LevelAnswer, ShownLeg, VerdictAnswer } from '../client/read-shapes.ts';
import type { Level } from '../model/verdict.ts';
import { h } from './dom.ts';
import { legLevel, levelChip, sentenceOf } from './leg-parts.ts';

/** The sentence first, then how sure it is, and what to do. */
export function verdictPart(told: {
  readonly verdict?: VerdictAnswer;
  readonly level: Level;
  readonly sentence: string;
}): HTMLElement {
  const { verdict, level, sentence } = told;
  return h(
    'section',
    { class: 'verdict', 'aria-label': 'Verdict' },
    h('p', { class: 'sentence' }, levelChip(level), ' ', sentence),
    verdict && h('p', { class: 'sure' }, sureText(verdict)),
    verdict !== undefined &&
      verdict.reasons.length > 0 &&
      h(
        'ul',
        { class: 'reasons' },
        verdict.reasons.map((reason) => h('li', {}, reason)),
      ),
  );
}

const sureText = ({ confidence, state }: VerdictAnswer): string =>
  `Confidence: ${confidence}${state === 'provisional' ? '; provisional until Graph has its record of the call' : ''}.`;

/** Of a live leg: how it stands so far. */
export function legVerdict(leg: ShownLeg, levels: readonly LevelAnswer[]): HTMLElement {
  const { verdict } = leg;
  const level = leg.state === 'live' ? worstLevel(levels) : legLevel(leg);
  return verdictPart({ level, sentence: sentenceOf(leg), ...(verdict && { verdict }) });
}

const worstLevel = (levels: readonly LevelAnswer[]): Level =>
  (['poor', 'fair', 'good'] as const).find((level) => levels.some((cell) => cell.level === level)) ?? 'unmeasured';

/** What became of Graph's own record of the call, where it is not simply there. */
export function recordText(record: CallAnswer['callRecord']): string {
  if (record === undefined) return 'The Teams leg is not read here (callRecords in the configuration).';
  const words: Readonly<Record<string, string>> = {
    off: 'The Teams leg is not read here (callRecords in the configuration).',
    waiting: "The Teams leg is not known yet: Graph's record of the call comes some minutes after its end.",
    missing:
      'Graph has no record of the call, so the Teams leg is not known. It can be asked again: otherleg outbox record.',
    unreadable: 'Teams leg not readable for this customer: CallRecords.Read.All is missing in the tenant.',
    read: 'The record of the call does not show which session was the bot of this room.',
  };
  return words[record.state] ?? `The record of the call is ${record.state}.`;
}
