import type { ShownLeg } from '../client/read-shapes.ts';
import { day, dayKey, seconds } from './shown-time.ts';

/** The calls of one day: how many there were, how many could be graded, and how many of those were poor. */
export type Day = {
  readonly key: string;
  readonly name: string;
  readonly calls: number;
  readonly measured: number;
  readonly poor: number;
};

/** The days up to today, the oldest first, also those without a call. `now` in epoch seconds. */
export function daily(
  legs: readonly Pick<ShownLeg, 'startedAt' | 'severity'>[],
  { now, days, timeZone }: { readonly now: number; readonly days: number; readonly timeZone?: string },
): readonly Day[] {
  const byDay = new Map<string, Pick<ShownLeg, 'severity'>[]>();
  for (const leg of legs) {
    const key = dayKey(seconds(leg.startedAt), timeZone);
    byDay.set(key, [...(byDay.get(key) ?? []), leg]);
  }
  // Days are counted in the calendar: an hour more or less at the change of the clock must not skip one.
  const today = Date.parse(dayKey(now, timeZone)) / 1000;
  return Array.from({ length: days }, (_, n): Day => {
    const at = today - (days - 1 - n) * 86_400;
    const key = dayKey(at, 'UTC');
    const own = byDay.get(key) ?? [];
    const measured = own.filter(({ severity }) => severity !== undefined);
    const poor = measured.filter(({ severity = 0 }) => severity >= 1).length;
    return { key, name: day(at, 'UTC'), calls: own.length, measured: measured.length, poor };
  });
}
