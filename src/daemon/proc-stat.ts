/** Time that the host's processors have been there for, and at work, in ticks since it started (proc(5), /proc/stat). */
export type SystemTicks = { readonly total: number; readonly busy: number };

/** The first line of /proc/stat; undefined where it is none. Guests' time is in user time already. */
export function systemTicks(stat: string): SystemTicks | undefined {
  const [name, ...fields] = (stat.split('\n', 1)[0] ?? '').trim().split(/\s+/);
  const ticks = fields.slice(0, 8).map(Number);
  if (name !== 'cpu' || ticks.length < 5 || !ticks.every(Number.isFinite)) return undefined;
  const total = ticks.reduce((sum, one) => sum + one, 0);
  const [, , , idle = 0, waiting = 0] = ticks;
  return { total, busy: total - idle - waiting };
}

/** User and system time of /proc/PID/stat in ticks; undefined where it is none. The name in it may have any characters. */
export function processTicks(stat: string): number | undefined {
  const fields = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/);
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return Number.isFinite(user + system) ? user + system : undefined;
}
