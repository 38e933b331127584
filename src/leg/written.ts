import { OtherlegError } from '../model/error.ts';
import type { Leg } from '../model/leg.ts';
import type { Store } from '../store/store.ts';

/** Writes a leg under the revision that was read; the store is this agent's own, so a conflict is another writer's. */
export async function written(store: Pick<Store, 'putLeg'>, before: Leg, after: Leg): Promise<Leg> {
  if (await store.putLeg(after, before.revision)) return { ...after, revision: before.revision + 1 };
  throw new OtherlegError('STORE_FAILED', `leg ${after.mediaLegId} was changed by somebody else meanwhile`, {
    hint: 'send the request again',
  });
}
