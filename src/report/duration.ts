/** Graph's grammar of durations: days and times only, no weeks, months, years or exponents. */
const DURATION = /^(-)?P(?!$)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Thirty years: no time span of a call, and below it a double holds every microsecond. */
const LONGEST = 1e9;

/**
 * Seconds as an ISO 8601 duration (`PT1.234S`, `PT0S`) with at most `decimals` (0–6) fractional digits. Undefined for what
 * is no time span: NaN, infinite, or negative beyond rounding.
 */
export function toIsoDuration(seconds: number, decimals = 6): string | undefined {
  const rounded = roundTo(seconds, decimals);
  // From 0.000001 on JavaScript writes numbers without an exponent.
  return rounded >= 0 && rounded < LONGEST ? `PT${rounded}S` : undefined;
}

/** An ISO 8601 duration in Graph's grammar as seconds; undefined where it is none. */
export function fromIsoDuration(text: string): number | undefined {
  const found = DURATION.exec(text);
  if (found === null) return undefined;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = found;
  const total = Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === undefined || total === 0 ? total : -total;
}

/** The nearest multiple of 10^−decimals; −0 is 0. Keeps the order of what it rounds. */
export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  const rounded = Math.round(value * scale) / scale;
  return rounded === 0 ? 0 : rounded;
}
