import { execFile } from 'node:child_process';
import type { Check } from './checks.ts';

const TIMEOUT_MILLIS = 3000;

/** What a program prints; undefined if there is none, or it fails. */
function printed(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT_MILLIS, env: { ...process.env, LC_ALL: 'C' } };
    execFile(program, [...args], options, (error, stdout) => resolve(error === null ? stdout : undefined));
  });
}

/** What timedatectl and chrony say of the clock; undefined where neither is there. */
export function synchronized(timedatectl: string | undefined, chronyc: string | undefined): boolean | undefined {
  if (chronyc !== undefined) return !/not synchronised/i.test(chronyc);
  const told = timedatectl?.trim();
  return told === 'yes' || told === 'no' ? told === 'yes' : undefined;
}

/** Whether the host's clock is kept: legs of several hosts are set side by side, and Graph's own record beside them. */
export async function checkClock(): Promise<Check> {
  const [timedatectl, chronyc] = await Promise.all([
    printed('timedatectl', ['show', '--property=NTPSynchronized', '--value']),
    printed('chronyc', ['-n', 'tracking']),
  ]);
  const kept = synchronized(timedatectl, chronyc);
  if (kept === undefined)
    return { name: 'clock', state: 'unknown', detail: 'neither timedatectl nor chronyc answers here' };
  if (kept) return { name: 'clock', state: 'ok', detail: 'synchronised' };
  return { name: 'clock', state: 'wrong', detail: 'not synchronised', step: 'run chrony or systemd-timesyncd' };
}
