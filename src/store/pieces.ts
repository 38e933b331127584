import { sql } from 'kysely';
import { isPostgres } from './engine.ts';
import { canonical } from './identifiers.ts';
import type { Db } from './schema.ts';
import type { PiecePlace, SeriesPiece } from './store.ts';

/** Rows of one piece: read in some milliseconds, in which nobody else is served. */
const ROWS = 2_000;

/** The next rows of a leg that lies here and is not packed; undefined of any other. */
export async function readPiece(db: Db, id: string, after?: PiecePlace): Promise<SeriesPiece | undefined> {
  const leg = await db
    .selectFrom('legs')
    .leftJoin('series', 'series.media_leg_id', 'legs.media_leg_id')
    .select(['legs.key', 'legs.copied_at', 'series.media_leg_id as packed'])
    .where('legs.media_leg_id', '=', canonical(id))
    .executeTakeFirst();
  if (leg === undefined || leg.packed !== null || (isPostgres(db) && leg.copied_at !== null)) return undefined;
  const rows = await rowsAfter(db, leg.key, after);
  const streams = await db.selectFrom('streams').select(['key', 'body']).where('leg_key', '=', leg.key).execute();
  // Put together as text: the bodies are JSON already.
  const named = streams.map(({ key, body }) => `[${key},${body}]`);
  const lines = rows.map(({ slot, part, number, body }) => `[${slot},"${part}",${number},${body}]`);
  const text = `{"streams":[${named.join()}],"rows":[${lines.join()}]}`;
  const last = rows.length === ROWS ? rows.at(-1) : undefined;
  if (last === undefined) return { text };
  const { slot, part, number } = last;
  return { text, next: { slot, part, number } };
}

function rowsAfter(db: Db, legKey: number, after: PiecePlace | undefined) {
  const rows = inOrder(db, legKey).limit(ROWS);
  if (after === undefined) return rows.execute();
  const { slot, part, number } = after;
  return rows.where(sql<boolean>`(slot, part, number) > (${slot}, ${part}, ${number})`).execute();
}

/** The rows of a leg that is not packed, in the order in which they make its series. */
export function inOrder(db: Db, legKey: number) {
  return db
    .selectFrom('measured')
    .select(['slot', 'part', 'number', 'body'])
    .where('leg_key', '=', legKey)
    .orderBy('slot')
    .orderBy('part')
    .orderBy('number');
}
