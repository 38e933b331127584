import type { Selectable } from 'kysely';
import { importCallRecords } from './call-records.ts';
import type { Db, Tables } from './schema.ts';
import { plus, type Time } from './shared-clock.ts';

/*
 * How an ended leg goes from an agent's own file to the shared database: read, written there, marked here, committed
 * there, forgotten here. Each function is a part of one transaction; handover-run.ts has their order, and why.
 */

type Row<Table extends keyof Tables> = Selectable<Tables[Table]>;

/** All that lies of one ended leg, row by row. */
export type Handover = {
  readonly leg: Omit<Row<'legs'>, 'key' | 'handing' | 'copied_at' | 'masked'>;
  readonly identifiers: readonly Row<'identifiers'>[];
  readonly series: Row<'series'>;
  readonly report?: Row<'reports'>;
  readonly attempts: readonly Row<'attempts'>[];
  readonly callRecords: readonly Row<'call_records'>[];
};

export type ExportAsk = {
  /** Those that were marked before, or those that are free: ended, packed, and nobody is sending their report. */
  readonly marked: boolean;
  readonly limit: number;
  /** Not these. */
  readonly except?: readonly string[];
};

/** Legs that may be handed over, the longest ended first. Changes nothing. */
export async function exportEnded(db: Db, { marked, limit, except = [] }: ExportAsk): Promise<readonly Handover[]> {
  const rows = await ready(db, { marked, limit, except });
  return readAll(
    db,
    rows.map(({ media_leg_id }) => media_leg_id),
  );
}

/** The leg that `exportEnded` would begin with. */
export async function nextToHandOver(db: Db, except: readonly string[]): Promise<string | undefined> {
  const [row] = await ready(db, { marked: false, limit: 1, except });
  return row?.media_leg_id;
}

function ready(db: Db, { marked, limit, except = [] }: ExportAsk): Promise<readonly { media_leg_id: string }[]> {
  return db
    .selectFrom('legs')
    .innerJoin('series', 'series.media_leg_id', 'legs.media_leg_id')
    .leftJoin('reports', 'reports.media_leg_id', 'legs.media_leg_id')
    .select('legs.media_leg_id')
    .where('legs.state', '=', 'ended')
    .where('legs.handing', '=', marked ? 1 : 0)
    .$if(!marked, (legs) => legs.where('reports.lease_owner', 'is', null))
    .$if(except.length > 0, (legs) => legs.where('legs.media_leg_id', 'not in', except))
    .orderBy('legs.ended_at')
    .limit(limit)
    .execute();
}

async function readAll(db: Db, ids: readonly string[]): Promise<readonly Handover[]> {
  if (ids.length === 0) return [];
  const read = <Table extends 'identifiers' | 'series' | 'attempts'>(table: Table) =>
    db
      .selectFrom(table as 'series')
      .selectAll()
      .where('media_leg_id', 'in', ids)
      .execute() as Promise<unknown> as Promise<Row<Table>[]>; // they all have the column
  const owned = await readOwned(db, ids);
  const identifiers = grouped(await read('identifiers'));
  const series = grouped(await read('series'));
  const attempts = grouped(await read('attempts'));
  const tasks = await db
    .selectFrom('call_records')
    .innerJoin('identifiers', 'identifiers.value', 'call_records.call_chain_id')
    .selectAll('call_records')
    .select('identifiers.media_leg_id')
    .where('identifiers.media_leg_id', 'in', ids)
    .execute();
  const callRecords = grouped(tasks);
  return ids.flatMap((id) => {
    const of = owned.get(id);
    const [packed] = series.get(id) ?? [];
    if (of === undefined || packed === undefined) return [];
    return {
      ...of,
      identifiers: identifiers.get(id) ?? [],
      series: packed,
      attempts: attempts.get(id) ?? [],
      callRecords: (callRecords.get(id) ?? []).map(({ media_leg_id: _, ...task }) => task),
    };
  });
}

/** What may still change of an ended leg: its own row and that of its report. */
async function readOwned(db: Db, ids: readonly string[]): Promise<Map<string, Pick<Handover, 'leg' | 'report'>>> {
  const legs = await db.selectFrom('legs').selectAll().where('media_leg_id', 'in', ids).execute();
  const reports = await db.selectFrom('reports').selectAll().where('media_leg_id', 'in', ids).execute();
  const byId = new Map(reports.map((report) => [report.media_leg_id, report]));
  return new Map(
    legs.map(({ key: _key, handing: _handing, copied_at: _copied, masked: _masked, ...leg }) => {
      const report = byId.get(leg.media_leg_id);
      return [leg.media_leg_id, { leg, ...(report && { report }) }];
    }),
  );
}

/**
 * From here on nobody claims these reports here or changes these legs. Answers the ids of those that are still as they
 * were read; the others are left alone.
 */
