import type { FleetOptions } from './fleet-options.ts';
import type { Places } from './fleet-places.ts';
import { nextToHandOver } from './handover.ts';
import { handOver } from './handover-run.ts';
import { SharedFailure } from './postgres-failure.ts';
import { sharedAhead } from './shared-clock.ts';

/** Legs in one handover: the reports of all of them wait for its commit. */
const BATCH = 50;

/** Brings legs that have ended from the agent's own file into the shared database. */
export class FleetHandovers {
  readonly #places: Places;
  readonly #options: FleetOptions;
  /** Legs that PostgreSQL does not take: they stay in the file and are delivered from there. */
  readonly #refused = new Set<string>();
  #running: Promise<number> | undefined;
  count = 0;

  constructor(places: Places, options: FleetOptions) {
    this.#places = places;
    this.#options = options;
  }

  /** All there are; how many. Those who ask at once share one run. */
  run(): Promise<number> {
    this.#running ??= this.#all().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#running?.catch(() => undefined);
  }

  async #all(): Promise<number> {
    const before = this.count;
    for (let limit = BATCH, moved = BATCH; moved >= limit; ) {
      try {
        moved = await this.#some(limit);
        this.count += moved;
      } catch (error) {
        if (this.#places.shared.excuses(error)) break;
        if (!(error instanceof SharedFailure) || error.fault !== 'data') throw error;
        if (limit === 1) await this.#refuse(error);
        // One of them is at fault: alone it shows.
        moved = limit = 1;
      }
    }
    return this.count - before;
  }

  #some(limit: number): Promise<number> {
    const { file, shared } = this.#places;
    const now = this.#options.now();
    return handOver(file, shared, { limit, now, except: [...this.#refused], ahead: sharedAhead(this.#options, now) });
  }

  async #refuse(error: SharedFailure): Promise<void> {
    const leg = await this.#places.file.run((db) => nextToHandOver(db, [...this.#refused]));
    if (leg === undefined) throw error;
    this.#refused.add(leg);
    const fields = { op: 'handover', leg, reason: error.message };
    this.#options.log.warn(fields, 'PostgreSQL refuses this leg; it stays here and is delivered from here');
  }
}
