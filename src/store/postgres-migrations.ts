import { type Kysely, sql } from 'kysely';
import { OtherlegError } from '../model/error.ts';

/**
 * Schema versions, oldest first; none changes once released. The same tables as in migrations.ts, which says what they hold.
 *
 * Agents of two releases share one database while a fleet is upgraded, host by host. So a version only adds what the
 * release before can do without (expand): columns with a default, tables, indexes. What it no longer uses is removed one
 * release later (contract), and that version names the oldest release's schema that can live with it in `worksFrom`.
 *
 * Text is compared by its octets (`collate "C"`): the order of a page must not depend on where the database was made.
 */
const versions: readonly { readonly worksFrom: number; readonly statements: string }[] = [
  {
    worksFrom: 1,
    statements: `
  create table legs (
    key bigint generated always as identity primary key,
    media_leg_id text collate "C" not null unique,
    revision integer not null,
    owner text collate "C" not null,
    state text collate "C" not null,
    started_at double precision not null,
    ended_at double precision,
    device_name text not null,
    device_configured text,
    room text,
    gateway text,
    severity double precision,
    delivery_state text not null,
    delivery_reason text,
    delivery_at double precision,
    body text not null,
    handing smallint not null default 0,
    copied_at double precision
  );
  create index legs_newest on legs (started_at, media_leg_id);
  create index legs_worst on legs (coalesce(severity, -1), started_at, media_leg_id);
  create index legs_state on legs (state, ended_at);

  create table identifiers (
    value text collate "C" not null,
    media_leg_id text collate "C" not null references legs (media_leg_id) on delete cascade,
    alias smallint not null,
    primary key (value, media_leg_id)
  );
  create index identifiers_leg on identifiers (media_leg_id);

  create table streams (
    key bigint generated always as identity primary key,
    leg_key bigint not null references legs (key) on delete cascade,
    stream_id text collate "C" not null,
    live smallint not null default 1,
    body text not null
  );
  create index streams_leg on streams (leg_key);
  create unique index streams_live on streams (stream_id) where live = 1;

  create table measured (
    leg_key bigint not null references legs (key) on delete cascade,
    slot bigint not null,
    part text collate "C" not null,
    number bigint not null,
    body text not null,
    primary key (leg_key, slot, part, number)
  );

  create table cursors (
    leg_key bigint primary key references legs (key) on delete cascade,
    body text not null
  );

  create table series (
    media_leg_id text collate "C" primary key references legs (media_leg_id) on delete cascade,
    body bytea not null
  );
  alter table series alter column body set storage external;

  create table reports (
    media_leg_id text collate "C" primary key references legs (media_leg_id) on delete cascade,
    tenant_id text not null,
    call_chain_id text not null,
    body text not null,
    created_at double precision not null,
    state text not null,
    reason text,
    at double precision not null,
    due_at double precision not null,
    attempts integer not null,
    fence integer not null,
    lease_owner text,
    lease_until double precision,
    last text
  );
  create index reports_due on reports (due_at) where state = 'queued';
  create index reports_newest on reports (created_at, media_leg_id);

  create table attempts (
    media_leg_id text collate "C" not null references reports (media_leg_id) on delete cascade,
    number integer not null,
    body text not null,
    primary key (media_leg_id, number)
  );

  create table call_records (
    call_chain_id text collate "C" primary key,
    tenant_id text not null,
    due_at double precision not null
  );

  create table agent (
    id integer primary key,
    owner text not null,
    at double precision not null,
    instance text
  );

  create table outcomes (
    media_leg_id text collate "C" not null,
    fence integer not null,
    body text not null,
    primary key (media_leg_id, fence)
  );

  create table agents (
    owner text collate "C" primary key,
    instance text not null,
    lease_until double precision not null
  );

  create table handed (
    media_leg_id text collate "C" primary key,
    at double precision not null
  );

  create table mirrored (
    leg_key bigint not null references legs (key) on delete cascade,
    minute bigint not null,
    body text not null,
    primary key (leg_key, minute)
  );
  `,
  },
  {
    worksFrom: 1,
    statements: `
  alter table call_records
    alter column due_at drop not null,
    add column ended_at double precision not null default 0,
    add column state text not null default 'waiting',
    add column attempts integer not null default 0,
    add column fence integer not null default 0,
    add column lease_owner text,
    add column lease_until double precision,
    add column read_at double precision,
    add column version double precision,
    add column body text;
  create index call_records_due on call_records (due_at) where due_at is not null;
  create index call_records_ended on call_records (ended_at);
  `,
  },
  {
    worksFrom: 1,
    statements: `
  create index legs_room on legs (room, started_at, media_leg_id);
  `,
  },
  {
    worksFrom: 1,
    statements: `
  alter table legs add column masked smallint not null default 0;
  create index legs_unmasked on legs (ended_at) where masked = 0 and state = 'ended';
  alter table call_records add column masked smallint not null default 0;
  `,
  },
  {
    worksFrom: 1,
    statements: `
  alter table agents add column host text;
  `,
  },
];

/** "otlg": the lock under which one agent at a time changes the schema. */
const LOCK = 0x6f746c67;

/** How long an index over a large table may take. Milliseconds. */
export const MIGRATION_PATIENCE = 3_600_000;

/**
 * Its own times, whatever the role, the database or the URL sets. What waits for a lock keeps all behind it waiting: that is
 * given up soon and tried again.
 */
const OWN_TIMES = `
  set local statement_timeout = ${MIGRATION_PATIENCE};
  set local lock_timeout = 5000;
  set local idle_in_transaction_session_timeout = 15000`;

/** Whether the schema has to be brought up to date. Rejects where it is too new to live with. */
export async function isBehind<T>(db: Kysely<T>): Promise<boolean> {
  return ((await found(db))?.version ?? 0) < versions.length;
}

/** Brings the schema up to date, one agent at a time. The connection must wait as long as `MIGRATION_PATIENCE`. */
export async function migratePostgres<T>(db: Kysely<T>): Promise<void> {
  await db.transaction().execute(async (within) => {
    await sql.raw(OWN_TIMES).execute(within);
    await sql`select pg_advisory_xact_lock(${LOCK})`.execute(within);
    const there = await found(within);
    if (there === undefined)
      await sql`create table otherleg_schema (version integer primary key, works_from integer not null)`.execute(
        within,
      );
    const version = there?.version ?? 0;
    for (const [index, { worksFrom, statements }] of versions.entries()) {
      if (index < version) continue;
      await sql.raw(statements).execute(within);
      await sql`insert into otherleg_schema (version, works_from) values (${index + 1}, ${worksFrom})`.execute(within);
    }
  });
}

/** Undefined where there is none yet; rejects where it is too new to live with. */
async function found<T>(db: Kysely<T>): Promise<{ readonly version: number } | undefined> {
  const { rows: there } = await sql<{ there: boolean }>`
    select to_regclass('otherleg_schema') is not null as there`.execute(db);
  // Asked first, because a user that may not create tables may well work with those there are.
  if (there[0]?.there !== true) return undefined;
  const { rows } = await sql<{ version: number; works_from: number }>`
    select version, works_from from otherleg_schema order by version desc limit 1`.execute(db);
  const { version, works_from: worksFrom } = rows[0] ?? { version: 0, works_from: 0 };
  if (version > versions.length && worksFrom > versions.length) throw tooNew(version);
  return { version };
}

function tooNew(found: number): OtherlegError {
  const message = `the shared store has schema ${found}, this otherleg knows up to ${versions.length}`;
  return new OtherlegError('STORE_FAILED', message, { hint: 'upgrade this otherleg to the release of the others' });
}
