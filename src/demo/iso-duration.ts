const GRAMMAR = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.(\d+))?)S)?)?$/;
/** .NET, which Graph runs on, counts in 100 ns. */
const MOST_DECIMALS = 7;

/**
 * Seconds of an OData duration (Edm.Duration without sign: days, hours, minutes, seconds). Undefined for anything else:
 * weeks, months, exponents, signs, no component at all, more decimals than the receiver keeps.
 */
export function durationSeconds(text: string): number | undefined {
  const [, days, hours, minutes, seconds, decimals = ''] = GRAMMAR.exec(text) ?? [];
  const parts = [days, hours, minutes, seconds];
  if (parts.every((part) => part === undefined) || text.endsWith('T') || decimals.length > MOST_DECIMALS)
    return undefined;
  const [d = 0, h = 0, m = 0, s = 0] = parts.map((part) => Number(part ?? 0));
  return ((d * 24 + h) * 60 + m) * 60 + s;
}
