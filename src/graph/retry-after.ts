/** A day: a server that asks for more is not believed. */
const LONGEST_SECONDS = 86_400;

// The three forms of a date in HTTP (RFC 9110, 5.6.7). Date.parse alone would also take "soon 5" for a date.
const FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC850 = /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * How many seconds a `Retry-After` header (RFC 9110, 10.2.3) asks to wait, more than 0 and at most a day; undefined for
 * garbage, zero and the past. A date counts from the answer's own `Date` where it has one, so that a wrong clock of
 * this host does not matter; otherwise from `now` (epoch seconds).
 */
export function retryAfterSeconds(retryAfter: string | undefined, date: string | undefined, now: number) {
  const value = retryAfter?.trim() ?? '';
  const seconds = /^\d+$/.test(value) ? Number(value) : difference(httpDate(value), httpDate(date?.trim()) ?? now);
  return seconds !== undefined && seconds > 0 ? Math.min(seconds, LONGEST_SECONDS) : undefined;
}

const difference = (until: number | undefined, from: number) => (until === undefined ? undefined : until - from);

function httpDate(text = ''): number | undefined {
  const zoned = ASCTIME.test(text) ? `${text} GMT` : text;
  const millis = FIXDATE.test(text) || RFC850.test(text) || ASCTIME.test(text) ? Date.parse(zoned) : Number.NaN;
  return Number.isNaN(millis) ? undefined : millis / 1000;
}
