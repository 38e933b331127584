import type { Confidence, Grade, GradedLeg, Level, LevelCell, Verdict } from '../model/verdict.ts';
import { type ConfidenceGrounds, confidenceOf } from './confidence.ts';
import { ranked } from './levels.ts';
import { nextSteps } from './next-steps.ts';
import { sentenceOf } from './sentence.ts';
import type { RecordState, VerdictInput } from './verdict-input.ts';

const rank: Readonly<Record<Level, number>> = { poor: 2, fair: 1, good: 0, unmeasured: -1 };

/** Which leg was bad, and why (docs/metrics.md, section 9). Pure; repeated at each version of the record. */
export function verdictOf(input: VerdictInput): Verdict {
  const leg = culprit(input.vtc.level, input.teams?.level ?? 'unmeasured');
  const decisive = decidingGrades(leg, input);
  const [deciding] = decisive;
  const { confidence, grounds } = confidenceIn(input, leg, deciding);
  return {
    state: isFinal(input.record) ? 'final' : 'provisional',
    leg,
    ...(deciding && { media: deciding.media, direction: deciding.journey, severity: greatest(decisive) }),
    ...(deciding?.at === undefined ? {} : { at: deciding.at }),
    confidence,
    sentence: sentenceOf(input, leg, deciding),
    reasons: [...nextSteps(input, leg, deciding), ...grounds],
  };
}

/** The severity is the greatest, also where one within a tenth of it is told before it. */
const greatest = (grades: readonly Grade[]): number => Math.max(...grades.map(({ severity }) => severity));

const isFinal = (record: RecordState): boolean => record !== 'waiting';

/** The worse leg; of equally bad ones both. One that nobody measured cannot be cleared. */
function culprit(vtc: Level, teams: Level): Verdict['leg'] {
  if (vtc === 'unmeasured' || teams === 'unmeasured') {
    if (rank[vtc] > 0) return 'vtc';
    return rank[teams] > 0 ? 'teams' : 'unknown';
  }
  if (vtc === teams) return vtc === 'good' ? 'none' : 'both';
  return rank[vtc] > rank[teams] ? 'vtc' : 'teams';
}

/** The values that made the bad leg as bad as it was, of both those of both, most telling first. Without a bad leg none. */
function decidingGrades(leg: Verdict['leg'], { vtc, teams }: VerdictInput): readonly Grade[] {
  const reached = (graded: GradedLeg | undefined): readonly Grade[] =>
    graded?.grades.filter(({ level }) => level === graded.level) ?? [];
  // Of both together, too, noise must not choose: what is told is neither leg's, but the call's.
  return ranked([
    ...(leg === 'vtc' || leg === 'both' ? reached(vtc) : []),
    ...(leg === 'teams' || leg === 'both' ? reached(teams) : []),
  ]);
}

/** A leg is cleared as far as it was measured. Of a screen that Teams tells few packets of nothing was to be known. */
function unknownIn(
  { vtc, teams }: { readonly vtc: GradedLeg; readonly teams: GradedLeg | undefined },
  leg: Verdict['leg'],
): readonly LevelCell[] {
  const cleared = (graded: GradedLeg | undefined, isCulprit: boolean): readonly LevelCell[] =>
    graded === undefined || graded.level === 'unmeasured' || isCulprit
      ? []
      : graded.cells.filter(({ level }) => level === 'unmeasured');
  if (leg === 'both') return [];
  return [
    ...cleared(vtc, leg === 'vtc'),
    ...cleared(teams, leg === 'teams').filter(({ media }) => media !== 'screenSharing'),
  ];
}

function confidenceIn(
  { vtc, teams, record, matchedBy, candidates, isContested = false }: VerdictInput,
  leg: Verdict['leg'],
  deciding: Grade | undefined,
): { readonly confidence: Confidence; readonly grounds: readonly string[] } {
  const coverages = vtc.grades.flatMap(({ coverage }) => coverage ?? []);
  const grounds: ConfidenceGrounds = {
    vtcMeasured: vtc.level !== 'unmeasured',
    teamsMeasured: teams !== undefined && teams.level !== 'unmeasured',
    isFound: teams !== undefined,
    unknown: unknownIn({ vtc, teams }, leg),
    isClearedBlindly: leg === 'none' && vtc.cells.some(({ level }) => level === 'unmeasured'),
    record,
    candidates,
    isContested,
    ...(matchedBy && { matchedBy }),
    ...(coverages.length === 0 ? {} : { coverage: Math.min(...coverages) }),
    ...(deciding && { deciding }),
    isFairAgainstGood: leg !== 'both' && deciding?.level === 'fair' && [vtc.level, teams?.level].includes('good'),
  };
  return confidenceOf(grounds);
}
