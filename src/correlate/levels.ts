import type { Media } from '../model/channel.ts';
import type { Grade, GradedLeg, Journey, Level, LevelCell, Thresholds } from '../model/verdict.ts';

/** Teams' own classification of streams, and the borders of fair (docs/metrics.md, section 9). */
export const THRESHOLDS: Thresholds = {
  poor: { loss: 0.1, roundTrip: 0.5, audioJitter: 0.03, videoFrameRate: 7, silence: 15 },
  fair: { loss: 0.01, roundTrip: 0.3, lossMaximum: 0.1 },
  inARow: 15,
};

/** Fewer packets, or less of the enabled time observed, is no ground for a grade. */
export const LEAST = { packets: 100, coverage: 0.5 };

/** Severities this near to the greatest are told in a fixed order, so that noise does not choose the culprit. */
const NEAR = 0.9;

const levels: readonly Level[] = ['poor', 'fair', 'good', 'unmeasured'];
const mediaOrder: readonly Media[] = ['audio', 'screenSharing', 'video'];
const journeyOrder: readonly Journey[] = ['fromRoom', 'toRoom'];

/** The worst of some levels; without any measured one `unmeasured`. */
export function worstLevel(of: readonly Level[]): Level {
  return levels.find((level) => of.includes(level)) ?? 'unmeasured';
}

/** A leg from its grades. A media and journey that was to come and has no grade is `unmeasured`. */
export function gradedLeg(grades: readonly Grade[], expected: readonly (readonly [Media, Journey])[]): GradedLeg {
  const cells = mediaOrder.flatMap((media) =>
    journeyOrder.flatMap((journey): readonly LevelCell[] => {
      const own = grades.filter((grade) => grade.media === media && grade.journey === journey);
      const isExpected = expected.some(([m, j]) => m === media && j === journey);
      return own.length === 0 && !isExpected
        ? []
        : [{ media, journey, level: worstLevel(own.map(({ level }) => level)) }];
    }),
  );
  return { level: worstLevel(cells.map(({ level }) => level)), cells, grades: ranked(grades) };
}

/** Worst first; of those within a tenth of the worst: by media, journey and time. */
export function ranked(grades: readonly Grade[]): readonly Grade[] {
  const greatest = Math.max(...grades.map(({ severity }) => severity));
  const near = grades.filter(({ severity }) => severity >= greatest * NEAR);
  const others = grades.filter(({ severity }) => severity < greatest * NEAR);
  return [...near.toSorted(byRank), ...others.toSorted((a, b) => b.severity - a.severity || byRank(a, b))];
}

function byRank(a: Grade, b: Grade): number {
  return (
    mediaOrder.indexOf(a.media) - mediaOrder.indexOf(b.media) ||
    journeyOrder.indexOf(a.journey) - journeyOrder.indexOf(b.journey) ||
    (a.at ?? Number.POSITIVE_INFINITY) - (b.at ?? Number.POSITIVE_INFINITY) ||
    b.severity - a.severity
  );
}

/** The severity of a leg: the greatest of its values ÷ poor values. Undefined: nothing of it was graded. */
export function severityOf({ grades }: GradedLeg): number | undefined {
  return grades.length === 0 ? undefined : Math.max(...grades.map(({ severity }) => severity));
}
