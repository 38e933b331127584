import { OtherlegError } from '../model/error.ts';
import type { Page } from '../model/leg.ts';
import type { Engine } from './engine.ts';
import { heldOf, isHanded, notACopy } from './fleet-legs.ts';
import { findLeg } from './legs.ts';
import { mergedPage } from './merged-page.ts';
import type { Db } from './schema.ts';
import type { SharedDatabase } from './shared-database.ts';

/** The two places of a fleet's legs: the agent's own file, and the database that all share. */
export type Places = { readonly file: Engine; readonly shared: SharedDatabase };

export type Change<Result> = {
  readonly change: (db: Db) => Promise<Result>;
  readonly unknown: (db: Db) => Promise<Result>;
  readonly asking?: boolean;
};

/** Knows in which of the two places a leg lies, and changes and reads it there. */
export class FleetPlaces implements Places {
  readonly file: Engine;
  readonly shared: SharedDatabase;

  constructor({ file, shared }: Places) {
    this.file = file;
    this.shared = shared;
  }

  /**
   * Changes a leg where it lies; `unknown`, in the file, where neither place knows it. A leg that did not go from here is
   * asked for in the shared database, unless `asking` is false, and then the change has to wait until that answers.
   */
  async change<Result>(mediaLegId: string, work: Change<Result>): Promise<Result> {
    const own = await this.file.run(async (db) => {
      const row = await findLeg(db, { mediaLegId });
      if (row?.handing === 1) throw this.#onItsWay(mediaLegId);
      if (row !== undefined) return { result: await work.change(db) };
      if (await isHanded(db, mediaLegId)) return 'handed';
      return work.asking === false ? { result: await work.unknown(db) } : 'unknown';
    });
    if (typeof own === 'object') return own.result;
    const shared = await this.shared.run(async (db) => {
      if ((await findLeg(db, { mediaLegId })) === undefined) return undefined;
      await notACopy(db, mediaLegId);
      return { result: await work.change(db) };
    });
    return shared === undefined ? this.file.run(work.unknown) : shared.result;
  }

  /**
   * Reads of a leg where it lies. While the shared database is away, what went there cannot be had; of what never did,
   * this host knows that it does not know it.
   */
  async read<Result>(mediaLegId: string, read: (db: Db) => Promise<Result>, unknown: Result): Promise<Result> {
    const own = await this.file.run(async (db) => {
      if (await findLeg(db, { mediaLegId })) return { result: await read(db) };
      return (await isHanded(db, mediaLegId)) ? 'handed' : undefined;
    });
    if (own === 'handed') return this.shared.run(read);
    return own === undefined ? this.shared.soon(read, unknown) : own.result;
  }

  /** One page of both; `place`: by what it is ordered. */
  async page<Item extends { readonly mediaLegId: string }>(
    own: Page<Item>,
    list: (db: Db) => Promise<Page<Item>>,
    order: { readonly limit: number; readonly place: (item: Item) => readonly (number | string)[] },
  ): Promise<Page<Item>> {
    const other = await this.shared.soon(list, { items: [] });
    const held = await this.file.run((db) => heldOf(db, other.items));
    return mergedPage(own, other, held, { ...order, id: ({ mediaLegId }) => mediaLegId });
  }

  #onItsWay(mediaLegId: string): OtherlegError {
    return new OtherlegError('STORE_FAILED', `leg ${mediaLegId} is on its way into the shared store`, {
      hint: this.shared.down?.message ?? 'ask again in a second',
    });
  }
}
