import type { RtcStatsEntry } from '../../model/rtc-stats.ts';

/** A cumulative counter: finite and not negative; anything else was not measured. */
export function counter(entry: RtcStatsEntry | undefined, name: string): number | undefined {
  const value = signed(entry, name);
  return value !== undefined && value >= 0 ? value : undefined;
}

/** A finite number of either sign: packetsLost may be negative, and what cannot be is counted where it is judged. */
export function signed(entry: RtcStatsEntry | undefined, name: string): number | undefined {
  const value = entry?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A text that says something. */
export function text(entry: RtcStatsEntry | undefined, name: string): string | undefined {
  const value = entry?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
