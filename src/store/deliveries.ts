import { type Selectable, sql } from 'kysely';
import type { Delivery, Outcome, Report, ReportQuery } from '../model/delivery.ts';
import type { Page } from '../model/leg.ts';
import { greatest, isPostgres } from './engine.ts';
import { canonical } from './identifiers.ts';
import { page, readPlace } from './page-cursor.ts';
import type { Db, Tables } from './schema.ts';
import type { Time } from './shared-clock.ts';

type ReportRow = Selectable<Tables['reports']>;

/** A queued report's state as it begins: due at once, never tried. */
export function queuedAt(now: Time) {
  return { state: 'queued', reason: null, at: now, due_at: now, attempts: 0 } as const;
}

/** The report of a row. */
export function toReport(row: ReportRow): Report {
  const {
    media_leg_id: mediaLegId,
    tenant_id: tenantId,
    call_chain_id: callChainId,
    body,
    created_at: createdAt,
  } = row;
  return { mediaLegId, tenantId, callChainId, body, createdAt };
}

function toDelivery(row: ReportRow): Delivery {
  const { body: _, ...report } = toReport(row);
  return {
    ...report,
    state: row.state,
    attempts: row.attempts,
    ...(row.state === 'queued' ? { dueAt: row.due_at } : { settledAt: row.at }),
    ...(row.last !== null && { last: toOutcome(row.last) }),
  };
}

// Written from an Outcome only.
const toOutcome = (text: string): Outcome => JSON.parse(text) as Outcome;

/** The report of a leg, body and all. */
export async function findReport(db: Db, mediaLegId: string): Promise<Report | undefined> {
  const rows = db.selectFrom('reports').selectAll().where('media_leg_id', '=', canonical(mediaLegId));
  const row = await rows.executeTakeFirst();
  return row && toReport(row);
}

/** One page of reports, newest first. */
export async function listReports(db: Db, { state, limit, after }: ReportQuery): Promise<Page<Delivery>> {
  const rows = await db
    .selectFrom('reports')
    .selectAll()
    .$if(state !== undefined, (reports) => reports.where('state', '=', state ?? 'queued'))
    .$if(after !== undefined, (reports) =>
      reports.where(({ eb, refTuple, tuple }) => {
        const { numbers, text } = readPlace(after ?? '', 1);
        return eb(refTuple('created_at', 'media_leg_id'), '<', tuple(numbers[0] ?? 0, text));
      }),
    )
    .orderBy('created_at', 'desc')
    .orderBy('media_leg_id', 'desc')
    .limit(limit + 1)
    .execute();
  return page(rows, limit, toDelivery, ({ created_at, media_leg_id }) => [created_at, media_leg_id]);
}

/** How the attempts at one report ended, oldest first. */
export async function listAttempts(db: Db, mediaLegId: string): Promise<readonly Outcome[]> {
  const rows = await db
    .selectFrom('attempts')
    .select('body')
    .where('media_leg_id', '=', canonical(mediaLegId))
    .orderBy('number')
    .execute();
  return rows.map(({ body }) => toOutcome(body));
}

/**
 * An operator sends a report again. Its history stays; the waiting times between attempts begin anew. What Graph asked to
 * have later stays due then. `dueNow`: the time by which it is due.
 */
export async function requeueReport(db: Db, mediaLegId: string, dueNow: Time): Promise<boolean> {
  const id = canonical(mediaLegId);
  const row = await db
    .selectFrom('reports')
    .select('last')
    .where('media_leg_id', '=', id)
    .where('state', '<>', 'delivered')
    .$if(isPostgres(db), (reports) => reports.forUpdate())
    .executeTakeFirst();
  if (row === undefined) return false;
  await db
    .updateTable('reports')
    .set({
      ...queuedAt(dueNow),
      ...(isTold(row.last) && { due_at: greatest(db, sql<number>`due_at`, sql<number>`${dueNow}`) }),
    })
    .where('media_leg_id', '=', id)
    .execute();
  return true;
}

function isTold(last: string | null): boolean {
  const outcome = last === null ? undefined : toOutcome(last);
  return outcome?.kind === 'keep' && outcome.told === true;
}

/** An operator gives a report up. */
export async function dropReport(db: Db, mediaLegId: string, now: number): Promise<boolean> {
  const result = await db
    .updateTable('reports')
    .set({ state: 'dropped', reason: 'by-operator', at: now })
    .where('media_leg_id', '=', canonical(mediaLegId))
    .where('state', 'in', ['queued', 'refused'])
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}
