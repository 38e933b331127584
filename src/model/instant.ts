/** A time without a zone, as far as it has one of day. */
const ZONELESS = /^\d{4}-\d\d-\d\dT[\d:.]+$/;

/**
 * Epoch seconds of an ISO 8601 time; NaN where it is none. Services mean UTC where they name no zone: this host's own is
 * never taken.
 */
export function instantOf(text: string): number {
  const trimmed = text.trim();
  return Date.parse(ZONELESS.test(trimmed) ? `${trimmed}Z` : trimmed) / 1000;
}
