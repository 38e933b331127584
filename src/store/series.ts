import { sql } from 'kysely';
import type { Interval, Presence, Series, Stream } from '../model/interval.ts';
import { compact, expand } from './compaction.ts';
import { each, isPostgres } from './engine.ts';
import { canonical } from './identifiers.ts';
import { toIntervalCells } from './interval-cells.ts';
import { fromSlot, type Line, MeasuredRows, toSlot } from './measured-rows.ts';
import { readMirrored } from './mirror.ts';
import { inOrder } from './pieces.ts';
import { toPresenceCells } from './presence-cells.ts';
import type { Db } from './schema.ts';
import type { MeasuredBatch } from './store.ts';

/**
 * Writes what all legs measured in a tick, one statement a table. What comes for a leg that has ended or is unknown is
 * left out: its series is closed, and it must not cost the others theirs.
 */
export async function appendMeasured(db: Db, { streams, intervals, presence, cursors }: MeasuredBatch): Promise<void> {
  if (streams.length > 0) await appendStreams(db, streams);
  if (intervals.length > 0) await appendIntervals(db, intervals);
  if (presence.length > 0) await appendPresence(db, presence);
  if (cursors.size > 0) await appendCursors(db, cursors);
}

// `where true` tells SQLite that the conflict clause belongs to the insert (https://www.sqlite.org/lang_upsert.html, 2.2).

async function appendStreams(db: Db, streams: readonly Stream[]): Promise<void> {
  const rows = streams.map((stream) => {
    const mediaLegId = canonical(stream.mediaLegId);
    return [mediaLegId, stream.streamId, { ...stream, mediaLegId }];
  });
  await sql`
    insert into streams (leg_key, stream_id, body)
    select legs.key, given.value ->> 1, given.value ->> 2
    from ${each(db, rows)} legs on legs.media_leg_id = given.value ->> 0 and legs.state = 'live'
    where true
    on conflict (stream_id) where live = 1 do update set body = excluded.body where streams.leg_key = excluded.leg_key
  `.execute(db);
}

async function appendIntervals(db: Db, intervals: readonly Interval[]): Promise<void> {
  const rows = intervals.map((interval) => {
    const slot = toSlot(interval.startedAt);
    return [interval.streamId, slot, toIntervalCells(interval, fromSlot(slot))];
  });
  await sql`
    insert into measured (leg_key, slot, part, number, body)
    select streams.leg_key, cast(given.value ->> 1 as bigint), 'stream', streams.key, given.value ->> 2
    from ${each(db, rows)} streams on streams.stream_id = given.value ->> 0 and streams.live = 1
    where true
    on conflict (leg_key, slot, part, number) do update set body = excluded.body
  `.execute(db);
}

async function appendPresence(db: Db, presence: readonly Presence[]): Promise<void> {
  const rows = presence.map((each) => {
    const { mediaLegId, startedAt, media, channelIndex } = each;
    return [canonical(mediaLegId), toSlot(startedAt), media, channelIndex, toPresenceCells(each)];
  });
  await sql`
    insert into measured (leg_key, slot, part, number, body)
    select legs.key, cast(given.value ->> 1 as bigint), given.value ->> 2, cast(given.value ->> 3 as bigint), given.value ->> 4
    from ${each(db, rows)} legs on legs.media_leg_id = given.value ->> 0 and legs.state = 'live'
    where true
    on conflict (leg_key, slot, part, number) do update set body = excluded.body
  `.execute(db);
}

async function appendCursors(db: Db, cursors: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const rows = [...cursors].map(([id, octets]) => [canonical(id), Buffer.from(octets).toString('base64')]);
  await sql`
    insert into cursors (leg_key, body)
    select legs.key, given.value ->> 1
    from ${each(db, rows)} legs on legs.media_leg_id = given.value ->> 0 and legs.state = 'live'
    where true
    on conflict (leg_key) do update set body = excluded.body
  `.execute(db);
}

/** The series of a leg, live or ended; empty for an unknown one. */
export async function readSeries(db: Db, id: string): Promise<Series> {
  const mediaLegId = canonical(id);
  const leg = await db
    .selectFrom('legs')
    .leftJoin('series', 'series.media_leg_id', 'legs.media_leg_id')
    .select(['legs.key', 'legs.copied_at', 'series.body'])
    .where('legs.media_leg_id', '=', mediaLegId)
    .executeTakeFirst();
  if (leg === undefined) return { mediaLegId, streams: [], intervals: [], presence: [] };
  if (leg.body !== null) return expand(mediaLegId, leg.body);
  // In an agent's own file the mark says only that there may be a copy elsewhere.
  const isCopy = isPostgres(db) && leg.copied_at !== null;
  return isCopy ? readMirrored(db, mediaLegId, leg.key) : readLive(db, mediaLegId, leg.key);
}

/** The series of an ended leg as it lies packed, for `expand`; undefined while it is not. */
export async function readPacked(db: Db, id: string): Promise<Uint8Array | undefined> {
  const packed = db.selectFrom('series').select('body').where('media_leg_id', '=', canonical(id));
  return (await packed.executeTakeFirst())?.body;
}

/** What a live leg's source needs to go on. */
export async function readCursor(db: Db, legKey: number): Promise<Uint8Array | undefined> {
  const row = await db.selectFrom('cursors').select('body').where('leg_key', '=', legKey).executeTakeFirst();
  return row && new Uint8Array(Buffer.from(row.body, 'base64'));
}

/** Nothing is added to a leg that has ended, and the names of its streams are free again. */
export async function closeStreams(db: Db, legKey: number): Promise<void> {
  await db.updateTable('streams').set({ live: 0 }).where('leg_key', '=', legKey).execute();
}

/** Packs the series of a leg that has ended and removes the rows it was made of. */
export async function packSeries(db: Db, mediaLegId: string, legKey: number): Promise<void> {
  await writePacked(db, mediaLegId, legKey, await readLive(db, mediaLegId, legKey));
}

/** Packs a series of a leg that has ended, in place of the one it has. */
export async function replaceSeries(db: Db, id: string, legKey: number, series: Series): Promise<void> {
  const mediaLegId = canonical(id);
  await db.deleteFrom('series').where('media_leg_id', '=', mediaLegId).execute();
  await writePacked(db, mediaLegId, legKey, series);
}

async function writePacked(db: Db, mediaLegId: string, legKey: number, series: Series): Promise<void> {
  await db
    .insertInto('series')
    .values({ media_leg_id: mediaLegId, body: compact(series) })
    .execute();
  for (const table of ['measured', 'streams', 'cursors'] as const) {
    await db.deleteFrom(table).where('leg_key', '=', legKey).execute();
  }
}

async function readLive(db: Db, mediaLegId: string, legKey: number): Promise<Series> {
  const streams = await db.selectFrom('streams').select(['key', 'body']).where('leg_key', '=', legKey).execute();
  const rows = await inOrder(db, legKey).execute();
  const bodies = parsed(streams) as Stream[]; // written above from streams
  const cells = parsed(rows);
  const measured = new MeasuredRows(mediaLegId);
  measured.put(
    streams.map(({ key }, index) => [key, bodies[index] as Stream]), // one body a row
    rows.map(({ slot, part, number }, index): Line => [slot, part, number, cells[index]]),
  );
  return measured.series();
}

/** Parses all bodies of a table at once, which takes half the time of one by one. */
function parsed(rows: readonly { readonly body: string }[]): readonly unknown[] {
  return JSON.parse(`[${rows.map(({ body }) => body).join()}]`) as unknown[];
}
