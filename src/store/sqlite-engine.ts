import { Kysely, sql } from 'kysely';
import { OtherlegError } from '../model/error.ts';
import { nodeSqliteDialect } from './dialect.ts';
import type { Engine } from './engine.ts';
import { storeFailure } from './failure.ts';
import { GroupCommit } from './group-commit.ts';
import { damaged, isDamage, openIfSound, openSound, type Quarantined, renewed } from './quarantine.ts';
import type { Db, Tables } from './schema.ts';

export type SqliteEngineOptions = {
  /** Seconds since the epoch; this machine's clock if absent. */
  readonly now?: () => number;
  /** A file that is damaged is refused and left where it is, for those who only look: moving it is the agent's. */
  readonly leaveDamaged?: boolean;
  /** Hears of a file that was damaged and moved aside, at `open` or later. */
  readonly onQuarantine?: (quarantined: Quarantined) => void;
};

/** One SQLite file, which it has for itself from `open` to `close`. `:memory:` keeps nothing. */
export function sqliteEngine(path: string, options: SqliteEngineOptions = {}): Engine {
  return new SqliteEngine(path, options);
}

class SqliteEngine implements Engine {
  readonly #options: SqliteEngineOptions;
  readonly #path: string;
  #db: Db | undefined;
  #commits: GroupCommit | undefined;
  #renewing: Promise<void> | undefined;
  /** What the file was found to be, until there is a new one in its place. */
  #damage: unknown;

  constructor(path: string, options: SqliteEngineOptions) {
    this.#path = path;
    this.#options = options;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now() / 1000;
  }

  async open(): Promise<void> {
    if (this.#db) return;
    try {
      this.#take(this.#options.leaveDamaged ? openIfSound(this.#path) : openSound(this.#path, this.#now()));
    } catch (error) {
      throw storeFailure(error, this.#path);
    }
  }

  close(): Promise<void> {
    this.#damage = undefined;
    return this.#release();
  }

  async #release(): Promise<void> {
    const db = this.#db;
    const commits = this.#commits;
    this.#db = undefined;
    this.#commits = undefined;
    await commits?.idle();
    await db?.destroy();
  }

  async run<Result>(work: (db: Db) => Promise<Result>, first = false): Promise<Result> {
    // Not awaited for nothing: what is begun before a close is finished.
    if (this.#renewing) await this.#renewing;
    // The disk was full when it should have been replaced: nobody need restart for that.
    else if (this.#damage !== undefined) await this.#renew(this.#damage);
    const commits = this.#commits;
    try {
      return await this.#once(work, first);
    } catch (error) {
      if (!isDamage(error) || this.#path === ':memory:') throw storeFailure(error, this.#path);
      if (this.#options.leaveDamaged) throw damaged(this.#path, error);
      // Another may have met the damage before and be done with it.
      if (this.#commits === commits || this.#renewing) await this.#renew(error);
    }
    try {
      return await this.#once(work, first);
    } catch (error) {
      throw storeFailure(error, this.#path);
    }
  }

  /** Not within a transaction: kysely lets one at a time use the connection. A reader there is none. */
  async emptyLog(): Promise<void> {
    if (this.#db && !this.#renewing) await sql`pragma wal_checkpoint(truncate)`.execute(this.#db);
  }

  async #once<Result>(work: (db: Db) => Promise<Result>, first: boolean): Promise<Result> {
    if (!this.#commits) throw new OtherlegError('STORE_FAILED', `the store ${this.#path} is not open`);
    return this.#commits.run(work, first);
  }

  #take({ database, quarantined }: ReturnType<typeof openSound>): void {
    this.#db = new Kysely<Tables>({ dialect: nodeSqliteDialect(database) });
    this.#commits = new GroupCommit(this.#db);
    if (quarantined !== undefined) this.#options.onQuarantine?.(quarantined);
  }

  /** The file turned out to be damaged: goes on with a new one. Whoever met the damage meanwhile waits for the same. */
  async #renew(error: unknown): Promise<void> {
    this.#damage = error;
    this.#renewing ??= (async () => {
      try {
        await this.#release();
        this.#take(renewed(this.#path, this.#now(), error instanceof Error ? error.message : String(error)));
        this.#damage = undefined;
      } catch (cause) {
        throw storeFailure(cause, this.#path);
      } finally {
        this.#renewing = undefined;
      }
    })();
    return this.#renewing;
  }
}
