import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { Leg, LegQuery, Page } from '../model/leg.ts';
import { canonical } from './identifiers.ts';
import { selectLegs, toLeg } from './legs.ts';
import { page, readPlace } from './page-cursor.ts';
import type { Db, Tables } from './schema.ts';

type Where = ExpressionBuilder<Tables, 'legs'>;

/** What was never graded comes after everything that was. */
const rank = sql<number>`coalesce(legs.severity, -1)`;

/** One page of legs. Its `next` names the last leg, not a count, so that new legs shift nothing. */
export async function listLegs(db: Db, query: LegQuery): Promise<Page<Leg>> {
  const worst = query.sort === 'worst';
  const rows = await selectLegs(db)
    .select(rank.as('rank'))
    .where((where) => where.and(conditions(where, query)))
    .$if(query.after !== undefined, (legs) => legs.where(beyond(query.after ?? '', worst)))
    .$if(worst, (legs) => legs.orderBy(rank, 'desc'))
    .orderBy('legs.started_at', 'desc')
    .orderBy('legs.media_leg_id', 'desc')
    .limit(query.limit + 1)
    .execute();
  return page(rows, query.limit, toLeg, ({ rank, started_at, media_leg_id }) =>
    worst ? [rank, started_at, media_leg_id] : [started_at, media_leg_id],
  );
}

function beyond(after: string, worst: boolean): Expression<SqlBool> {
  const { numbers, text } = readPlace(after, worst ? 2 : 1);
  const [first, second] = numbers;
  return worst
    ? sql<SqlBool>`(${rank}, legs.started_at, legs.media_leg_id) < (${first}, ${second}, ${text})`
    : sql<SqlBool>`(legs.started_at, legs.media_leg_id) < (${first}, ${text})`;
}

function conditions(where: Where, query: LegQuery): Expression<SqlBool>[] {
  const { state, device, room, gateway, identifier, text, from, to } = query;
  const all: Expression<SqlBool>[] = [];
  if (state !== undefined) all.push(where('legs.state', '=', state));
  if (device !== undefined) {
    all.push(where.or([where('legs.device_configured', '=', device), where('legs.device_name', '=', device)]));
  }
  if (room !== undefined) all.push(where('legs.room', '=', room));
  if (gateway !== undefined) all.push(where('legs.gateway', '=', gateway));
  if (identifier !== undefined) all.push(called(identifier));
  if (text !== undefined) all.push(where.or(named.map((column) => contains(column, text))));
  // A leg belongs to every moment it lasted: who asks for ten o'clock means also what began before.
  if (from !== undefined) all.push(where.or([where('legs.ended_at', 'is', null), where('legs.ended_at', '>=', from)]));
  if (to !== undefined) all.push(where('legs.started_at', '<', to));
  return all;
}

const named = ['legs.room', 'legs.device_name', 'legs.device_configured', 'legs.gateway'] as const;

/** Both sides are lowered by the same engine, so that what it cannot lower is compared as it is. */
const contains = (column: (typeof named)[number], text: string): Expression<SqlBool> =>
  sql<SqlBool>`lower(${sql.ref(column)}) like lower(${`%${text.replaceAll(/[!%_]/g, '!$&')}%`}) escape '!'`;

/** By its own id or any that it has or had, as one list: with `or` both engines would look through all legs. */
function called(identifier: string): Expression<SqlBool> {
  const id = canonical(identifier);
  return sql`legs.media_leg_id in (
    select identifiers.media_leg_id from identifiers where identifiers.value = ${id} union all select ${id})`;
}
