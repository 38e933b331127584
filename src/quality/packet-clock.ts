/** What the timestamps of a stream with unknown clock have told so far: sums of a regression of timestamp on arrival. */
export type ClockGuess = {
  lastAt: number;
  lastTimestamp: number;
  /** Seconds and timestamp units that count, and the sums over them. */
  elapsed: number;
  advanced: number;
  points: number;
  sumX: number;
  sumY: number;
  sumXX: number;
  sumXY: number;
  sumYY: number;
};

/** Hz. */
const RATES = [8000, 16_000, 24_000, 32_000, 44_100, 48_000, 90_000];
const TOLERANCE = 0.02;
const SHORTEST_SECONDS = 2;
const FEWEST_POINTS = 10;
/** How well the line must fit: standard error of its slope. Delay that wanders needs more than 2 s. */
const LARGEST_ERROR = 0.005;
/** What fits badly for so long contains a jump: it begins anew. */
const LONGEST_SECONDS = 30;
/** A longer step is silence, in which devices freeze their timestamps. */
const LONGEST_STEP_SECONDS = 1;
/** Units that a late packet runs back: a second of the fastest clock. */
const FURTHEST_BACK = 90_000;

/** Begins with the first packet. `micros` since the epoch. */
export function newGuess(micros: number, timestamp: number): ClockGuess {
  const none = { elapsed: 0, advanced: 0, points: 0, sumX: 0, sumY: 0, sumXX: 0, sumXY: 0, sumYY: 0 };
  return { lastAt: micros, lastTimestamp: timestamp, ...none };
}

/** Takes one more packet; the clock rate in Hz as soon as 2 s of running timestamps tell one. */
export function guessClock(guess: ClockGuess, micros: number, timestamp: number): number | undefined {
  const step = (micros - guess.lastAt) / 1e6;
  const units = (timestamp - guess.lastTimestamp) | 0;
  // The packets of a picture share a timestamp, and late ones run back a little; only newer ones tell of time.
  if (units <= 0 && units > -FURTHEST_BACK && step >= 0 && step <= LONGEST_STEP_SECONDS) return undefined;
  guess.lastAt = micros;
  guess.lastTimestamp = timestamp;
  if (units <= 0 || step < 0 || step > LONGEST_STEP_SECONDS) {
    Object.assign(guess, newGuess(micros, timestamp));
    return undefined;
  }
  guess.elapsed += step;
  guess.advanced += units;
  guess.points += 1;
  guess.sumX += guess.elapsed;
  guess.sumY += guess.advanced;
  guess.sumXX += guess.elapsed * guess.elapsed;
  guess.sumXY += guess.elapsed * guess.advanced;
  guess.sumYY += guess.advanced * guess.advanced;
  if (guess.elapsed < SHORTEST_SECONDS || guess.points < FEWEST_POINTS) return undefined;
  const rate = nearestRate(guess);
  if (rate === undefined && guess.elapsed > LONGEST_SECONDS) Object.assign(guess, newGuess(micros, timestamp));
  return rate;
}

function nearestRate({ points, sumX, sumY, sumXX, sumXY, sumYY }: ClockGuess): number | undefined {
  const xx = sumXX - (sumX * sumX) / points;
  const xy = sumXY - (sumX * sumY) / points;
  const yy = sumYY - (sumY * sumY) / points;
  if (xx <= 0) return undefined;
  const slope = xy / xx;
  const error = Math.sqrt(Math.max(0, yy - slope * xy) / (points - 2) / xx);
  if (error > LARGEST_ERROR * slope) return undefined;
  return RATES.find((rate) => Math.abs(slope - rate) <= TOLERANCE * rate);
}
