import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';

/** The highest resident size only grows, so that a look now and then misses no more than the last moment's growth. */
const LOOK_MILLIS = 10;

/** One run of a program: wall-clock seconds, and the highest resident size in MB where the system tells it. */
export type Run = { readonly seconds: number; readonly peakMegabytes: number | undefined };

/** Runs a program to its end, its output into a file. Throws when it fails. */
export function measuredRun(command: string, args: readonly string[], output: string): Promise<Run> {
  const out = openSync(output, 'w');
  const began = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', out, 'pipe'] });
  closeSync(out);
  let peak = peakOf(child.pid);
  const looking = setInterval(() => {
    peak = peakOf(child.pid) ?? peak;
  }, LOOK_MILLIS);
  let complaint = '';
  child.stderr?.on('data', (text) => {
    complaint = `${complaint}${text}`.slice(-1000);
  });
  return new Promise((resolve, reject) => {
    let seconds = 0;
    child.on('error', reject);
    child.on('exit', () => {
      seconds = (performance.now() - began) / 1000;
      clearInterval(looking);
    });
    child.on('close', (code) => {
      if (code === 0) resolve({ seconds, peakMegabytes: peak });
      else reject(new Error(`${command} ${args.join(' ')}: exit code ${code}\n${complaint}`));
    });
  });
}

function peakOf(pid: number | undefined): number | undefined {
  try {
    const kib = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / 1024;
  } catch {
    return undefined; // ended already, or no /proc
  }
}
