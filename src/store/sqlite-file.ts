import { closeSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { OtherlegError } from '../model/error.ts';
import { migrate } from './migrations.ts';
import { APPLICATION_ID } from './ownership.ts';

/** How long a predecessor may take to let go of the file. Milliseconds; the thread stands still meanwhile. */
const patience = 250;

/**
 * Opens the store's file for this process alone and brings its schema up to date. Throws what SQLite throws; a file that
 * is damaged, not ours or in use is left as it was.
 *
 * Refusing a second agent is SQLite's own exclusive lock, held from the first read on and let go by the kernel even when
 * the process is killed; readers are refused too and have to ask the running agent.
 */
export function openSqliteFile(path: string): DatabaseSync {
  // SQLite would create it readable for all. The log beside it takes over the mode.
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, { timeout: patience });
  try {
    database.exec('pragma locking_mode = exclusive; begin exclusive; commit');
    refuseForeign(database, path);
    database.exec(`
      pragma application_id = ${APPLICATION_ID};
      pragma journal_mode = wal;
      pragma synchronous = full;
      pragma journal_size_limit = 16777216;
      pragma cache_size = -32000;
    `);
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function refuseForeign(database: DatabaseSync, path: string): void {
  const id = Number(database.prepare('pragma application_id').get()?.['application_id']);
  const tables = Number(database.prepare('select count(*) as tables from sqlite_schema').get()?.['tables']);
  if (id === APPLICATION_ID || (id === 0 && tables === 0)) return;
  throw new OtherlegError('STORE_FAILED', `${path} is the database of another program`, {
    hint: 'give otherleg a file of its own (store.url)',
  });
}
