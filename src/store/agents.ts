import { OtherlegError } from '../model/error.ts';
import { SharedFailure } from './postgres-failure.ts';
import type { Db } from './schema.ts';

/** One life of one agent in a fleet. */
export type AgentLife = {
  readonly owner: string;
  readonly instance: string;
  /** Null where the system does not tell. */
  readonly host: string | null;
};

/**
 * Says that the agent lives until `until`; until then nobody else takes its reports. Rejects with STORE_LOCKED while another
 * agent uses its name, and with SharedFailure while one does whose file is a copy of ours: then all goes on without.
 */
export async function renewLease(db: Db, life: AgentLife, now: number, until: number): Promise<void> {
  const { owner, instance, host } = life;
  const result = await db
    .insertInto('agents')
    .values({ owner, instance, host, lease_until: until })
    .onConflict((conflict) =>
      conflict
        .column('owner')
        .doUpdateSet({ instance, host, lease_until: until })
        .where(({ and, eb, or }) => {
          const here = host === null ? [] : [or([eb('agents.host', 'is', null), eb('agents.host', '=', host)])];
          return or([and([eb('agents.instance', '=', instance), ...here]), eb('agents.lease_until', '<=', now)]);
        }),
    )
    .executeTakeFirst();
  if ((result.numInsertedOrUpdatedRows ?? 0n) > 0n) return;
  const other = await db.selectFrom('agents').select('instance').where('owner', '=', owner).executeTakeFirst();
  throw other?.instance === instance ? copied(owner) : named(owner);
}

function named(owner: string): OtherlegError {
  return new OtherlegError('STORE_LOCKED', `another agent named ${owner} uses the shared store`, {
    hint: 'give each agent a name of its own (agent.name); after its file was lost, wait half a minute',
  });
}

function copied(owner: string): SharedFailure {
  return new SharedFailure(
    `${owner} uses the shared store on another host, with a copy of this agent's file, or did until just now`,
    {
      outcome: 'undone',
      fault: 'away',
      hint: 'of two hosts from one disk image give one a name of its own (agent.name) and an empty store.path; after a restart on another host it joins by itself within a minute, until then legs and reports stay here and go on',
      cause: undefined,
    },
  );
}

/** The agent stops: others may take what it leaves at once. */
export async function endLease(db: Db, { owner, instance, host }: AgentLife): Promise<void> {
  const lease = db.updateTable('agents').set({ lease_until: 0 });
  const mine = lease.where('owner', '=', owner).where('instance', '=', instance);
  await mine.where(({ eb, or }) => or([eb('host', 'is', null), eb('host', '=', host)])).execute();
}
