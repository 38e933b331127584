import { type RawBuilder, type Selectable, sql } from 'kysely';
import type { CallRecord } from '../model/call-record.ts';
import { greatest, isPostgres } from './engine.ts';
import { canonical } from './identifiers.ts';
import type { Db, Tables } from './schema.ts';
import { plus, type Time } from './shared-clock.ts';
import type { CallRecordTask, CallRecordTurn, ClaimAsk, ClaimedTask, StoredRecord } from './store.ts';

type Row = Selectable<Tables['call_records']>;

const unleased = { lease_owner: null, lease_until: null } as const;

/** What was read is kept, and may have sessions more by now. */
const askedAnew = sql<Row['state']>`case when call_records.version is null then 'waiting' else 'read' end`;

/**
 * Several legs of one call owe one reading of its record, counted from the end of the last, as the tenant told last: the
 * record is made when the call is over. Who is just reading for an earlier leg loses it.
 */
export async function oweCallRecord(db: Db, task: CallRecordTask, ahead: Time = 0): Promise<void> {
  const { callChainId, tenantId, dueAt, endedAt = dueAt } = task;
  const due = { tenant_id: tenantId, ended_at: endedAt, due_at: plus(ahead, dueAt) };
  await db
    .insertInto('call_records')
    .values({ call_chain_id: canonical(callChainId), ...due, state: 'waiting' })
    .onConflict((conflict) =>
      conflict
        .column('call_chain_id')
        .doUpdateSet(({ eb, ref }) => ({
          ...due,
          ...unleased,
          state: askedAnew,
          attempts: 0,
          fence: eb(ref('call_records.fence'), '+', 1),
        }))
        .where(({ eb, or }) =>
          or([eb('call_records.ended_at', '<', endedAt), eb('call_records.tenant_id', '<>', tenantId)]),
        ),
    )
    .execute();
}

/** Makes one that is known due again, as if it had never been asked for; who is just reading it loses it. False: unknown. */
export async function askAgain(db: Db, task: CallRecordTask, ahead: Time = 0): Promise<boolean> {
  const { callChainId, tenantId, dueAt } = task;
  const result = await db
    .updateTable('call_records')
    .set(({ eb, ref }) => ({
      ...{ tenant_id: tenantId, due_at: plus(ahead, dueAt), attempts: 0, ...unleased },
      state: askedAnew,
      fence: eb(ref('fence'), '+', 1),
    }))
    .where('call_chain_id', '=', canonical(callChainId))
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** The same; one that is not known is owed from now on. */
export async function askCallRecord(db: Db, task: CallRecordTask): Promise<void> {
  if (!(await askAgain(db, task))) await oweCallRecord(db, task);
}

/** Takes what is due for one reader until its lease ends. `dueNow`: by one clock for all who share them. Epoch seconds. */
export async function claimCallRecords(
  db: Db,
  { owner, limit, leaseSeconds, heldTenants }: ClaimAsk,
  dueNow: Time,
): Promise<readonly ClaimedTask[]> {
  const due = await db
    .selectFrom('call_records')
    .select(['call_chain_id', 'tenant_id', 'ended_at', 'state', 'attempts', 'version', 'fence'])
    .where('due_at', '<=', dueNow)
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', dueNow)]))
    .$if(heldTenants.length > 0, (tasks) => tasks.where('tenant_id', 'not in', heldTenants))
    .orderBy('due_at')
    .orderBy('call_chain_id')
    .limit(limit)
    .$if(isPostgres(db), (tasks) => tasks.forUpdate().skipLocked())
    .execute();
  if (due.length === 0) return [];
  const ids = due.map((row) => row.call_chain_id);
  const lease = { lease_owner: owner, lease_until: plus(dueNow, leaseSeconds) };
  await db
    .updateTable('call_records')
    .set(({ eb, ref }) => ({ ...lease, fence: eb(ref('fence'), '+', 1) }))
    .where('call_chain_id', 'in', ids)
    .execute();
  return due.map((row) => ({
    callChainId: row.call_chain_id,
    tenantId: row.tenant_id,
    endedAt: row.ended_at,
    state: row.state,
    attempts: row.attempts,
    ...(row.version !== null && { version: row.version }),
    fence: row.fence + 1,
  }));
}

/**
 * Writes down what an attempt left; undefined where there is no such call. `ahead`: by how much the clock by which it is due
 * is ahead of ours. Seconds.
 */
export async function settleCallRecord(
  db: Db,
  callChainId: string,
  fence: number,
  { at, state, attempts, dueAt, record }: CallRecordTurn,
  ahead: Time = 0,
): Promise<boolean | undefined> {
  const id = canonical(callChainId);
  const row = await db
    .selectFrom('call_records')
    .select(['fence', 'lease_owner', 'version'])
    .where('call_chain_id', '=', id)
    .$if(isPostgres(db), (tasks) => tasks.forUpdate())
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.fence !== fence || row.lease_owner === null) return false;
  const isNewer = record !== undefined && (row.version === null || record.version >= row.version);
  await db
    .updateTable('call_records')
    .set({ state, attempts, due_at: dueAt === undefined ? null : plus(ahead, dueAt), read_at: at, ...unleased })
    .$if(isNewer, (tasks) => tasks.set({ version: record?.version ?? 0, body: JSON.stringify(record), masked: 0 }))
    .where('call_chain_id', '=', id)
    .execute();
  return true;
}

