const parts = (timeZone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const zoned = timeZone === undefined ? options : { ...options, timeZone };
  try {
    return new Intl.DateTimeFormat('en-GB', { ...zoned, hourCycle: 'h23' });
  } catch {
    // A zone that this browser does not know: its own is better than nothing.
    return new Intl.DateTimeFormat('en-GB', { ...options, hourCycle: 'h23' });
  }
};

const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: number, timeZone: string | undefined, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify([timeZone, options]);
  const kept = formats.get(key) ?? parts(timeZone, options);
  formats.set(key, kept);
  return kept.format(at * 1000);
}

/** Epoch seconds of RFC 3339 text. */
export const seconds = (text: string): number => Date.parse(text) / 1000;

/** "10:04" where the room is. Epoch seconds. */
export const clock = (at: number, timeZone?: string): string =>
  format(at, timeZone, { hour: '2-digit', minute: '2-digit' });

/** "10:04:35". */
export const clockSeconds = (at: number, timeZone?: string): string =>
  format(at, timeZone, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** "Tue 3 Feb 2026". */
export const day = (at: number, timeZone?: string): string =>
  format(at, timeZone, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).replace(',', '');

/** "2026-02-03", for sorting and comparing. */
export function dayKey(at: number, timeZone?: string): string {
  const [d, m, y] = format(at, timeZone, { day: '2-digit', month: '2-digit', year: 'numeric' }).split('/');
  return `${y}-${m}-${d}`;
}

/** "CET", "GMT+1": how the time of that moment is called there. */
export function zoneName(at: number, timeZone?: string): string {
  const words = format(at, timeZone, { hour: '2-digit', timeZoneName: 'short' }).split(' ');
  return words.slice(1).join(' ');
}

/** Minutes since midnight where the room is. */
export function minuteOfDay(at: number, timeZone?: string): number {
  const [hours = '0', minutes = '0'] = clock(at, timeZone).split(':');
  return Number(hours) * 60 + Number(minutes);
}

/** "45 s", "12 min", "1 h 05 min". */
export function duration(length: number): string {
  if (length < 90) return `${Math.round(length)} s`;
  const minutes = Math.round(length / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}
