import { type Expression, PostgresAdapter, type RawBuilder, sql } from 'kysely';
import type { Db } from './schema.ts';

/** A database behind the statements of this room: opened, migrated, and one transaction at a time for each caller. */
export interface Engine {
  /** Opens it and brings its schema up to date. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** One transaction as far as `work` can tell: it resolves after the commit, and the commit returns when it is on disk. `first`: before others that wait. */
  run<Result>(work: (db: Db) => Promise<Result>, first?: boolean): Promise<Result>;
  /** What was overwritten or removed is in no log of the database any more, as far as it keeps one of its own. */
  emptyLog?(): Promise<void>;
}

/*
 * What the two databases say differently. All statements but these are the same for both, so that one suite of tests
 * speaks for both.
 */

/** Whether transactions run side by side, so that rows have to be locked: SQLite runs one at a time. */
export function isPostgres(db: Db): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** A list given as JSON, as rows of a column `value`, to join with a table. */
export function each(db: Db, list: readonly unknown[]): RawBuilder<unknown> {
  const text = JSON.stringify(list);
  // SQLite takes the order of a cross join as it is written: the given rows first, and the index of the table.
  return isPostgres(db)
    ? sql`json_array_elements(cast(${text} as json)) as given (value) inner join`
    : sql`json_each(${text}) as given cross join`;
}

/** The greatest of numbers in one row, none of them null. */
export function greatest(db: Db, ...numbers: readonly Expression<number>[]): RawBuilder<number> {
  return sql`${sql.raw(isPostgres(db) ? 'greatest' : 'max')}(${sql.join(numbers)})`;
}