/** What is known of a call's record. */
export async function findCallRecord(db: Db, callChainId: string): Promise<StoredRecord | undefined> {
  const rows = db.selectFrom('call_records').selectAll().where('call_chain_id', '=', canonical(callChainId));
  const row = await rows.executeTakeFirst();
  return row && toStored(row);
}

function toStored(row: Row): StoredRecord {
  return {
    callChainId: row.call_chain_id,
    tenantId: row.tenant_id,
    state: row.state,
    ...(row.read_at !== null && { readAt: row.read_at }),
    ...(row.due_at !== null && { dueAt: row.due_at }),
    // Written from a CallRecord only.
    ...(row.body !== null && { record: JSON.parse(row.body) as CallRecord }),
  };
}

/** When the earliest is due, or its lease ends. `ahead`: by how much the clock of what is due and of the leases is ahead of ours. Seconds. */
export async function nextCallRecordAt(db: Db, ahead: Time = 0): Promise<number | undefined> {
  const leased = sql<number>`coalesce(lease_until - ${ahead}, 0)`;
  const row = await db
    .selectFrom('call_records')
    .select(sql<number | null>`min(${greatest(db, sql<number>`due_at - ${ahead}`, leased)})`.as('free'))
    .where('due_at', 'is not', null)
    .executeTakeFirst();
  return row?.free ?? undefined;
}

/** Frees what `owner` was reading in an earlier life. */
export async function voidCallRecordLeases(db: Db, owner: string): Promise<void> {
  await db
    .updateTable('call_records')
    .set(({ eb, ref }) => ({ ...unleased, fence: eb(ref('fence'), '+', 1) }))
    .where('lease_owner', '=', owner)
    .execute();
}

/**
 * Takes over what another store has of calls. Of one that both have: the newer version of the record, whoever asked for it, and
 * what is still to be asked as the later leg left it; who is just reading for an earlier leg loses it. `ahead`: by how much
 * the clock by which all is due here is ahead of that of the host they come from, seconds.
 */
export async function importCallRecords(db: Db, rows: readonly Row[], ahead: Time = 0): Promise<void> {
  // In one order, so that two agents never wait for each other.
  for (const row of rows.toSorted((a, b) => (a.call_chain_id < b.call_chain_id ? -1 : 1)))
    await db
      .insertInto('call_records')
      .values({ ...row, due_at: row.due_at === null ? null : plus(ahead, row.due_at) })
      .onConflict((conflict) => conflict.column('call_chain_id').doUpdateSet(merged).where(whereSomethingIsNew))
      .execute();
}

const isLater = sql<boolean>`excluded.ended_at > call_records.ended_at`;
const isNewer = sql<boolean>`excluded.version > coalesce(call_records.version, -1)`;
const whereSomethingIsNew = sql<boolean>`(${isLater} or ${isNewer})`;

/** The columns of a call that both have. What was read once stays read, whatever was asked for since. */
const merged = {
  ...taken(isLater, ['tenant_id', 'ended_at', 'due_at']),
  ...taken(isNewer, ['version', 'body', 'masked']),
  read_at: sql<number | null>`coalesce(excluded.read_at, call_records.read_at)`,
  state: sql<
    Row['state']
  >`case when ${isNewer} or call_records.version is not null then 'read' else excluded.state end`,
  attempts: sql<number>`case when ${isLater} then 0 else call_records.attempts end`,
  lease_owner: sql<string | null>`case when ${isLater} then null else call_records.lease_owner end`,
  lease_until: sql<number | null>`case when ${isLater} then null else call_records.lease_until end`,
  fence: sql<number>`call_records.fence + case when ${isLater} then 1 else 0 end`,
};

function taken<K extends keyof Row>(
  where: RawBuilder<boolean>,
  columns: readonly K[],
): { [P in K]: RawBuilder<Row[P]> } {
  const cases = columns.map((column) => [
    column,
    sql`case when ${where} then ${sql.ref(`excluded.${column}`)} else ${sql.ref(`call_records.${column}`)} end`,
  ]);
  return Object.fromEntries(cases) as { [P in K]: RawBuilder<Row[P]> }; // the columns that were given
}
