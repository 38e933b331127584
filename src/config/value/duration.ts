import { type Refuse, textValue } from './text-value.ts';

const UNITS = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 } as const;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|[smhd]))+$/;
const PART = /(\d+(?:\.\d+)?)(ms|[smhd])/g;
const REMEDY = 'write a number with its unit: 500ms, 5s, 15m, 2h, 7d or 1h30m';

/** Seconds of `5s`, `500ms`, `1h30m`, `7d`; undefined if it is no duration. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of text.matchAll(PART)) {
    milliseconds += Number(amount) * UNITS[unit as keyof typeof UNITS] * 1000; // PART lets only these units through
  }
  return Math.round(milliseconds) / 1000;
}

/** The shortest text of one unit that is exactly these seconds: 900 → `15m`, 90 → `90s`. */
export function formatDuration(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  for (const [unit, size] of Object.entries(UNITS)) {
    const amount = milliseconds / (size * 1000);
    if (Number.isInteger(amount) && amount > 0) return `${amount}${unit}`;
  }
  return '0s';
}

type Limits = { readonly least?: string; readonly most?: string };

/** Schema of a duration: text with a unit in the file, seconds in the program. */
export function duration(limits: Limits = {}) {
  const read = (text: string, refuse: Refuse) => {
    const seconds = parseDuration(text);
    if (seconds === undefined) return refuse('is not a duration', REMEDY);
    const { least = '0s', most = '3650d' } = limits;
    if (seconds < (parseDuration(least) ?? 0)) return refuse(`must be at least ${least}`, `use ${least} or more`);
    if (seconds > (parseDuration(most) ?? Number.POSITIVE_INFINITY))
      return refuse(`must be at most ${most}`, `use ${most} or less`);
    return seconds;
  };
  return textValue({ read, write: formatDuration });
}
