import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

type Row = Readonly<Record<string, SQLInputValue>>;

/** How much of a damaged store could be read and lies in the new one. */
export type Salvaged = { readonly legs: number; readonly reports: number };

/** Legs that somebody still waits for: live ones, those on their way to a shared store, those whose report is not settled. */
const WANTED_LEGS = new Set(['waiting', 'queued', 'refused']);
const WANTED_REPORTS = new Set(['queued', 'refused', 'expired']);

/** What hangs on a leg, by the column that names it; the legs themselves come first. */
const PARTS = {
  reports: 'media_leg_id',
  identifiers: 'media_leg_id',
  attempts: 'media_leg_id',
  series: 'media_leg_id',
  streams: 'leg_key',
  measured: 'leg_key',
  cursors: 'leg_key',
} as const;

/** What hangs on no leg of this file: by what a fleet knows it, records to be read, and of legs handed over their names and outcomes not told yet. */
const WHOLE = ['agent', 'call_records', 'handed', 'outcomes'];

/**
 * Copies what is still owed out of a damaged store, row by row as far as it can be read: from the front, and from the
 * back. What has been settled stays where it is, for whoever wants to recover it with SQLite's own means.
 */
export function salvage(damagedPath: string, fresh: DatabaseSync): void {
  const damaged = new DatabaseSync(damagedPath, { timeout: 250 });
  try {
    take(damaged);
    const reports = readable(damaged, 'reports');
    const owed = new Set(reports.filter(({ state }) => WANTED_REPORTS.has(String(state))).map(idOf));
    const legs = readable(damaged, 'legs').filter(
      (row) =>
        row['state'] === 'live' ||
        row['handing'] === 1 ||
        WANTED_LEGS.has(String(row['delivery_state'])) ||
        owed.has(idOf(row)),
    );
    copy(damaged, fresh, legs);
  } finally {
    damaged.close();
  }
}

/** How much lies in a new store. */
export function contents(fresh: DatabaseSync): Salvaged {
  const count = (table: string) => Number(fresh.prepare(`select count(*) as rows from ${table}`).get()?.['rows']);
  return { legs: count('legs'), reports: count('reports') };
}

/** For this process alone, as far as it can be: where that shows the damage, it is nobody else's either. */
function take(damaged: DatabaseSync): void {
  try {
    damaged.exec('pragma locking_mode = exclusive; begin exclusive; commit');
  } catch (error) {
    if (resultCode(error) === BUSY) throw error;
  }
}

const idOf = (row: Row): SQLInputValue => row['media_leg_id'] ?? null;

function copy(damaged: DatabaseSync, fresh: DatabaseSync, legs: readonly Row[]): void {
  const ids = new Set(legs.map(idOf));
  const keys = new Set(legs.map((row) => row['key'] ?? null));
  fresh.exec('pragma foreign_keys = off; begin immediate');
  insert(fresh, 'legs', legs);
  for (const [table, column] of Object.entries(PARTS)) {
    const wanted = column === 'leg_key' ? keys : ids;
    const rows = readable(damaged, table).filter((row) => wanted.has(row[column] ?? null));
    insert(fresh, table, rows);
  }
  for (const table of WHOLE) insert(fresh, table, readable(damaged, table));
  // A lease of the agent that had the damaged store is over with it.
  const unleased = 'set lease_owner = null, lease_until = null';
  fresh.exec(`update reports ${unleased}; update call_records ${unleased}; commit; pragma foreign_keys = on`);
}

/** Every row that can be read; one that comes from both ends counts once. */
function readable(damaged: DatabaseSync, table: string): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const order of ['', backwards(damaged, table)]) {
    if (order === undefined) break;
    try {
      for (const row of damaged.prepare(`select * from ${table} ${order}`).iterate()) {
        // Of node:sqlite: values of a row are what can be written again.
        const read = row as Row;
        rows.set(JSON.stringify(Object.values(read).slice(0, 4).map(String)), read);
      }
      break;
    } catch {
      // Damaged from here on: the rest is tried from the other end.
    }
  }
  return [...rows.values()];
}

function backwards(damaged: DatabaseSync, table: string): string | undefined {
  try {
    const columns = damaged.prepare(`pragma table_info(${table})`).all();
    const primary = columns.filter(({ pk }) => Number(pk) > 0).sort((a, b) => Number(a['pk']) - Number(b['pk']));
    return `order by ${primary.map(({ name }) => `${name} desc`).join(', ')}`;
  } catch {
    return undefined;
  }
}

function insert(fresh: DatabaseSync, table: string, rows: readonly Row[]): void {
  const known = new Set(
    fresh
      .prepare(`pragma table_info(${table})`)
      .all()
      .map(({ name }) => String(name)),
  );
  for (const row of rows) {
    const columns = Object.keys(row).filter((name) => known.has(name));
    const places = columns.map(() => '?').join(', ');
    const statement = fresh.prepare(`insert or ignore into ${table} (${columns.join(', ')}) values (${places})`);
    try {
      statement.run(...columns.map((name) => row[name] ?? null));
    } catch (error) {
      // Values may be damaged without breaking the page: strict tables refuse them. A full disk is another matter.
      if (!REFUSED.has(resultCode(error) ?? -1)) throw error;
    }
  }
}

const BUSY = 5;
/** Constraints, and values of another type or too long. */
const REFUSED: ReadonlySet<number> = new Set([18, 19, 20]);

/** The primary result code of SQLite. */
function resultCode(error: unknown): number | undefined {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
}
