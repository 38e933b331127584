import { sql } from 'kysely';
import type { Db } from './schema.ts';

/** One piece of work that is to be a transaction of its own, as far as it can tell. */
type Job = {
  readonly work: (db: Db) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
};

/** A commit waits for the disk, and holds up everybody who waits for it: this many at most. */
const MOST_JOBS = 64;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Lets work that is asked for at the same time share one commit, because a commit costs a wait for the disk and the work
 * hardly anything. Each is in a savepoint of its own (https://www.sqlite.org/lang_savepoint.html): what fails is undone
 * alone. A promise resolves only after the commit that it is in.
 */
export class GroupCommit {
  readonly #db: Db;
  #waiting: Job[] = [];
  #running: Promise<void> | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  /** `first`: goes before whatever waits. */
  run<Result>(work: (db: Db) => Promise<Result>, first = false): Promise<Result> {
    return new Promise<Result>((resolve, reject) => {
      // `work` answers a Result, and `resolve` is only called with what it answered.
      const job = { work, resolve: resolve as (value: unknown) => void, reject };
      if (first) this.#waiting.unshift(job);
      else this.#waiting.push(job);
      this.#running ??= this.#drain();
    });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #drain(): Promise<void> {
    await nextTurn();
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0, MOST_JOBS));
    this.#running = undefined;
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const settle: (() => void)[] = [];
    try {
      await this.#db.transaction().execute(async (db) => {
        for (const job of jobs) settle.push(await inSavepoint(db, job));
      });
    } catch (error) {
      // Nothing of the group is on disk: nobody is told otherwise.
      for (const { reject } of jobs) reject(error);
      return;
    }
    for (const tell of settle) tell();
  }
}

/** How to tell the outcome once the commit is through. Rejects only if the savepoint itself cannot be undone. */
async function inSavepoint(db: Db, { work, resolve, reject }: Job): Promise<() => void> {
  await sql`savepoint job`.execute(db);
  try {
    const value = await work(db);
    await sql`release job`.execute(db);
    return () => resolve(value);
  } catch (error) {
    // A full disk can end the whole transaction by itself: then the group fails, for that reason.
    await undone(db).catch(() => Promise.reject(error));
    return () => reject(error);
  }
}

async function undone(db: Db): Promise<void> {
  await sql`rollback to job`.execute(db);
  await sql`release job`.execute(db);
}
