import { sql } from 'kysely';
import { isPostgres } from './engine.ts';
import type { Db } from './schema.ts';
import type { Owed } from './store.ts';

/** Counts what waits to be sent and to be read. */
export async function countOwed(db: Db): Promise<Owed> {
  const reports = await db
    .selectFrom('reports')
    .select(({ fn }) => [
      fn.countAll().as('count'),
      fn.min('created_at').as('oldest'),
      // Bodies are UTF-8 in both engines; SQLite's length of a text counts characters.
      (isPostgres(db) ? sql<number>`sum(octet_length(body))` : sql<number>`sum(length(cast(body as blob)))`).as(
        'octets',
      ),
    ])
    .where('state', '=', 'queued')
    .executeTakeFirstOrThrow();
  const callRecords = await db
    .selectFrom('call_records')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('due_at', 'is not', null)
    .executeTakeFirstOrThrow();
  const { count, oldest, octets } = reports;
  // Without rows there is no least, whatever the types say; PostgreSQL counts in 64 bits, as text.
  const oldestAt: number | null = oldest;
  return {
    reports: Number(count),
    octets: Number(octets ?? 0),
    ...(oldestAt === null ? {} : { oldestAt }),
    callRecords: Number(callRecords.count),
  };
}
