import type { Quarantined } from './quarantine.ts';
import { SqlStore, type SqlStoreOptions } from './sql-store.ts';
import { sqliteEngine } from './sqlite-engine.ts';
import type { Store } from './store.ts';

export type SqliteOptions = Omit<SqlStoreOptions, 'isAlone'> & {
  /** Of the file; its directory must exist. `:memory:` keeps nothing. */
  readonly path: string;
  /** See the engine's. */
  readonly leaveDamaged?: boolean;
  /** Hears of a file that was damaged and moved aside, at `open` or later. */
  readonly onQuarantine?: (quarantined: Quarantined) => void;
};

/** The store of one agent in one SQLite file, which it has for itself from `open` to `close`. */
export function sqliteStore({ path, ...options }: SqliteOptions): Store {
  return new SqlStore(sqliteEngine(path, options), { ...options, isAlone: true });
}
