import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { type Dialect, SqliteDialect, type SqliteStatement } from 'kysely';

/** Lets kysely speak to node:sqlite, which differs from the library that kysely knows in small things only. */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return new SqliteDialect({
    database: { prepare: (text) => statement(database, text), close: () => database.close() },
  });
}

function statement(database: DatabaseSync, text: string): SqliteStatement {
  // A full disk can end the transaction by itself (https://www.sqlite.org/lang_transaction.html, 3): then a failing
  // rollback would hide why.
  if (text === 'rollback' && !database.isTransaction) return nothing;
  const prepared = database.prepare(text);
  // kysely passes on what the typed query was given: strings, numbers, octets and null.
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
  return {
    reader: prepared.columns().length > 0,
    all: (parameters) => prepared.all(...values(parameters)),
    run: (parameters) => prepared.run(...values(parameters)),
    iterate: (parameters) => prepared.iterate(...values(parameters)),
  };
}

const nothing: SqliteStatement = {
  reader: false,
  all: () => [],
  run: () => ({ changes: 0, lastInsertRowid: 0 }),
  iterate: () => [].values(),
};
