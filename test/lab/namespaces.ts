import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const FOLDER = '/run/netns';
const PREFIX = 'otherleg-lab-';

export const ip = (...args: readonly string[]): string => execFileSync('ip', args, { encoding: 'utf8' });

/** Makes an empty network namespace, named after this process, with nothing but loopback in it. */
export function addNamespace(suffix: string): string {
  const name = `${PREFIX}${process.pid}-${suffix}`;
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  return name;
}

export const namespacePath = (name: string): string => `${FOLDER}/${name}`;

/** Removes a namespace and ends whatever still runs in it. */
export function removeNamespace(name: string): void {
  for (const pid of spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).stdout.split('\n')) {
    if (pid !== '') kill(Number(pid));
  }
  spawnSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
}

/** Removes what labs left behind whose process is gone. */
export function removeLeftOvers(): void {
  if (!existsSync(FOLDER)) return;
  for (const name of readdirSync(FOLDER)) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) removeNamespace(name);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself meanwhile.
  }
}
