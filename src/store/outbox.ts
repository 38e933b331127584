import { type Expression, type ExpressionBuilder, type Nullable, type SqlBool, sql } from 'kysely';
import type { Claimed, Delivery, Outcome, Report } from '../model/delivery.ts';
import { queuedAt, toReport } from './deliveries.ts';
import { greatest, isPostgres } from './engine.ts';
import { canonical } from './identifiers.ts';
import type { Db, Tables } from './schema.ts';
import { plus, type Time } from './shared-clock.ts';
import type { ClaimAsk } from './store.ts';

/** Of a report's history the first attempt and so many last ones are kept. */
const latestAttempts = 99;

const settledStates = { accepted: 'delivered', refused: 'refused', expired: 'expired', keep: 'queued' } as const;

const unleased = { lease_owner: null, lease_until: null } as const;

/** Puts a report up for sending at once, in place of the leg's earlier one; who is just sending that loses it. */
export async function queueReport(db: Db, report: Report, now: Time): Promise<void> {
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

/** A report that was claimed, and the agent whose leg it is. */
export type Taken = { readonly claimed: Claimed; readonly legOwner: string };

/**
 * Takes what is due, longest due first, for one sender until its lease ends: its own, and what agents left whose lease is
 * over. `dueNow`: the time by which all is due and leases are counted, one clock for all who share them. Epoch seconds.
 */
export async function claimReports(db: Db, ask: ClaimAsk, dueNow: Time): Promise<readonly Taken[]> {
  const { owner, limit, leaseSeconds, heldTenants, createdSince = 0 } = ask;
  const due = await db
    .selectFrom('reports')
    .innerJoin('legs', 'legs.media_leg_id', 'reports.media_leg_id')
    .leftJoin('agents', 'agents.owner', 'legs.owner')
    .selectAll('reports')
    .select('legs.owner')
    .where('reports.state', '=', 'queued')
    .where('reports.due_at', '<=', dueNow)
    .where('legs.handing', '=', 0)
    .where('legs.copied_at', 'is', null)
    .where((where) => over(where, 'reports.lease_until', dueNow))
    .where((where) => where.or([where('legs.owner', '=', owner), over(where, 'agents.lease_until', dueNow)]))
    .$if(heldTenants.length > 0, (reports) => reports.where('reports.tenant_id', 'not in', heldTenants))
    .$if(createdSince > 0, (reports) => reports.where('reports.created_at', '>=', createdSince))
    .orderBy('reports.due_at')
    .orderBy('reports.created_at')
    .orderBy('reports.media_leg_id')
    .limit(limit)
    .$if(isPostgres(db), (reports) => reports.forUpdate('reports').skipLocked())
    .execute();
  if (due.length === 0) return [];
  const ids = due.map((row) => row.media_leg_id);
  const lease = { lease_owner: owner, lease_until: plus(dueNow, leaseSeconds) };
  await db
    .updateTable('reports')
    .set(({ eb, ref }) => ({ ...lease, fence: eb(ref('fence'), '+', 1) }))
    .where('media_leg_id', 'in', ids)
    .execute();
  return due.map(({ owner: legOwner, ...row }) => {
    return { legOwner, claimed: { report: toReport(row), fence: row.fence + 1, attempts: row.attempts } };
  });
}

type Leased = ExpressionBuilder<Tables & { agents: Nullable<Tables['agents']> }, 'reports' | 'agents'>;

function over(where: Leased, lease: 'reports.lease_until' | 'agents.lease_until', now: Time): Expression<SqlBool> {
  return where.or([where(lease, 'is', null), where(lease, '<=', now)]);
}

/**
 * Writes down how an attempt ended, and whose turn it is. A report that was dropped while it was under way stays dropped,
 * unless Graph took it. `ahead`: by how much the clock by which it is due is ahead of ours. Seconds.
 */
export async function settleReport(
  db: Db,
  id: string,
  fence: number,
  outcome: Outcome,
  ahead: Time = 0,
): Promise<boolean> {
  const mediaLegId = canonical(id);
  const row = await db
    .selectFrom('reports')
    .select(['state', 'attempts'])
    .where('media_leg_id', '=', mediaLegId)
    .where('fence', '=', fence)
    .where('lease_owner', 'is not', null)
    .$if(isPostgres(db), (reports) => reports.forUpdate())
    .executeTakeFirst();
  if (row === undefined) return false;
  await db
    .updateTable('reports')
    .set({ ...turn(row.state, outcome, ahead), ...unleased, attempts: row.attempts + 1, last: JSON.stringify(outcome) })
    .where('media_leg_id', '=', mediaLegId)
    .execute();
  await addAttempt(db, mediaLegId, outcome);
  return true;
}

function turn(state: Delivery['state'], outcome: Outcome, ahead: Time) {
  if (state === 'dropped' && outcome.kind !== 'accepted') return {};
  if (outcome.kind === 'keep') return { due_at: plus(ahead, outcome.dueAt) };
  return { state: settledStates[outcome.kind], reason: reasonOf(outcome) ?? null, at: outcome.at };
}

/** Why a report is a dead letter: Graph's code, or its age. */
function reasonOf({ kind, trace }: Outcome): string | undefined {
  if (kind === 'expired') return 'maximum-age';
  return kind === 'refused' ? trace?.code : undefined;
}

async function addAttempt(db: Db, mediaLegId: string, outcome: Outcome): Promise<void> {
  const latest = sql<number>`(select max(number) from attempts where media_leg_id = ${mediaLegId})`;
  const { number } = await db
    .insertInto('attempts')
    .values({ media_leg_id: mediaLegId, number: sql`coalesce(${latest}, 0) + 1`, body: JSON.stringify(outcome) })
    .returning('number')
    .executeTakeFirstOrThrow();
  if (number <= latestAttempts + 1) return;
  await db
    .deleteFrom('attempts')
    .where('media_leg_id', '=', mediaLegId)
    .where('number', '>', 1)
    .where('number', '<=', number - latestAttempts)
    .execute();
}

/**
 * When a claim of `owner` may next yield something: the earliest due, or the end of its lease where somebody has it, or that
 * of the agent whose it is. `ahead`: by how much the clock of what is due and of the leases is ahead of ours. Seconds.
 */
export async function nextDueAt(db: Db, owner: string, ahead: Time = 0): Promise<number | undefined> {
  const leased = sql<number>`coalesce(reports.lease_until - ${ahead}, 0)`;
  const lives = sql<number>`case when legs.owner <> ${owner} then coalesce(agents.lease_until - ${ahead}, 0) else 0 end`;
  const row = await db
    .selectFrom('reports')
    .innerJoin('legs', 'legs.media_leg_id', 'reports.media_leg_id')
    .leftJoin('agents', 'agents.owner', 'legs.owner')
    .select(sql<number | null>`min(${greatest(db, sql<number>`reports.due_at - ${ahead}`, leased, lives)})`.as('free'))
    .where('reports.state', '=', 'queued')
    .where('legs.handing', '=', 0)
    .where('legs.copied_at', 'is', null)
    .executeTakeFirst();
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
