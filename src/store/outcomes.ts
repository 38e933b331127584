import type { Outcome } from '../model/delivery.ts';
import { canonical } from './identifiers.ts';
import type { Db } from './schema.ts';

/** How an attempt ended at a report of the shared database, kept here until that can be told. */
export type KeptOutcome = { readonly mediaLegId: string; readonly fence: number; readonly outcome: Outcome };

/** Writes one down. */
export async function keepOutcome(db: Db, { mediaLegId, fence, outcome }: KeptOutcome): Promise<void> {
  await db
    .insertInto('outcomes')
    .values({ media_leg_id: canonical(mediaLegId), fence, body: JSON.stringify(outcome) })
    .onConflict((conflict) => conflict.columns(['media_leg_id', 'fence']).doNothing())
    .execute();
}

/** All that are kept. */
export async function keptOutcomes(db: Db): Promise<readonly KeptOutcome[]> {
  const rows = await db.selectFrom('outcomes').selectAll().execute();
  // Written by `keepOutcome` only.
  return rows.map(({ media_leg_id, fence, body }) => ({
    mediaLegId: media_leg_id,
    fence,
    outcome: JSON.parse(body) as Outcome,
  }));
}

/** They are told. */
export async function forgetOutcomes(db: Db, told: readonly KeptOutcome[]): Promise<void> {
  for (const { mediaLegId, fence } of told) {
    await db.deleteFrom('outcomes').where('media_leg_id', '=', mediaLegId).where('fence', '=', fence).execute();
  }
}
