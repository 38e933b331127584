import type { Media } from './channel.ts';

/** Seen from the room: `fromRoom` is what others see and hear of it, `toRoom` what it sees and hears. */
export type Journey = 'fromRoom' | 'toRoom';

/** How good a leg, media and journey was (docs/metrics.md, section 9). */
export type Level = 'poor' | 'fair' | 'good' | 'unmeasured';

/** What was graded. `silence`: media was expected and none came; value in seconds. */
export type GradedMeasure = 'loss' | 'lossMaximum' | 'roundTrip' | 'jitter' | 'frameRate' | 'silence';

/** One value beside the value from which on it is poor. Ratio, seconds, pictures per second. */
export type Grade = {
  readonly media: Media;
  readonly journey: Journey;
  readonly measure: GradedMeasure;
  readonly level: 'poor' | 'fair' | 'good';
  readonly value: number;
  /** The border of the level that the value reached: of poor if it is poor, else of fair. */
  readonly threshold: number;
  /** Value ÷ poor value; of frame rates the other way round. */
  readonly severity: number;
  /** When it was worst, epoch seconds. */
  readonly at?: number;
  /** Told by the far end, not seen by us. */
  readonly isReported?: true;
  /** Untainted observed share of the enabled time, 0–1; absent where nobody knows it (call records). */
  readonly coverage?: number;
};

/** One cell of the grid that is shown: a media and a journey of one leg. */
export type LevelCell = { readonly media: Media; readonly journey: Journey; readonly level: Level };

/** A leg as far as verdicts go. */
export type GradedLeg = {
  readonly level: Level;
  readonly cells: readonly LevelCell[];
  /** Worst first. */
  readonly grades: readonly Grade[];
};

export type Confidence = 'high' | 'medium' | 'low';

/** Which leg was bad, and why. */
export type Verdict = {
  readonly state: 'provisional' | 'final';
  readonly leg: 'vtc' | 'teams' | 'both' | 'none' | 'unknown';
  readonly media?: Media;
  readonly direction?: Journey;
  readonly at?: number;
  readonly severity?: number;
  readonly confidence: Confidence;
  /** One sentence that a support desk understands. */
  readonly sentence: string;
  /** Why it says so and what to do next, most telling first. */
  readonly reasons: readonly string[];
};

/** From where on values are poor and fair. Ratios, seconds, pictures per second, seconds of silence. */
export type Thresholds = {
  readonly poor: {
    readonly loss: number;
    readonly roundTrip: number;
    readonly audioJitter: number;
    readonly videoFrameRate: number;
    readonly silence: number;
  };
  readonly fair: { readonly loss: number; readonly roundTrip: number; readonly lossMaximum: number };
  /** So long in a row is poor. Seconds. */
  readonly inARow: number;
};
