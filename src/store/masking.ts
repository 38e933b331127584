import { sql } from 'kysely';
import type { Series } from '../model/interval.ts';
import { compact, expand } from './compaction.ts';
import { isPostgres } from './engine.ts';
import type { Db } from './schema.ts';

/** `mask`: a text with every address in it masked. `before`: dead letters from before then are replayed no more. Epoch seconds. */
export type MaskAsk = { readonly mask: (text: string) => string; readonly before: number; readonly limit: number };

/** Reports in these states are sent no more, whatever an operator does. */
const OVER = ['delivered', 'none'] as const;
/** These may be sent again for a while. */
const DEAD = ['refused', 'expired', 'dropped'] as const;

/**
 * Takes the addresses out of up to `limit` legs that need them no more: their report is delivered or was never owed, or is
 * a dead letter from before `before`; and their call record, which is found by an address, is not waited for. How many.
 */
export async function maskDelivered(db: Db, ask: MaskAsk): Promise<number> {
  const rows = await db
    .selectFrom('legs')
    .leftJoin('reports', 'reports.media_leg_id', 'legs.media_leg_id')
    .select(['legs.key', 'legs.media_leg_id', 'legs.body', 'legs.device_name', 'legs.gateway'])
    .where('legs.masked', '=', 0)
    .where('legs.state', '=', 'ended')
    .where('legs.handing', '=', 0)
    .where('legs.copied_at', 'is', null)
    .where(({ and, eb, fn, or }) => {
      const state = fn.coalesce('reports.state', 'legs.delivery_state');
      const at = fn.coalesce('reports.at', 'legs.delivery_at', 'legs.ended_at');
      return or([eb(state, 'in', OVER), and([eb(state, 'in', DEAD), eb(at, '<', ask.before)])]);
    })
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('identifiers')
            .innerJoin('call_records', 'call_records.call_chain_id', 'identifiers.value')
            .select('identifiers.value')
            .whereRef('identifiers.media_leg_id', '=', 'legs.media_leg_id')
            .where('call_records.due_at', 'is not', null),
        ),
      ),
    )
    // Packed first, so that each series is rewritten once.
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('series').select('series.media_leg_id').whereRef('series.media_leg_id', '=', 'legs.media_leg_id'),
      ),
    )
    .orderBy('legs.ended_at')
    .limit(ask.limit)
    .$if(isPostgres(db), (legs) => legs.forUpdate('legs').skipLocked())
    .execute();
  for (const { key, media_leg_id, body, device_name, gateway } of rows) {
    const leg = { body: ask.mask(body), device_name: ask.mask(device_name), masked: 1 } as const;
    const named = gateway === null ? null : ask.mask(gateway);
    await db
      .updateTable('legs')
      .set({ ...leg, gateway: named })
      .where('key', '=', key)
      .execute();
    await maskParts(db, media_leg_id, ask.mask);
  }
  return rows.length + (await maskRecords(db, ask));
}

async function maskParts(db: Db, id: string, mask: MaskAsk['mask']): Promise<void> {
  const report = db.selectFrom('reports').select(['body', 'last']).where('media_leg_id', '=', id);
  const owed = await report.executeTakeFirst();
  if (owed !== undefined) {
    const last = owed.last === null ? null : mask(owed.last);
    await db
      .updateTable('reports')
      .set({ body: mask(owed.body), last })
      .where('media_leg_id', '=', id)
      .execute();
  }
  for (const { number, body } of await db.selectFrom('attempts').selectAll().where('media_leg_id', '=', id).execute()) {
    if (mask(body) === body) continue;
    const attempt = db.updateTable('attempts').set({ body: mask(body) });
    await attempt.where('media_leg_id', '=', id).where('number', '=', number).execute();
  }
  await maskIdentifiers(db, id, mask);
  const packed = await db.selectFrom('series').select('body').where('media_leg_id', '=', id).executeTakeFirst();
  const masked = packed && maskedSeries(expand(id, packed.body), mask);
  if (masked === undefined) return;
  await db
    .updateTable('series')
    .set({ body: compact(masked) })
    .where('media_leg_id', '=', id)
    .execute();
}

/** A Call-ID often ends with the address of its host. Two that are one then, are one. */
async function maskIdentifiers(db: Db, id: string, mask: MaskAsk['mask']): Promise<void> {
  for (const { value, alias } of await db
    .selectFrom('identifiers')
    .selectAll()
    .where('media_leg_id', '=', id)
    .execute()) {
    if (mask(value) === value) continue;
    await db.deleteFrom('identifiers').where('media_leg_id', '=', id).where('value', '=', value).execute();
    await db
      .insertInto('identifiers')
      .values({ media_leg_id: id, value: mask(value), alias })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Undefined where there is no address. Streams that are named by their addresses stay apart. */
export function maskedSeries(series: Series, mask: MaskAsk['mask']): Series | undefined {
  const text = JSON.stringify(series.streams);
  if (mask(text) === text) return undefined;
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { streamId } of series.streams) {
    const masked = mask(streamId);
    let name = masked;
    for (let number = 2; taken.has(name); number += 1) name = `${masked}#${number}`;
    taken.add(name);
    names.set(streamId, name);
  }
  const named = (streamId: string): string => names.get(streamId) ?? mask(streamId);
  const streams = series.streams.map((stream) => ({
    ...(JSON.parse(mask(JSON.stringify(stream))) as typeof stream), // masked within its texts
    streamId: named(stream.streamId),
    ...(stream.continues === undefined ? {} : { continues: named(stream.continues) }),
  }));
  const intervals = series.intervals.map((each) => ({ ...each, streamId: named(each.streamId) }));
  return { ...series, streams, intervals };
}

/** Call records that are read no more, once no leg of their call is left that is found in them by its address. */
async function maskRecords(db: Db, { mask, limit }: MaskAsk): Promise<number> {
  const rows = await db
    .selectFrom('call_records')
    .select(['call_chain_id', 'body'])
    .where('masked', '=', 0)
    .where('due_at', 'is', null)
    .where('body', 'is not', null)
    .where(({ exists, not, selectFrom }) =>
      not(
        exists(
          selectFrom('identifiers')
            .innerJoin('legs', 'legs.media_leg_id', 'identifiers.media_leg_id')
            .select('identifiers.value')
            .whereRef('identifiers.value', '=', 'call_records.call_chain_id')
            .where('legs.masked', '=', 0),
        ),
      ),
    )
    .limit(limit)
    .$if(isPostgres(db), (records) => records.forUpdate('call_records').skipLocked())
    .execute();
  for (const { call_chain_id, body } of rows) {
    const masked = { body: mask(body ?? ''), masked: 1 } as const;
    await db.updateTable('call_records').set(masked).where('call_chain_id', '=', call_chain_id).execute();
  }
  return rows.length;
}

/** What was overwritten is nowhere in the file any more from now on (https://www.sqlite.org/pragma.html#pragma_secure_delete). */
export async function eraseDeleted(db: Db): Promise<void> {
  if (!isPostgres(db)) await sql`pragma secure_delete = on`.execute(db);
}
