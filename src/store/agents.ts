import { sql } from 'kysely';
import { OtherlegError } from '../model/error.ts';
import type { Db } from './schema.ts';

/** One life of one agent in a fleet. */
export type AgentLife = { readonly owner: string; readonly instance: string };

/** The clock of the shared database, by which all agents count leases, whatever their own clocks say. Epoch seconds. */
export async function databaseClock(db: Db): Promise<number> {
  const { rows } = await sql<{ now: number }>`
    select cast(extract(epoch from clock_timestamp()) as double precision) as now`.execute(db);
  return rows[0]?.now ?? Number.NaN;
}

/**
 * Says that the agent lives until `until`; until then nobody else takes its reports. Rejects with STORE_LOCKED while
 * another agent uses its name.
 */
export async function renewLease(db: Db, { owner, instance }: AgentLife, now: number, until: number): Promise<void> {
  const result = await db
    .insertInto('agents')
    .values({ owner, instance, lease_until: until })
    .onConflict((conflict) =>
      conflict
        .column('owner')
        .doUpdateSet({ instance, lease_until: until })
        .where(({ eb, or }) => or([eb('agents.instance', '=', instance), eb('agents.lease_until', '<=', now)])),
    )
    .executeTakeFirst();
  if ((result.numInsertedOrUpdatedRows ?? 0n) > 0n) return;
  throw new OtherlegError('STORE_LOCKED', `another agent named ${owner} uses the shared store`, {
    hint: 'give each agent a name of its own (agent.name); after its file was lost, wait half a minute',
  });
}

/** The agent stops: others may take what it leaves at once. */
export async function endLease(db: Db, { owner, instance }: AgentLife): Promise<void> {
  const lease = db.updateTable('agents').set({ lease_until: 0 });
  await lease.where('owner', '=', owner).where('instance', '=', instance).execute();
}
