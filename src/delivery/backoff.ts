/** When to try again: all times in seconds. */
export type BackoffAsk = {
  /** Attempts made before the one that has just ended; 0 after the first. */
  readonly attempt: number;
  /** What Graph asked for, more than 0. */
  readonly retryAfterSeconds?: number;
  /** 0 ≤ random < 1. */
  readonly random: number;
  readonly first: number;
  readonly maximum: number;
};

/**
 * Seconds until the next attempt. `Retry-After` alone decides where it was given, plus up to 10 % so that what was
 * throttled together does not come back together; never less, because earlier would be throttled again. Otherwise full
 * jitter: anything from 0 to `first` · 2^attempt, at most to `maximum`.
 */
export function dueAfter({ attempt, retryAfterSeconds, random, first, maximum }: BackoffAsk): number {
  if (retryAfterSeconds !== undefined) return retryAfterSeconds * (1 + 0.1 * random);
  return random * Math.min(maximum, first * 2 ** attempt);
}
