import type { Db } from './schema.ts';
import type { Owed } from './store.ts';

/** Counts what waits to be sent and to be read. */
export async function countOwed(db: Db): Promise<Owed> {
  const reports = await db
    .selectFrom('reports')
    .select(({ fn }) => [fn.countAll().as('count'), fn.min('created_at').as('oldest')])
    .where('state', '=', 'queued')
    .executeTakeFirstOrThrow();
  const callRecords = await db
    .selectFrom('call_records')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('due_at', 'is not', null)
    .executeTakeFirstOrThrow();
  const { count, oldest } = reports;
  // Without rows there is no least, whatever the types say; PostgreSQL counts in 64 bits, as text.
  const oldestAt: number | null = oldest;
  return {
    reports: Number(count),
    ...(oldestAt === null ? {} : { oldestAt }),
    callRecords: Number(callRecords.count),
  };
}
