import { sql, type Updateable } from 'kysely';
import type { Claimed, Delivery, Outcome, Report } from '../model/delivery.ts';
import { queuedAt, toReport } from './deliveries.ts';
import { canonical } from './identifiers.ts';
import type { Db, Tables } from './schema.ts';
import type { ClaimAsk } from './store.ts';

/** Of a report's history the first attempt and so many last ones are kept. */
const latestAttempts = 99;

const settledStates = { accepted: 'delivered', refused: 'refused', expired: 'expired', keep: 'queued' } as const;

const unleased = { lease_owner: null, lease_until: null } as const;

/** Puts a report up for sending at once, in place of the leg's earlier one; who is just sending that loses it. */
export async function queueReport(db: Db, report: Report, now: number): Promise<void> {
  const fresh = {
    tenant_id: report.tenantId,
    call_chain_id: report.callChainId,
    body: report.body,
    created_at: report.createdAt,
    ...queuedAt(now),
    ...unleased,
    last: null,
  };
  const mediaLegId = canonical(report.mediaLegId);
  await db
    .insertInto('reports')
    .values({ media_leg_id: mediaLegId, ...fresh, fence: 0 })
    .onConflict((conflict) =>
      conflict
        .column('media_leg_id')
        .doUpdateSet(({ eb, ref }) => ({ ...fresh, fence: eb(ref('reports.fence'), '+', 1) })),
    )
    .execute();
  await db
    .updateTable('legs')
    .set({ delivery_state: 'queued', delivery_reason: null })
    .where('media_leg_id', '=', mediaLegId)
    .execute();
}

/** Whether this very report is queued already. */
export async function owes(db: Db, report: Report): Promise<boolean> {
  const row = await db
    .selectFrom('reports')
    .select('media_leg_id')
    .where('media_leg_id', '=', canonical(report.mediaLegId))
    .where('state', '=', 'queued')
    .where('tenant_id', '=', report.tenantId)
    .where('call_chain_id', '=', report.callChainId)
    .where('body', '=', report.body)
    .executeTakeFirst();
  return row !== undefined;
}

/** Takes what is due, longest due first, for one sender until its lease ends. */
export async function claimReports(db: Db, ask: ClaimAsk): Promise<readonly Claimed[]> {
  const { owner, now, limit, leaseSeconds, heldTenants } = ask;
  const due = await db
    .selectFrom('reports')
    .selectAll()
    .where('state', '=', 'queued')
    .where('due_at', '<=', now)
    .where((where) => where.or([where('lease_until', 'is', null), where('lease_until', '<=', now)]))
    .$if(heldTenants.length > 0, (reports) => reports.where('tenant_id', 'not in', heldTenants))
    .orderBy('due_at')
    .orderBy('created_at')
    .orderBy('media_leg_id')
    .limit(limit)
    .execute();
  if (due.length === 0) return [];
  const ids = due.map((row) => row.media_leg_id);
  await db
    .updateTable('reports')
    .set(({ eb, ref }) => ({ fence: eb(ref('fence'), '+', 1), lease_owner: owner, lease_until: now + leaseSeconds }))
    .where('media_leg_id', 'in', ids)
    .execute();
  return due.map((row) => ({ report: toReport(row), fence: row.fence + 1, attempts: row.attempts }));
}

/**
 * Writes down how an attempt ended, and whose turn it is. A report that was dropped while it was under way stays dropped,
 * unless Graph took it.
 */
export async function settleReport(db: Db, id: string, fence: number, outcome: Outcome): Promise<boolean> {
  const mediaLegId = canonical(id);
  const row = await db
    .selectFrom('reports')
    .select(['state', 'attempts'])
    .where('media_leg_id', '=', mediaLegId)
    .where('fence', '=', fence)
    .where('lease_owner', 'is not', null)
    .executeTakeFirst();
  if (row === undefined) return false;
  await db
    .updateTable('reports')
    .set({ ...turn(row.state, outcome), ...unleased, attempts: row.attempts + 1, last: JSON.stringify(outcome) })
    .where('media_leg_id', '=', mediaLegId)
    .execute();
  await addAttempt(db, mediaLegId, outcome);
  return true;
}

function turn(state: Delivery['state'], outcome: Outcome): Updateable<Tables['reports']> {
  if (state === 'dropped' && outcome.kind !== 'accepted') return {};
  if (outcome.kind === 'keep') return { due_at: outcome.dueAt };
  const reason = outcome.kind === 'refused' ? outcome.trace?.code : undefined;
  return { state: settledStates[outcome.kind], reason: reason ?? null, at: outcome.at };
}

async function addAttempt(db: Db, mediaLegId: string, outcome: Outcome): Promise<void> {
  const { latest } = await db
    .selectFrom('attempts')
    .select(({ fn }) => fn.max('number').as('latest'))
    .where('media_leg_id', '=', mediaLegId)
    .executeTakeFirstOrThrow();
  const number = (latest ?? 0) + 1;
  await db
    .insertInto('attempts')
    .values({ media_leg_id: mediaLegId, number, body: JSON.stringify(outcome) })
    .execute();
  await db
    .deleteFrom('attempts')
    .where('media_leg_id', '=', mediaLegId)
    .where('number', '>', 1)
    .where('number', '<=', number - latestAttempts)
    .execute();
}

/** When a claim may next yield something: the earliest due, or the end of its lease where somebody has it. */
export async function nextDueAt(db: Db): Promise<number | undefined> {
  const free = sql<number | null>`min(case when lease_until > due_at then lease_until else due_at end)`;
  const row = await db.selectFrom('reports').select(free.as('free')).where('state', '=', 'queued').executeTakeFirst();
  return row?.free ?? undefined;
}

/** Frees what `owner` had claimed in an earlier life; an answer that still comes from there is too late. */
export async function voidLeases(db: Db, owner: string): Promise<void> {
  await db
    .updateTable('reports')
    .set(({ eb, ref }) => ({ ...unleased, fence: eb(ref('fence'), '+', 1) }))
    .where('lease_owner', '=', owner)
    .execute();
}
