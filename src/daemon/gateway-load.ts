import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Leg } from '../model/leg.ts';
import type { Resources } from '../report/meeting-quality.ts';
import { processTicks, type SystemTicks, systemTicks } from './proc-stat.ts';

/** Load in one slot, shares 0–1 of all the host's processors. `at`: its end, epoch seconds. */
type Sample = { readonly at: number; readonly process: number; readonly system: number };
type Reading = { readonly at: number; readonly system: SystemTicks; readonly processes: ReadonlyMap<string, number> };

/** What is remembered: a day, so that every leg but the longest has its load. Seconds. */
const KEPT = 86_400;

/** Load of the gateway's process and of the host, looked at once a slot; in memory only. Linux. */
export class GatewayLoad {
  readonly #who: string;
  readonly #slotSeconds: number;
  readonly #proc: string;
  readonly #samples: Sample[] = [];
  #last: Reading | undefined;

  /** `who`: the path of its pid file, or its name (comm). `proc`: for tests. */
  constructor(who: string, slotSeconds: number, proc = '/proc') {
    this.#who = who;
    this.#slotSeconds = slotSeconds;
    this.#proc = proc;
  }

  /** At the end of each slot. A gateway that does not run has no load, and a host without /proc none that is known. */
  look(now: number): void {
    const reading = this.#read(now);
    const last = this.#last;
    this.#last = reading;
    if (reading === undefined || last === undefined) return;
    const ticks = reading.system.total - last.system.total;
    if (ticks <= 0 || now - last.at > 1.5 * this.#slotSeconds) return;
    const own = [...reading.processes].map(([pid, at]) => {
      const before = last.processes.get(pid);
      return before === undefined ? undefined : at - before;
    });
    const known = own.filter((one) => one !== undefined);
    if (known.length === 0) return;
    const process = known.reduce((sum, one) => sum + Math.max(0, one), 0) / ticks;
    const system = (reading.system.busy - last.system.busy) / ticks;
    this.#samples.push({ at: now, process: clamped(process), system: clamped(system) });
    while ((this.#samples[0]?.at ?? now) < now - KEPT) this.#samples.shift();
  }

  /** Samples of so many seconds while a leg lasted, in percent: one run for each time without a gap. */
  during({ startedAt, endedAt = Number.POSITIVE_INFINITY }: Leg, seconds: number): readonly Resources[] {
    const buckets = Map.groupBy(
      this.#samples.filter(({ at }) => at > startedAt && at - this.#slotSeconds < endedAt),
      // The middle of its slot: its end is already the next bucket's begin.
      ({ at }) => Math.floor((at - this.#slotSeconds / 2) / seconds),
    );
    const runs: Sample[][][] = [];
    let next: number | undefined;
    for (const [bucket, samples] of buckets) {
      if (bucket === next) runs.at(-1)?.push(samples);
      else runs.push([samples]);
      next = bucket + 1;
    }
    return runs.map(resourcesOf);
  }

  #read(at: number): Reading | undefined {
    const system = systemTicks(this.#text('stat'));
    if (system === undefined) return undefined;
    const processes = this.#pids().flatMap((pid): [string, number][] => {
      const ticks = processTicks(this.#text(pid, 'stat'));
      return ticks === undefined ? [] : [[pid, ticks]];
    });
    return { at, system, processes: new Map(processes) };
  }

  #pids(): readonly string[] {
    if (this.#who.startsWith('/')) return [readText(this.#who).trim()].filter(isPid);
    return entries(this.#proc).filter((pid) => isPid(pid) && this.#text(pid, 'comm').trim() === this.#who);
  }

  #text(...path: readonly string[]): string {
    return readText(join(this.#proc, ...path));
  }
}

const clamped = (share: number): number => Math.min(1, Math.max(0, share));

const isPid = (text: string): boolean => /^\d{1,10}$/.test(text);

/** Empty where there is none: processes come and go while they are looked at. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function entries(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function resourcesOf(run: readonly (readonly Sample[])[]): Resources {
  const mean = (samples: readonly Sample[], of: 'process' | 'system'): number =>
    samples.reduce((sum, sample) => sum + sample[of], 0) / samples.length;
  const most = (samples: readonly Sample[], of: 'process' | 'system'): number =>
    Math.max(...samples.map((sample) => sample[of]));
  return {
    processAverageCPU: run.map((samples) => percent(mean(samples, 'process'))),
    processMaxCPU: run.map((samples) => percent(most(samples, 'process'))),
    systemAverageCPU: run.map((samples) => percent(mean(samples, 'system'))),
    systemMaxCPU: run.map((samples) => percent(most(samples, 'system'))),
  };
}

/** Ticks are no finer. */
const percent = (share: number): number => Math.round(share * 1000) / 10;
