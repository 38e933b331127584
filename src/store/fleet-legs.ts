import { randomUUID } from 'node:crypto';
import { OtherlegError } from '../model/error.ts';
import type { Leg } from '../model/leg.ts';
import { canonical } from './identifiers.ts';
import { findLeg, type LegRow, toLeg } from './legs.ts';
import type { Db } from './schema.ts';

/** A leg as it lies in one place. */
export async function legIn(db: Db, ref: { mediaLegId: string } | { alias: string }): Promise<Leg | undefined> {
  const row = await findLeg(db, ref);
  return row && toLeg(row);
}

/** A live leg goes before one that has ended, then the later; of two that began together the one that counts. */
export function newer(a: Leg, b: Leg): boolean {
  if (a.state !== b.state) return a.state === 'live';
  if (a.startedAt !== b.startedAt) return a.startedAt > b.startedAt;
  if (isDiscarded(a) !== isDiscarded(b)) return isDiscarded(b);
  return (a.endedAt ?? 0) > (b.endedAt ?? 0);
}

const isDiscarded = ({ delivery }: Leg): boolean => delivery.reason === 'discarded';

/** What is only copied here is changed at the agent that measures it. */
export async function notACopy(db: Db, mediaLegId: string): Promise<void> {
  const row: LegRow | undefined = await findLeg(db, { mediaLegId });
  if (row === undefined || row.copied_at === null) return;
  const { owner } = toLeg(row);
  throw new OtherlegError('STORE_FAILED', `leg ${mediaLegId} is measured by the agent ${owner}`, {
    hint: `tell it to ${owner}, or begin a leg with a mediaLegId of its own`,
  });
}

/** Whether it went from here into the shared database. */
export async function isHanded(db: Db, mediaLegId: string): Promise<boolean> {
  const rows = db.selectFrom('handed').select('at').where('media_leg_id', '=', canonical(mediaLegId));
  return (await rows.executeTakeFirst()) !== undefined;
}

/** The life of an agent's file: made once for each. */
export async function instanceOf(db: Db): Promise<string> {
  const row = await db.selectFrom('agent').select('instance').where('id', '=', 1).executeTakeFirst();
  if (row?.instance) return row.instance;
  const instance = randomUUID();
  await db.updateTable('agent').set({ instance }).where('id', '=', 1).execute();
  return instance;
}

/** Those of these legs that lie here, too. */
export async function heldOf(db: Db, items: readonly { readonly mediaLegId: string }[]): Promise<ReadonlySet<string>> {
  if (items.length === 0) return new Set();
  const ids = items.map(({ mediaLegId }) => mediaLegId);
  const rows = await db.selectFrom('legs').select('media_leg_id').where('media_leg_id', 'in', ids).execute();
  return new Set(rows.map(({ media_leg_id }) => media_leg_id));
}
