import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FleetStore } from '../../src/store/fleet-store.ts';
import type { Store } from '../../src/store/store.ts';
import { newFolder } from './bench-sqlite.ts';
import type { Bench } from './contract/bench.ts';
import type { PostgresServer } from './postgres-server.ts';

/** What changes something that may be handed over afterwards. */
const changes = new Set([
  'putLeg',
  'appendIntervals',
  'endLeg',
  'completeLeg',
  'settleReport',
  'requeueReport',
  'dropReport',
  'dropWaiting',
]);

export const quiet = { info: () => undefined, warn: () => undefined };

/** `handing`: after each change live legs are copied and what can be is handed over at once; otherwise all stays in the file. */
export async function fleetBench(server: PostgresServer, { handing }: { readonly handing: boolean }): Promise<Bench> {
  const url = server.database();
  const folder = newFolder();
  let opened: FleetStore | undefined;
  const bench = {
    now: 1000,
    ...(handing && { packsAtOnce: true as const }),
    open: async (owner = 'agent-1') => {
      await opened?.close();
      opened = new FleetStore({
        path: join(folder, 'otherleg.db'),
        shared: { url },
        owner,
        now: () => bench.now,
        log: quiet,
        // Over as soon as it begins: the suite's second claimer is no agent of a fleet, and takes what the first left.
        leaseSeconds: -4e9,
        leaseClock: (now) => now,
      });
      await opened.open();
      return handing ? handedOver(opened) : opened;
    },
    dispose: async () => {
      await opened?.close();
      rmSync(folder, { recursive: true });
      await server.giveBack(url);
    },
  };
  return bench;
}

/** Not once it is closed. */
async function moveOn(fleet: FleetStore): Promise<void> {
  try {
    await fleet.mirror();
    await fleet.packEnded(0, 1000);
    await fleet.handOver();
  } catch (error) {
    if (!/not open/.test(String(error))) throw error;
  }
}

/** The same after changes: those that come while one is under way share the next. */
function movingOn(fleet: FleetStore): () => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return () => {
    next ??= last = last
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return moveOn(fleet);
      });
    return next;
  };
}

function handedOver(fleet: FleetStore): Store {
  const onward = movingOn(fleet);
  return new Proxy<Store>(fleet, {
    get: (_, name) => {
      const method: unknown = Reflect.get(fleet, name);
      if (typeof method !== 'function') return method;
      return async (...given: unknown[]) => {
        const result: unknown = await method.apply(fleet, given);
        if (changes.has(String(name))) await onward();
        return result;
      };
    },
  });
}
