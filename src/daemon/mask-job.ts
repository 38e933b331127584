import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config/config.ts';
import { maskAddressesIn } from '../report/address.ts';
import type { Store } from '../store/store.ts';
import { everySeconds, type Job } from './schedule.ts';

/** How long the store keeps addresses of a report that was delivered. Seconds. */
const MASK_SECONDS = 15;
/** A series is packed anew, and others wait for the store meanwhile. Milliseconds. */
const PAUSE_MILLIS = 50;

/** Takes addresses out of the store where `privacy.addresses` is `masked`, leg by leg. Dead letters keep them while they may be sent. */
export function maskJob(store: Store, agent: { readonly config: () => Config; readonly now: () => number }): Job {
  const run = async (): Promise<void> => {
    const { privacy, delivery } = agent.config();
    if (privacy.addresses !== 'masked' || store.maskDelivered === undefined) return;
    await store.eraseDeleted?.();
    const ask = { mask: maskAddressesIn, before: agent.now() - delivery.maximumAge, limit: 1 };
    while ((await store.maskDelivered(ask)) > 0) await sleep(PAUSE_MILLIS);
  };
  return { name: 'mask', expression: everySeconds(MASK_SECONDS), run };
}
