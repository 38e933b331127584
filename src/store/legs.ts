import type { DeliveryState, DeliveryStateName } from '../model/delivery.ts';
import type { Leg } from '../model/leg.ts';
import { isPostgres } from './engine.ts';
import { canonical, writeIdentifiers } from './identifiers.ts';
import type { Db } from './schema.ts';

/** What of a leg lies in `body`; the rest has columns of its own. */
type LegBody = Omit<Leg, 'mediaLegId' | 'revision' | 'state' | 'delivery'>;

/** Legs with what the outbox says of their report. */
export function selectLegs(db: Db) {
  return db
    .selectFrom('legs')
    .leftJoin('reports', 'reports.media_leg_id', 'legs.media_leg_id')
    .select(['legs.key', 'legs.media_leg_id', 'legs.revision', 'legs.state', 'legs.body', 'legs.started_at'])
    .select(['legs.handing', 'legs.copied_at'])
    .select(['legs.delivery_state', 'legs.delivery_reason', 'legs.delivery_at'])
    .select(['reports.state as report_state', 'reports.reason', 'reports.at', 'reports.attempts', 'reports.due_at']);
}

/** A row of `selectLegs`. */
export type LegRow = Awaited<ReturnType<ReturnType<typeof selectLegs>['execute']>>[number];

/** The leg of a row. */
export function toLeg(row: LegRow): Leg {
  // Written by `columnsOf` only.
  const body = JSON.parse(row.body) as LegBody;
  const { media_leg_id: mediaLegId, revision, state } = row;
  return { ...body, mediaLegId, revision, state, delivery: deliveryOf(row) };
}

/** Where the report stands: in the outbox once there is one, before that as the leg's end left it. */
export function deliveryOf(row: LegRow): DeliveryState {
  const { report_state: state, reason, at, attempts, due_at: dueAt } = row;
  if (state !== null) {
    return {
      state,
      ...(reason !== null && { reason }),
      ...(attempts !== null && { attempts }),
      ...(at !== null && { at }),
      ...(state === 'queued' && dueAt !== null && { dueAt }),
    };
  }
  return {
    // Written from a DeliveryState only.
    state: row.delivery_state as DeliveryStateName,
    ...(row.delivery_reason !== null && { reason: row.delivery_reason }),
    ...(row.delivery_at !== null && { at: row.delivery_at }),
  };
}

/** One leg by its id or by an alias it has now: the live one, else the newest. */
export async function findLeg(db: Db, ref: { mediaLegId: string } | { alias: string }): Promise<LegRow | undefined> {
  const legs = selectLegs(db);
  if ('mediaLegId' in ref) return legs.where('legs.media_leg_id', '=', canonical(ref.mediaLegId)).executeTakeFirst();
  return (
    legs
      .innerJoin('identifiers', 'identifiers.media_leg_id', 'legs.media_leg_id')
      .where('identifiers.value', '=', canonical(ref.alias))
      .where('identifiers.alias', '=', 1)
      .orderBy('legs.state', 'desc') // live, then ended
      .orderBy('legs.started_at', 'desc')
      // Of two that began together the one that counts: the other was measured under another id at first.
      .orderBy(({ eb }) => eb.case().when('legs.delivery_reason', '=', 'discarded').then(1).else(0).end())
      .orderBy('legs.ended_at', 'desc')
      .limit(1)
      .executeTakeFirst()
  );
}

/** The same by its id, and nobody else changes it before the end of the transaction. */
export function findLegToChange(db: Db, { mediaLegId }: { mediaLegId: string }): Promise<LegRow | undefined> {
  return selectLegs(db)
    .where('legs.media_leg_id', '=', canonical(mediaLegId))
    .$if(isPostgres(db), (legs) => legs.forUpdate('legs'))
    .executeTakeFirst();
}

/** How many legs have ended. In an agent's own file of a fleet: that are not handed over yet. */
export async function countEnded(db: Db): Promise<number> {
  const legs = db.selectFrom('legs').select(({ fn }) => fn.countAll().as('count'));
  const { count } = await legs.where('state', '=', 'ended').executeTakeFirstOrThrow();
  return Number(count);
}

/** The live legs of one agent, oldest first. */
export function listLive(db: Db, owner: string): Promise<readonly LegRow[]> {
  return selectLegs(db)
    .where('legs.state', '=', 'live')
    .where('legs.owner', '=', owner)
    .orderBy('legs.started_at')
    .orderBy('legs.key')
    .execute();
}

/** Compare and set. The state of a stored leg and of its report stay: those change by the leg's end and by delivery. */
export async function putLeg(db: Db, leg: Leg, revision: number): Promise<boolean> {
  const written = revision === 0 ? await insertLeg(db, leg, 1) : await updateLeg(db, leg, revision);
  if (written) await writeIdentifiers(db, leg);
  return written;
}

async function updateLeg(db: Db, leg: Leg, revision: number): Promise<boolean> {
  const result = await db
    .updateTable('legs')
    .set({ ...columnsOf(leg), revision: revision + 1, masked: 0 })
    .where('media_leg_id', '=', canonical(leg.mediaLegId))
    .where('revision', '=', revision)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

async function insertLeg(db: Db, leg: Leg, revision: number): Promise<boolean> {
  const result = await db
    .insertInto('legs')
    .values({
      ...columnsOf(leg),
      media_leg_id: canonical(leg.mediaLegId),
      revision,
      state: leg.state,
      ...deliveryColumns(leg.delivery),
    })
    .onConflict((conflict) => conflict.column('media_leg_id').doNothing())
    .executeTakeFirst();
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Writes an ended leg over what is stored, whatever its revision, and how its delivery begins. */
export async function writeEnded(db: Db, leg: Leg, delivery: DeliveryState): Promise<void> {
  const ended = { ...leg, state: 'ended', delivery } as const;
  const stored = await findLeg(db, leg);
  if (stored === undefined) await insertLeg(db, ended, leg.revision + 1);
  else {
    await updateLeg(db, ended, stored.revision);
    const columns = { state: ended.state, ...deliveryColumns(delivery) };
    await db.updateTable('legs').set(columns).where('key', '=', stored.key).execute();
  }
  await writeIdentifiers(db, leg);
}

function columnsOf(leg: Leg) {
  const { mediaLegId: _id, revision: _revision, state: _state, delivery: _delivery, ...body } = leg;
  return {
    owner: leg.owner,
    started_at: leg.startedAt,
    ended_at: leg.endedAt ?? null,
    device_name: leg.device.name,
    device_configured: leg.device.configured ?? null,
    room: leg.device.room ?? null,
    gateway: leg.control.gateway ?? null,
    severity: leg.severity ?? null,
    body: JSON.stringify(body satisfies LegBody),
  };
}

function deliveryColumns({ state, reason, at }: DeliveryState) {
  return { delivery_state: state, delivery_reason: reason ?? null, delivery_at: at ?? null };
}
