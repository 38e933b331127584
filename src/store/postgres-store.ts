import { type PostgresOptions, postgresEngine } from './postgres-engine.ts';
import { SqlStore, type SqlStoreOptions } from './sql-store.ts';
import type { Store } from './store.ts';

/** A store wholly in PostgreSQL. An agent has its own file before it (fleet-store.ts); this is what lies behind. */
export function postgresStore(options: SqlStoreOptions & PostgresOptions): Store {
  return new SqlStore(postgresEngine(options), options);
}
