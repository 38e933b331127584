import type { Generated, Kysely } from 'kysely';
import type { Media } from '../model/channel.ts';

/** The tables, as migrations.ts makes them. JSON lies in text columns, times are epoch seconds unless said otherwise. */
export type Tables = {
  legs: LegsTable;
  identifiers: { media_leg_id: string; value: string; alias: 0 | 1 };
  /** `live`: its leg has not ended, so that it may still grow. */
  streams: { key: Generated<number>; leg_key: number; stream_id: string; live: Generated<0 | 1>; body: string };
  measured: MeasuredTable;
  cursors: { leg_key: number; body: string };
  series: { media_leg_id: string; body: Uint8Array };
  reports: ReportsTable;
  attempts: { media_leg_id: string; number: number; body: string };
  call_records: CallRecordsTable;
  /** `instance`: made with the file, so that an agent which comes back on it is known from another of its name. */
  agent: { id: number; owner: string; at: number; instance: string | null };
  /** How attempts ended at reports of the shared database, while that cannot be told. */
  outcomes: { media_leg_id: string; fence: number; body: string };
  /** Until when each agent of a fleet is known to live, which life of it that is, and on which start of which host. */
  agents: { owner: string; instance: string; lease_until: number; host: string | null };
  /** Legs that lie in the shared database now, since when. */
  handed: { media_leg_id: string; at: number };
  /** Copies of what live legs of other hosts measured: a text of all that lies in one minute (mirror.ts). */
  mirrored: { leg_key: number; minute: number; body: string };
};

/** `key` stands for the leg in the tables that get rows with every slot. */
type LegsTable = {
  key: Generated<number>;
  media_leg_id: string;
  revision: number;
  owner: string;
  state: 'live' | 'ended';
  started_at: number;
  ended_at: number | null;
  device_name: string;
  device_configured: string | null;
  room: string | null;
  gateway: string | null;
  severity: number | null;
  delivery_state: string;
  delivery_reason: string | null;
  delivery_at: number | null;
  body: string;
  /** On its way into the shared database: nothing here changes it any more. Of a copy: its agent has ended it (copies.ts). */
  handing: Generated<0 | 1>;
  /** A copy of a leg that lies with its agent, as it was at that time. In an agent's own file: there may be such a copy. */
  copied_at: number | null;
  /** No address is left in it, nor in what hangs on it (masking.ts). */
  masked: Generated<0 | 1>;
};

/** `part` stream: `number` is its key, `body` an interval. Else a media with its channel index, and presence. */
type MeasuredTable = { leg_key: number; slot: number; part: 'stream' | Media; number: number; body: string };

type ReportsTable = {
  media_leg_id: string;
  tenant_id: string;
  call_chain_id: string;
  body: string;
  created_at: number;
  state: 'queued' | 'delivered' | 'refused' | 'expired' | 'dropped';
  reason: string | null;
  /** When the state began. */
  at: number;
  due_at: number;
  attempts: number;
  /** Grows with every claim; who comes with an older one has lost the report. */
  fence: number;
  lease_owner: string | null;
  lease_until: number | null;
  last: string | null;
};

type CallRecordsTable = {
  call_chain_id: string;
  tenant_id: string;
  /** When the last leg of ours ended. */
  ended_at: number;
  state: 'waiting' | 'read' | 'missing' | 'unreadable';
  /** Null: not read any more. */
  due_at: number | null;
  attempts: Generated<number>;
  /** Grows with every claim, and when another leg asks anew. */
  fence: Generated<number>;
  lease_owner: string | null;
  lease_until: number | null;
  read_at: number | null;
  version: number | null;
  body: string | null;
  masked: Generated<0 | 1>;
};

/** A connection or a transaction on it. */
export type Db = Kysely<Tables>;
