import type { Media } from '../model/channel.ts';
import type { Grade, Journey, Thresholds } from '../model/verdict.ts';

/** What one media and journey of one leg measured, whoever measured it. Ratios, seconds, pictures per second. */
export type Measures = {
  readonly media: Media;
  readonly journey: Journey;
  readonly loss?: Measure;
  readonly lossMaximum?: Measure;
  readonly roundTrip?: Measure;
  readonly jitter?: Measure;
  readonly frameRate?: Measure;
};

/** A value, when it was worst, and how it is known. */
export type Measure = Pick<Grade, 'value' | 'at' | 'isReported' | 'coverage'>;

/** A maximum alone never makes a leg poor: so near to poor it comes at most. */
const MAXIMUM_SEVERITY = 0.99;

/** Grades each value. Jitter counts for audio only and frame rates for video only (docs/metrics.md, section 9). */
export function gradeMeasures(measures: Measures, { poor, fair }: Thresholds): readonly Grade[] {
  const { media, journey, loss, lossMaximum, roundTrip, jitter, frameRate } = measures;
  const where = { media, journey };
  return [
    ...(loss ? [above({ ...where, measure: 'loss', ...loss }, poor.loss, fair.loss)] : []),
    ...(lossMaximum
      ? [maximum({ ...where, measure: 'lossMaximum', ...lossMaximum }, poor.loss, fair.lossMaximum)]
      : []),
    ...(roundTrip ? [above({ ...where, measure: 'roundTrip', ...roundTrip }, poor.roundTrip, fair.roundTrip)] : []),
    ...(jitter && media === 'audio'
      ? [above({ ...where, measure: 'jitter', ...jitter }, poor.audioJitter, Number.POSITIVE_INFINITY)]
      : []),
    ...(frameRate && media === 'video'
      ? [below({ ...where, measure: 'frameRate', ...frameRate }, poor.videoFrameRate)]
      : []),
  ];
}

type Valued = Omit<Grade, 'level' | 'threshold' | 'severity'>;

/** The more, the worse. */
export function above(graded: Valued, poor: number, fair: number): Grade {
  const { value } = graded;
  const level = value > poor ? 'poor' : value > fair ? 'fair' : 'good';
  return {
    ...graded,
    level,
    threshold: level === 'poor' || fair === Number.POSITIVE_INFINITY ? poor : fair,
    severity: value / poor,
  };
}

function maximum(graded: Valued, poor: number, fair: number): Grade {
  const level = graded.value > fair ? 'fair' : 'good';
  return { ...graded, level, threshold: fair, severity: Math.min(graded.value / poor, MAXIMUM_SEVERITY) };
}

/** The less, the worse. */
export function below(graded: Valued, poor: number): Grade {
  const { value } = graded;
  const level = value < poor ? 'poor' : 'good';
  return { ...graded, level, threshold: poor, severity: value > 0 ? poor / value : MOST_SEVERE };
}

/** Of a rate of nothing: a number, because severities are sorted and stored. */
const MOST_SEVERE = 1000;
