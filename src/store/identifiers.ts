import type { Leg } from '../model/leg.ts';
import type { Db } from './schema.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** GUIDs are compared without case; everything else, like a SIP Call-ID (RFC 3261, 8.1.1.4), as it stands. */
export function canonical(identifier: string): string {
  return guid.test(identifier) ? identifier.toLowerCase() : identifier;
}

/** Makes a leg findable by what it is called now. What it was called before stays, but is an alias no more. */
export async function writeIdentifiers(db: Db, leg: Leg): Promise<void> {
  const mediaLegId = canonical(leg.mediaLegId);
  const { callChainId, participantId, aliases = [] } = leg.control;
  const named = [callChainId, participantId, ...leg.earlierIdentifiers].filter((value) => value !== undefined);
  const alias = new Map<string, 0 | 1>(named.map((value) => [canonical(value), 0]));
  for (const value of aliases) alias.set(canonical(value), 1);
  await db.updateTable('identifiers').set({ alias: 0 }).where('media_leg_id', '=', mediaLegId).execute();
  if (alias.size === 0) return;
  await db
    .insertInto('identifiers')
    .values([...alias].map(([value, alias]) => ({ media_leg_id: mediaLegId, value, alias })))
    .onConflict((conflict) =>
      conflict.columns(['value', 'media_leg_id']).doUpdateSet((row) => ({ alias: row.ref('excluded.alias') })),
    )
    .execute();
}
