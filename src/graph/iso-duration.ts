/** Graph's durations (ISO 8601 as OData has it: days, hours, minutes, seconds with a fraction). */
const DURATION = /^(-?)P(?!$)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Seconds; NaN if the text is no duration. */
export function isoDuration(text: string): number {
  const [, sign, days = 0, hours = 0, minutes = 0, seconds = 0] = DURATION.exec(text) ?? [];
  if (sign === undefined) return Number.NaN;
  const total = Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === '-' ? -total : total;
}
