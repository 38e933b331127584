import type { DeliveryState, Report } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import type { Leg } from '../model/leg.ts';
import { oweCallRecord } from './call-records.ts';
import { isPostgres } from './engine.ts';
import { deliveryOf, findLeg, findLegToChange, type LegRow, selectLegs, toLeg, writeEnded } from './legs.ts';
import { owes, queueReport } from './outbox.ts';
import type { Db } from './schema.ts';
import { closeStreams, packSeries, replaceSeries } from './series.ts';
import { plus, type Time } from './shared-clock.ts';
import type { CallRecordTask, WaitEnd } from './store.ts';

/** What a leg's end leaves to be done. */
export type Owed = { readonly report?: Report; readonly callRecord?: CallRecordTask };

/** Closes a leg: its last state, its report. A leg that has ended already is left alone. */
export async function endLeg(db: Db, leg: Leg, owed: Owed, now: number): Promise<DeliveryState> {
  const stored = await findLegToChange(db, leg);
  if (stored?.state === 'ended') return deliveryOf(stored);
  const delivery = { ...leg.delivery, at: leg.delivery.at ?? now };
  await writeEnded(db, { ...leg, endedAt: leg.endedAt ?? now }, delivery);
  await closeStreams(db, (await storedLeg(db, leg)).key);
  if (owed.callRecord) await oweCallRecord(db, owed.callRecord);
  if (owed.report) await queueReport(db, owed.report, now);
  return deliveryOf(await storedLeg(db, leg));
}

/**
 * Packs series of ended legs. Not part of the end itself: many legs end at the full hour, packing one of an hour takes
 * some 60 ms, and its gateway waits for the answer.
 */
export async function packEnded(db: Db, since: number, limit: number): Promise<number> {
  const unpacked = await db
    .selectFrom('legs')
    .leftJoin('series', 'series.media_leg_id', 'legs.media_leg_id')
    .select(['legs.key', 'legs.media_leg_id'])
    .where('legs.state', '=', 'ended')
    .where('legs.ended_at', '>=', since)
    .where('series.media_leg_id', 'is', null)
    .orderBy('legs.ended_at')
    .limit(limit)
    .$if(isPostgres(db), (legs) => legs.forUpdate('legs').skipLocked())
    .execute();
  for (const { key, media_leg_id } of unpacked) await packSeries(db, media_leg_id, key);
  return unpacked.length;
}

/**
 * Late identifiers: queues the report, in place of one that was refused or is still waiting to go out. `ahead`: by how much
 * the clock by which all is due here is ahead of ours, which shows `now`. Seconds.
 */
export async function completeLeg(
  db: Db,
  leg: Leg,
  owed: { readonly report: Report; readonly callRecord?: CallRecordTask | undefined },
  now: number,
  ahead: Time = 0,
): Promise<DeliveryState> {
  const { report, callRecord } = owed;
  const stored = await findLegToChange(db, leg);
  if (stored?.state === 'live') return deliveryOf(stored);
  const delivery = stored ? deliveryOf(stored) : leg.delivery;
  await writeEnded(db, leg, delivery);
  if (callRecord) await oweCallRecord(db, callRecord, ahead);
  const settled = delivery.state === 'delivered' || delivery.reason === 'discarded';
  if (!settled && !(await owes(db, report))) await queueReport(db, report, plus(ahead, now));
  return deliveryOf(await storedLeg(db, leg));
}

/** An ended leg of which there is no report waits for something from now on. */
export async function beginWait(db: Db, leg: Leg, reason: string, now: number): Promise<DeliveryState> {
  const stored = await findLegToChange(db, leg);
  if (stored === undefined) return leg.delivery;
  const delivery = deliveryOf(stored);
  if (stored.state === 'live') return delivery;
  const stays = stored.report_state !== null || delivery.reason === 'discarded';
  await writeEnded(db, leg, stays ? delivery : { state: 'waiting', reason, at: now });
  return deliveryOf(await storedLeg(db, leg));
}

/** What a leg waited for came, or never will. One that does not wait is left alone. `ahead`: as above. */
export async function endWait(db: Db, leg: Leg, owed: WaitEnd, now: number, ahead: Time = 0): Promise<DeliveryState> {
  const stored = await findLegToChange(db, leg);
  if (stored === undefined) return leg.delivery;
  const { state } = deliveryOf(stored);
  if (stored.state === 'live' || state !== 'waiting') return deliveryOf(stored);
  await writeEnded(db, leg, { ...leg.delivery, at: now });
  if (owed.series) await replaceSeries(db, leg.mediaLegId, stored.key, owed.series);
  if (owed.callRecord) await oweCallRecord(db, owed.callRecord, ahead);
  if (owed.report) await queueReport(db, owed.report, plus(ahead, now));
  return deliveryOf(await storedLeg(db, leg));
}

/** Ended legs of an agent that wait for a reason, the oldest first. */
export async function waitingFor(db: Db, owner: string, reason: string): Promise<readonly Leg[]> {
  const rows = await selectLegs(db)
    .where('legs.state', '=', 'ended')
    .where('legs.owner', '=', owner)
    .where('legs.delivery_state', '=', 'waiting')
    .where('legs.delivery_reason', '=', reason)
    .where('reports.media_leg_id', 'is', null)
    // A copy waits where it was made.
    .$if(isPostgres(db), (legs) => legs.where('legs.copied_at', 'is', null))
    .orderBy('legs.ended_at')
    .execute();
  return rows.map(toLeg);
}

/** Gives up on legs that have waited for identifiers since before `before`: most hung up before they met anybody. */
export async function dropWaiting(db: Db, before: number, now: number): Promise<number> {
  const result = await db
    .updateTable('legs')
    .set({ delivery_state: 'dropped', delivery_reason: 'no-meeting', delivery_at: now })
    .where('state', '=', 'ended')
    .where('delivery_state', '=', 'waiting')
    // What waits for something else has a term of its own.
    .where('delivery_reason', 'is', null)
    .where('delivery_at', '<', before)
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/** Removes old legs with all that hangs on them, oldest first. */
export async function purge(db: Db, before: number, limit: number): Promise<number> {
  const old = await db
    .selectFrom('legs')
    .leftJoin('reports', 'reports.media_leg_id', 'legs.media_leg_id')
    .select('legs.key')
    .where('legs.state', '=', 'ended')
    .where('legs.ended_at', '<', before)
    .where(({ fn }) => fn.coalesce('reports.state', 'legs.delivery_state'), 'not in', ['queued', 'waiting'])
    .orderBy('legs.ended_at')
    .limit(limit)
    .$if(isPostgres(db), (legs) => legs.forUpdate('legs').skipLocked())
    .execute();
  if (old.length > 0) {
    const keys = old.map(({ key }) => key);
    await db.deleteFrom('legs').where('key', 'in', keys).execute();
  }
  // Copies whose agent never came back, and the memory of legs that were handed over.
  if (isPostgres(db)) {
    const copies = db.selectFrom('legs').select('key').where('copied_at', '<', before).limit(limit);
    await db.deleteFrom('legs').where('key', 'in', copies).execute();
  }
  await db.deleteFrom('handed').where('at', '<', before).execute();
  await db.deleteFrom('call_records').where('ended_at', '<', before).execute();
  return old.length;
}

async function storedLeg(db: Db, leg: Leg): Promise<LegRow> {
  const row = await findLeg(db, leg);
  if (row === undefined)
    throw new OtherlegError('INTERNAL', `leg ${leg.mediaLegId} was not found where it was written`);
  return row;
}