export async function markHanding(db: Db, handovers: readonly Handover[]): Promise<readonly string[]> {
  const ids = handovers.map(({ leg }) => leg.media_leg_id);
  const now = await readOwned(db, ids);
  const unchanged = handovers.filter(({ leg, report }) => {
    const owned = now.get(leg.media_leg_id);
    return owned !== undefined && same([owned.leg, owned.report], [leg, report]);
  });
  const marked = unchanged.map(({ leg }) => leg.media_leg_id);
  await setHanding(db, marked, 1);
  return marked;
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The handover did not come about: all goes on here. */
export function unmarkHanding(db: Db, ids: readonly string[]): Promise<void> {
  return setHanding(db, ids, 0);
}

async function setHanding(db: Db, ids: readonly string[], handing: 0 | 1): Promise<void> {
  if (ids.length === 0) return;
  await db.updateTable('legs').set({ handing }).where('media_leg_id', 'in', ids).execute();
}

/**
 * Takes legs over, in place of the copies there may be of them. One that lies here already stays as it is: it may have
 * been delivered since. `ahead`: by how much the clock by which all is due here is ahead of that of the host they come
 * from, seconds. Answers the ids of those that came.
 */
export async function importEnded(db: Db, handovers: readonly Handover[], ahead: Time = 0): Promise<readonly string[]> {
  if (handovers.length === 0) return [];
  // In one order, so that two agents never wait for each other.
  const sorted = [...handovers].sort((a, b) => (a.leg.media_leg_id < b.leg.media_leg_id ? -1 : 1));
  const rows = await upsertLegs(
    db,
    sorted.map(({ leg }) => ({ ...leg, copied_at: null, handing: 0 })),
  );
  const came = rows.map(({ media_leg_id }) => media_leg_id);
  await importRest(
    db,
    sorted.filter(({ leg }) => came.includes(leg.media_leg_id)),
    ahead,
  );
  return came;
}

/** Writes legs new or over their copies, never over a leg that lies here itself; answers those that were written. */
export async function upsertLegs(
  db: Db,
  legs: readonly (Handover['leg'] & { readonly copied_at: Time | null; readonly handing?: 0 | 1 })[],
): Promise<readonly { readonly key: number; readonly media_leg_id: string }[]> {
  const columns = Object.keys(legs[0] ?? {}) as (keyof Handover['leg'])[]; // their own keys
  return db
    .insertInto('legs')
    .values(legs.map(storable))
    .onConflict((conflict) =>
      conflict
        .column('media_leg_id')
        .doUpdateSet(({ ref }) => Object.fromEntries(columns.map((column) => [column, ref(`excluded.${column}`)])))
        .where('legs.copied_at', 'is not', null),
    )
    .returning(['key', 'media_leg_id'])
    .execute();
}

async function importRest(db: Db, handovers: readonly Handover[], ahead: Time): Promise<void> {
  const ids = handovers.map(({ leg }) => leg.media_leg_id);
  if (ids.length === 0) return;
  const keys = db.selectFrom('legs').select('key').where('media_leg_id', 'in', ids);
  await db.deleteFrom('mirrored').where('leg_key', 'in', keys).execute();
  await db.deleteFrom('identifiers').where('media_leg_id', 'in', ids).execute();
  const reports = handovers.flatMap(({ report }) =>
    report ? [{ ...report, due_at: plus(ahead, report.due_at) }] : [],
  );
  const identifiers = handovers.flatMap((each) => each.identifiers);
  const attempts = handovers.flatMap((each) => each.attempts);
  const callRecords = handovers.flatMap((each) => each.callRecords);
  await db
    .insertInto('series')
    .values(handovers.map(({ series }) => series))
    .execute();
  if (identifiers.length > 0) await db.insertInto('identifiers').values(identifiers.map(storable)).execute();
  if (reports.length > 0) await db.insertInto('reports').values(reports.map(storable)).execute();
  if (attempts.length > 0) await db.insertInto('attempts').values(attempts.map(storable)).execute();
  await importCallRecords(db, callRecords.map(storable), ahead);
}

/** Gives back what the same transaction has just taken over. */
export async function withdrawImported(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.deleteFrom('legs').where('media_leg_id', 'in', ids).execute();
}

/** Drops what lies in the shared database now, and remembers that it does. */
export async function forgetHanded(db: Db, handovers: readonly Handover[], now: number): Promise<void> {
  const ids = handovers.map(({ leg }) => leg.media_leg_id);
  if (ids.length === 0) return;
  await db
    .insertInto('handed')
    .values(ids.map((media_leg_id) => ({ media_leg_id, at: now })))
    .onConflict((conflict) => conflict.column('media_leg_id').doUpdateSet({ at: now }))
    .execute();
  // One that was claimed since it was read stays, and is read from here.
  for (const { call_chain_id, fence } of handovers.flatMap(({ callRecords }) => callRecords)) {
    const same = db.deleteFrom('call_records').where('call_chain_id', '=', call_chain_id);
    await same.where('fence', '=', fence).execute();
  }
  await db.deleteFrom('legs').where('media_leg_id', 'in', ids).where('handing', '=', 1).execute();
}

/** PostgreSQL takes no character 0 in a text, SQLite does, and a device may send one. */
export function storable<Values extends object>(row: Values): Values {
  const clean = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value,
  ]);
  return Object.fromEntries(clean) as Values; // the same members
}

function grouped<R extends { readonly media_leg_id: string }>(rows: readonly R[]): Map<string, R[]> {
  return Map.groupBy(rows, ({ media_leg_id }) => media_leg_id);
}
