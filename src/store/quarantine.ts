import { existsSync, renameSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { OtherlegError } from '../model/error.ts';
import { refuseForeign } from './ownership.ts';
import { contents, type Salvaged, salvage } from './salvage.ts';
import { openSqliteFile } from './sqlite-file.ts';

/** A store file that was damaged and moved aside. `at`: epoch seconds. */
export type Quarantined = Salvaged & {
  readonly at: number;
  readonly movedTo: string;
  readonly reason: string;
};

/** Result codes of SQLite: the file is damaged, or it is no database at all. */
const DAMAGED: ReadonlySet<number> = new Set([11, 26]);

/** Whether SQLite says that the file itself is broken, in contrast to a disk that is full or gone. */
export function isDamage(error: unknown): boolean {
  for (let each = error; each instanceof Error; each = each.cause) {
    if ('errcode' in each && typeof each.errcode === 'number' && DAMAGED.has(each.errcode & 0xff)) return true;
  }
  return false;
}

/**
 * Opens the store's file. One that never was a store is refused and left as it is. One that is damaged is moved aside under a
 * name that says when, with its log, never changed and never deleted; a new one takes its place with all of the old one that
 * is still owed and can be read.
 */
export function openSound(path: string, now: number): { database: DatabaseSync; quarantined?: Quarantined } {
  if (existsSync(path + READY)) return replaced(path, now, 'it was being replaced when the agent ended');
  try {
    const database = openSqliteFile(path);
    const damage = damageIn(database, path);
    if (damage === undefined) return { database };
    database.close();
    return renewed(path, now, damage);
  } catch (error) {
    if (!isDamage(error)) throw error;
    refuseForeign(path);
    return renewed(path, now, reasonOf(error));
  }
}

/** Opens the store's file for somebody who only looks: one that is damaged is refused and left as it is. */
export function openIfSound(path: string): { database: DatabaseSync } {
  if (existsSync(path + READY)) throw damaged(path, 'it was being replaced when the agent ended');
  try {
    const database = openSqliteFile(path);
    const damage = damageIn(database, path);
    if (damage === undefined) return { database };
    database.close();
    throw damaged(path, damage);
  } catch (error) {
    if (!isDamage(error)) throw error;
    refuseForeign(path);
    throw damaged(path, error);
  }
}

/** What is found, and that nothing was done about it. */
export function damaged(path: string, found: unknown): OtherlegError {
  const reason = typeof found === 'string' ? found : reasonOf(found);
  return new OtherlegError('STORE_FAILED', `the store ${path} is damaged and was left as it is: ${reason}`, {
    hint: 'start the agent: it moves the file aside and saves what is still owed and can be read',
  });
}

/** Up to this size the whole file is looked through; a larger one shows its damage when it is met. Octets. */
const LOOKED_THROUGH = 128 * 1024 * 1024;

function damageIn(database: DatabaseSync, path: string): string | undefined {
  if (path === ':memory:' || statSync(path).size > LOOKED_THROUGH) return undefined;
  try {
    const found = String(database.prepare('pragma quick_check(1)').get()?.['quick_check'] ?? 'ok');
    return found === 'ok' ? undefined : found;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The file that is to take its place: not whole yet, and whole. */
const [PARTIAL, READY] = ['.renewing', '.renewed'];
/** What belongs to a file: without its log what was committed last is gone. */
const SUFFIXES = ['', '-wal', '-journal'];

/**
 * Moves a damaged file aside and begins a new one. The damaged one must be closed. The new one is whole and on disk before
 * the old one is touched: what is killed on the way, or finds the disk full, begins again or goes on where it was.
 */
export function renewed(path: string, now: number, reason: string): Renewed {
  for (const suffix of SUFFIXES) rmSync(path + PARTIAL + suffix, { force: true });
  const fresh = openSqliteFile(path + PARTIAL);
  try {
    salvageWhole(path, fresh);
  } finally {
    fresh.close();
  }
  renameSync(path + PARTIAL, path + READY);
  return replaced(path, now, reason);
}

type Renewed = { database: DatabaseSync; quarantined: Quarantined };

/** Out of its log, too: that would stay behind under the old name. Throws if the disk does not take all of it. */
function salvageWhole(path: string, fresh: DatabaseSync): void {
  salvage(path, fresh);
  const mode = fresh.prepare('pragma journal_mode = delete').get()?.['journal_mode'];
  if (mode !== 'delete') throw new OtherlegError('STORE_FAILED', `the replacement of ${path} could not be written`);
}

function replaced(path: string, now: number, reason: string): Renewed {
  const movedTo = freeName(path, now);
  for (const suffix of SUFFIXES) if (existsSync(path + suffix)) renameSync(path + suffix, movedTo + suffix);
  renameSync(path + READY, path);
  const database = openSqliteFile(path);
  return { database, quarantined: { at: now, movedTo, reason, ...contents(database) } };
}

/** `otherleg.db.damaged-20261122T031500Z`; a second one in that second is numbered. */
function freeName(path: string, now: number): string {
  const time = new Date(now * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  for (let number = 1; ; number += 1) {
    const name = `${path}.damaged-${time}${number === 1 ? '' : `-${number}`}`;
    if (!existsSync(name)) return name;
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
