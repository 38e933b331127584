import type { DatabaseSync } from 'node:sqlite';
import { OtherlegError } from '../model/error.ts';

/**
 * Schema versions, oldest first: each is one transaction, and none changes once released.
 *
 * `measured` lies on disk leg by leg, intervals beside presence: a tick touches one page of each live leg, and the end of
 * a leg one run of pages. `slot` = start in microseconds since the epoch, an integer so that it is found again exactly.
 */
const versions: readonly string[] = [
  `
  create table legs (
    key integer primary key,
    media_leg_id text not null unique,
    revision integer not null,
    owner text not null,
    state text not null,
    started_at real not null,
    ended_at real,
    device_name text not null,
    device_configured text,
    room text,
    gateway text,
    severity real,
    delivery_state text not null,
    delivery_reason text,
    delivery_at real,
    body text not null
  ) strict;
  create index legs_newest on legs (started_at, media_leg_id);
  create index legs_worst on legs (coalesce(severity, -1), started_at, media_leg_id);
  create index legs_state on legs (state, ended_at);

  create table identifiers (
    value text not null,
    media_leg_id text not null references legs (media_leg_id) on delete cascade,
    alias integer not null,
    primary key (value, media_leg_id)
  ) strict, without rowid;
  create index identifiers_leg on identifiers (media_leg_id);

  create table streams (
    key integer primary key,
    leg_key integer not null references legs (key) on delete cascade,
    stream_id text not null,
    live integer not null default 1,
    body text not null
  ) strict;
  create index streams_leg on streams (leg_key);
  create unique index streams_live on streams (stream_id) where live = 1;

  create table measured (
    leg_key integer not null references legs (key) on delete cascade,
    slot integer not null,
    part text not null,
    number integer not null,
    body text not null,
    primary key (leg_key, slot, part, number)
  ) strict, without rowid;

  create table cursors (
    leg_key integer primary key references legs (key) on delete cascade,
    body text not null
  ) strict;

  create table series (
    media_leg_id text primary key references legs (media_leg_id) on delete cascade,
    body blob not null
  ) strict;

  create table reports (
    media_leg_id text primary key references legs (media_leg_id) on delete cascade,
    tenant_id text not null,
    call_chain_id text not null,
    body text not null,
    created_at real not null,
    state text not null,
    reason text,
    at real not null,
    due_at real not null,
    attempts integer not null,
    fence integer not null,
    lease_owner text,
    lease_until real,
    last text
  ) strict;
  create index reports_due on reports (state, due_at);
  create index reports_newest on reports (created_at, media_leg_id);

  create table attempts (
    media_leg_id text not null references reports (media_leg_id) on delete cascade,
    number integer not null,
    body text not null,
    primary key (media_leg_id, number)
  ) strict, without rowid;

  create table call_records (
    call_chain_id text primary key,
    tenant_id text not null,
    due_at real not null
  ) strict;

  create table agent (
    id integer primary key,
    owner text not null,
    at real not null
  ) strict;
  `,
  `
  alter table legs add column handing integer not null default 0;
  alter table legs add column copied_at real;
  create index legs_handing on legs (handing) where handing = 1;

  create table agents (
    owner text primary key,
    instance text not null,
    lease_until real not null
  ) strict, without rowid;

  alter table agent add column instance text;

  create table outcomes (
    media_leg_id text not null,
    fence integer not null,
    body text not null,
    primary key (media_leg_id, fence)
  ) strict, without rowid;

  create table handed (
    media_leg_id text primary key,
    at real not null
  ) strict, without rowid;

  create table mirrored (
    leg_key integer not null references legs (key) on delete cascade,
    minute integer not null,
    body text not null,
    primary key (leg_key, minute)
  ) strict, without rowid;
  `,
  // Nothing was ever written into the one before.
  `
  drop table call_records;
  create table call_records (
    call_chain_id text primary key,
    tenant_id text not null,
    ended_at real not null,
    state text not null,
    due_at real,
    attempts integer not null default 0,
    fence integer not null default 0,
    lease_owner text,
    lease_until real,
    read_at real,
    version real,
    body text
  ) strict;
  create index call_records_due on call_records (due_at) where due_at is not null;
  create index call_records_ended on call_records (ended_at);
  `,
  // The legs of a room are few of many: without it a list of them looks through all.
  `
  create index legs_room on legs (room, started_at, media_leg_id);
  `,
  `
  alter table legs add column masked integer not null default 0;
  create index legs_unmasked on legs (ended_at) where masked = 0 and state = 'ended';
  alter table call_records add column masked integer not null default 0;
  `,
  `
  alter table agents add column host text;
  `,
];

/** Brings the schema up to date. Refuses one that a newer otherleg wrote, untouched. */
export function migrate(database: DatabaseSync): void {
  const found = Number(database.prepare('pragma user_version').get()?.['user_version']);
  if (found > versions.length) {
    throw new OtherlegError(
      'STORE_FAILED',
      `the store has schema ${found}, this otherleg knows up to ${versions.length}`,
      {
        hint: 'start the otherleg that wrote it or a newer one, or give this one a store of its own (store.url)',
      },
    );
  }
  for (const [index, statements] of versions.entries()) {
    if (index < found) continue;
    database.exec(`begin immediate; ${statements} pragma user_version = ${index + 1}; commit`);
  }
}
