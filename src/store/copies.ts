import type { Series } from '../model/interval.ts';
import type { Leg } from '../model/leg.ts';
import { oweCallRecord } from './call-records.ts';
import type { Owed } from './endings.ts';
import { upsertLegs } from './handover.ts';
import { findLeg, toLeg, writeEnded } from './legs.ts';
import { queueReport } from './outbox.ts';
import type { Db } from './schema.ts';
import { readSeries, replaceSeries } from './series.ts';
import { plus, type Time } from './shared-clock.ts';

/*
 * Who may end a leg of which the shared database has a copy. handover-run.ts has the argument. `copied_at` in the agent's
 * own file: there is or may be a copy, so that the report waits here until the copy is closed. `handing` of a copy: it is
 * closed, its agent has ended the leg and reports it.
 */

/** Says in the agent's own file that the shared database may have a copy from now on; a leg that has ended gets none. */
export async function markCopied(db: Db, mediaLegId: string, now: number): Promise<void> {
  const marked = db.updateTable('legs').set({ copied_at: now }).where('media_leg_id', '=', mediaLegId);
  await marked.where('state', '=', 'live').where('copied_at', 'is', null).execute();
}

/** Of the agent's own file: rows of legs that have ended while their copies are open. */
export function endedOpen(db: Db, limit: number) {
  const rows = db.selectFrom('legs').selectAll().where('state', '=', 'ended').where('handing', '=', 0);
  return rows.where('copied_at', 'is not', null).orderBy('ended_at').limit(limit).execute();
}

/**
 * Closes the copies of legs that their agent has ended: nobody else ends them any more. One that never came is written
 * closed, so that it cannot come late and open. Answers the ids of those that are closed; the others somebody else ended.
 */
export async function closeCopies(
  db: Db,
  rows: Awaited<ReturnType<typeof endedOpen>>,
  now: Time,
): Promise<readonly string[]> {
  if (rows.length === 0) return [];
  const closed = rows.map(({ key: _key, masked: _masked, ...leg }) => ({
    ...leg,
    copied_at: now,
    handing: 1 as const,
  }));
  const written = await upsertLegs(
    db,
    closed.sort((a, b) => (a.media_leg_id < b.media_leg_id ? -1 : 1)),
  );
  return written.map(({ media_leg_id }) => media_leg_id);
}

/** Says in the agent's own file that these copies are closed: the reports can be sent from here. */
export async function unmarkCopied(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.updateTable('legs').set({ copied_at: null }).where('media_leg_id', 'in', ids).execute();
}

/**
 * Says in a file whose agent is in no fleet (any more) that nothing in it waits for the shared database: neither what may have
 * a copy there nor what was on its way there, either of which may have been reported from there.
 */
export async function releaseHeld(db: Db): Promise<void> {
  const held = db.updateTable('legs').set({ copied_at: null, handing: 0 });
  await held.where((where) => where.or([where('copied_at', 'is not', null), where('handing', '=', 1)])).execute();
}

/** A live leg whose agent is gone, as far as it was copied. `copiedAt`: until when anything is known of it. */
export type LostLeg = { readonly leg: Leg; readonly series: Series; readonly copiedAt: number };

/** Whose word counts: legs of others that were last copied, and whose agents last lived, before `before`. Epoch seconds. */
export type LostAsk = { readonly owner: string; readonly before: number; readonly limit: number };

/** Live legs of agents that are gone, those that were lost first before the others. */
export async function lostLegs(db: Db, ask: LostAsk): Promise<readonly LostLeg[]> {
  const rows = await lost(db, ask).select(['legs.media_leg_id', 'legs.copied_at']).limit(ask.limit).execute();
  const found: LostLeg[] = [];
  for (const { media_leg_id: mediaLegId, copied_at: copiedAt } of rows) {
    const row = await findLeg(db, { mediaLegId });
    if (row === undefined || copiedAt === null) continue;
    found.push({ leg: toLeg(row), series: await readSeries(db, mediaLegId), copiedAt });
  }
  return found;
}

/**
 * Ends such a leg in place of its agent. False: it came back, or another agent was before us. `ahead`: by how much the clock
 * by which all is due here is ahead of ours, which shows `now`. Seconds.
 */
export async function endLost(
  db: Db,
  ended: { readonly leg: Leg; readonly series: Series; readonly owed: Owed },
  ask: Omit<LostAsk, 'limit'>,
  now: number,
  ahead: Time = 0,
): Promise<boolean> {
  const { leg, series, owed } = ended;
  const row = await lost(db, ask)
    .select('legs.key')
    .where('legs.media_leg_id', '=', leg.mediaLegId)
    .forUpdate('legs')
    .skipLocked()
    .executeTakeFirst();
  if (row === undefined) return false;
  await writeEnded(db, leg, { ...leg.delivery, at: leg.delivery.at ?? now });
  await unmarkCopied(db, [leg.mediaLegId]);
  await replaceSeries(db, leg.mediaLegId, row.key, series);
  await db.deleteFrom('mirrored').where('leg_key', '=', row.key).execute();
  if (owed.callRecord) await oweCallRecord(db, owed.callRecord, ahead);
  if (owed.report) await queueReport(db, owed.report, plus(ahead, now));
  return true;
}

function lost(db: Db, { owner, before }: Omit<LostAsk, 'limit'>) {
  return db
    .selectFrom('legs')
    .leftJoin('agents', 'agents.owner', 'legs.owner')
    .where('legs.state', '=', 'live')
    .where('legs.handing', '=', 0)
    .where('legs.owner', '<>', owner)
    .where('legs.copied_at', '<=', before)
    .where(({ eb, or }) => or([eb('agents.lease_until', 'is', null), eb('agents.lease_until', '<=', before)]))
    .orderBy('legs.copied_at');
}
