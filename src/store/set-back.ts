import { sql } from 'kysely';
import { isPostgres } from './engine.ts';
import type { Db } from './schema.ts';
import { plus, type Time } from './shared-clock.ts';

/** Clocks that are kept in step go back by less. Seconds. */
const STEP_SECONDS = 60;

/** `owner`: only what this agent's legs owe; the clocks of others are their own. `ahead`: by how much the clock by which it is due is ahead of ours, seconds. */
export type SetBackIn = { readonly owner?: string; readonly ahead?: Time };

/**
 * Makes due what waits for a time that was counted before the clock was set back: a report that was queued or last tried
 * in what is now the future. Without it a host whose clock was a day ahead sends its reports a day late. How many.
 */
export async function dueAfterSetBack(db: Db, now: number, { owner, ahead = 0 }: SetBackIn = {}): Promise<number> {
  const future = now + STEP_SECONDS;
  const triedAt = isPostgres(db)
    ? sql<number>`cast(cast(last as json) ->> 'at' as double precision)`
    : sql<number>`last ->> '$.at'`;
  const result = await db
    .updateTable('reports')
    .set({ due_at: plus(ahead, now) })
    .where('state', '=', 'queued')
    .where('due_at', '>', plus(ahead, future))
    .$if(owner !== undefined, (reports) =>
      reports.where('media_leg_id', 'in', (legs) =>
        legs
          .selectFrom('legs')
          .select('media_leg_id')
          .where('owner', '=', owner ?? ''),
      ),
    )
    .where((where) => where.or([where('at', '>', future), where(triedAt, '>', future)]))
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}

/**
 * The same for call records: one whose leg ended, or that was last asked for, in what is now the future. Its leg counts as
 * ended now, so that what follows is not late either. How many.
 */
export async function callRecordsDueAfterSetBack(
  db: Db,
  now: number,
  { owner, ahead = 0 }: SetBackIn = {},
): Promise<number> {
  const future = now + STEP_SECONDS;
  const result = await db
    .updateTable('call_records')
    .set({ due_at: plus(ahead, now), ended_at: sql<number>`case when ended_at > ${now} then ${now} else ended_at end` })
    .where('due_at', '>', plus(ahead, future))
    .where((where) => where.or([where('ended_at', '>', future), where('read_at', '>', future)]))
    .$if(owner !== undefined, (records) =>
      records.where('call_chain_id', 'in', (calls) =>
        calls
          .selectFrom('identifiers')
          .innerJoin('legs', 'legs.media_leg_id', 'identifiers.media_leg_id')
          .select('identifiers.value')
          .whereRef('identifiers.value', '=', 'call_records.call_chain_id')
          .where('legs.owner', '=', owner ?? ''),
      ),
    )
    .executeTakeFirst();
  return Number(result.numUpdatedRows);
}
