import type { Interval, Presence, Series, Stream } from '../model/interval.ts';
import { storable, upsertLegs } from './handover.ts';
import { fromIntervalCells, type IntervalCells } from './interval-cells.ts';
import { fromPresenceCells, type PresenceCells } from './presence-cells.ts';
import type { Db, Tables } from './schema.ts';

/*
 * A live leg lies in its agent's own file. So that it can be read from every agent of a fleet, the shared database has a
 * copy: the leg, and a text for each minute of what was measured, which is written anew until its minute is over.
 * Row by row it would be ten times the writes for the same figures.
 */

type Row = Pick<Tables['measured'], 'slot' | 'part' | 'number' | 'body'>;

/** What the text of a minute says; `rows` name streams by their place in `streams`. */
type Minute = {
  readonly streams: readonly Stream[];
  readonly rows: readonly (readonly [slot: number, part: Row['part'], number: number, cells: unknown])[];
};

/** A live leg as it is copied. */
export type LegCopy = {
  readonly leg: Omit<Tables['legs'], 'key' | 'handing' | 'copied_at' | 'masked'>;
  readonly identifiers: readonly Tables['identifiers'][];
  readonly minutes: ReadonlyMap<number, string>;
};

const micro = 1e6;
const minuteSlots = 60 * micro;

/** The minute of a time. */
export const minuteOf = (seconds: number): number => Math.floor(seconds / 60);

/** One leg with the minutes from `since` on; undefined if it is live no more. */
export async function exportLive(db: Db, mediaLegId: string, since: number): Promise<LegCopy | undefined> {
  const row = await db
    .selectFrom('legs')
    .selectAll()
    .where('media_leg_id', '=', mediaLegId)
    .where('state', '=', 'live')
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { key, handing: _handing, copied_at: _copied, masked: _masked, ...leg } = row;
  const identifiers = await db.selectFrom('identifiers').selectAll().where('media_leg_id', '=', mediaLegId).execute();
  const streams = await db
    .selectFrom('streams')
    .select(['key', 'body'])
    .where('leg_key', '=', key)
    .orderBy('key')
    .execute();
  const rows = await db
    .selectFrom('measured')
    .select(['slot', 'part', 'number', 'body'])
    .where('leg_key', '=', key)
    .where('slot', '>=', since * minuteSlots)
    .orderBy('slot')
    .orderBy('part')
    .orderBy('number')
    .execute();
  const byMinute = Map.groupBy(rows, ({ slot }) => Math.floor(slot / minuteSlots));
  return { leg, identifiers, minutes: new Map([...byMinute].map(([minute, of]) => [minute, text(streams, of)])) };
}

/** Put together as text: the bodies are JSON already. */
function text(streams: readonly { readonly key: number; readonly body: string }[], rows: readonly Row[]): string {
  const used = new Set(rows.filter(({ part }) => part === 'stream').map(({ number }) => number));
  const named = streams.filter(({ key }) => used.has(key));
  const places = new Map(named.map(({ key }, place) => [key, place]));
  const lines = rows.map(({ slot, part, number, body }) => {
    return `[${slot},"${part}",${part === 'stream' ? (places.get(number) ?? -1) : number},${body}]`;
  });
  return `{"streams":[${named.map(({ body }) => body).join()}],"rows":[${lines.join()}]}`;
}

/** Writes copies, never over a leg that lies here itself. `now`: as of when. */
export async function importLive(db: Db, copies: readonly LegCopy[], now: number): Promise<void> {
  if (copies.length === 0) return;
  const sorted = [...copies].sort((a, b) => (a.leg.media_leg_id < b.leg.media_leg_id ? -1 : 1));
  const written = await upsertLegs(
    db,
    sorted.map(({ leg }) => ({ ...leg, copied_at: now })),
  );
  const keys = new Map(written.map(({ key, media_leg_id }) => [media_leg_id, key]));
  const taken = sorted.filter(({ leg }) => keys.has(leg.media_leg_id));
  const identifiers = taken.flatMap((each) => each.identifiers);
  if (identifiers.length > 0) {
    await db
      .insertInto('identifiers')
      .values(identifiers.map(storable))
      .onConflict((conflict) =>
        conflict.columns(['value', 'media_leg_id']).doUpdateSet((each) => ({ alias: each.ref('excluded.alias') })),
      )
      .execute();
  }
  const minutes = taken.flatMap(({ leg, minutes }) =>
    [...minutes].map(([minute, body]) => ({ leg_key: keys.get(leg.media_leg_id) ?? 0, minute, body })),
  );
  if (minutes.length === 0) return;
  await db
    .insertInto('mirrored')
    .values(minutes)
    .onConflict((conflict) =>
      conflict.columns(['leg_key', 'minute']).doUpdateSet((each) => ({ body: each.ref('excluded.body') })),
    )
    .execute();
}

/** The series of a copy. */
export async function readMirrored(db: Db, mediaLegId: string, legKey: number): Promise<Series> {
  const rows = await db.selectFrom('mirrored').select('body').where('leg_key', '=', legKey).orderBy('minute').execute();
  const streams = new Map<string, Stream>();
  const intervals: Interval[] = [];
  const presence: Presence[] = [];
  for (const { body } of rows) {
    // Written by `text` only.
    const minute = JSON.parse(body) as Minute;
    for (const stream of minute.streams) streams.set(stream.streamId, stream);
    for (const [slot, part, number, cells] of minute.rows) {
      const startedAt = slot / micro;
      if (part === 'stream') {
        intervals.push(fromIntervalCells(cells as IntervalCells, minute.streams[number]?.streamId ?? '', startedAt));
      } else {
        presence.push(
          fromPresenceCells(cells as PresenceCells, { mediaLegId, startedAt, media: part, channelIndex: number }),
        );
      }
    }
  }
  return { mediaLegId, streams: [...streams.values()], intervals, presence };
}
