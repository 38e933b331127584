import { markCopied } from './copies.ts';
import type { Engine } from './engine.ts';
import { exportLive, importLive, type LegCopy, minuteOf } from './mirror.ts';
import type { Db } from './schema.ts';
import { databaseClock } from './shared-clock.ts';
import type { SharedDatabase } from './shared-database.ts';

/** Legs in one transaction. */
const BATCH = 25;
/** A slot may still change for this time after its end. Seconds. */
const SETTLES = 15;

/** Keeps the copies of one agent's live legs in the shared database up to date. */
export class FleetMirror {
  readonly #file: Engine;
  readonly #shared: SharedDatabase;
  /** From which minute on the copy of a leg has to be written again. */
  readonly #since = new Map<string, number>();

  constructor(file: Engine, shared: SharedDatabase) {
    this.#file = file;
    this.#shared = shared;
  }

  /** Writes what came since the last time; how many legs. After an outage or a restart that is all. */
  async copy(owner: string, now: number): Promise<number> {
    const ids = await this.#liveIds(owner);
    for (const id of this.#since.keys()) if (!ids.includes(id)) this.#since.delete(id);
    for (let from = 0; from < ids.length; from += BATCH) await this.#copyBatch(ids.slice(from, from + BATCH), now);
    return ids.length;
  }

  async #copyBatch(ids: readonly string[], now: number): Promise<void> {
    const copies: LegCopy[] = [];
    for (const id of ids) {
      const copy = await this.#file.run((db) => this.#export(db, id, now));
      if (copy !== undefined) copies.push(copy);
    }
    await this.#shared.run(async (db) => importLive(db, copies, await databaseClock(db)));
    for (const { leg } of copies) this.#since.set(leg.media_leg_id, minuteOf(now - SETTLES));
  }

  /** Read and marked at once: a leg that ends after that finds the mark, one that ended before is not copied. */
  async #export(db: Db, id: string, now: number): Promise<LegCopy | undefined> {
    const since = this.#since.get(id);
    const copy = await exportLive(db, id, since ?? 0);
    if (copy !== undefined && since === undefined) await markCopied(db, id, now);
    return copy;
  }

  async #liveIds(owner: string): Promise<readonly string[]> {
    const rows = await this.#file.run((db) =>
      db.selectFrom('legs').select('media_leg_id').where('state', '=', 'live').where('owner', '=', owner).execute(),
    );
    return rows.map(({ media_leg_id }) => media_leg_id);
  }
}
