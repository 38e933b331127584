import { postgresStore } from '../../src/store/postgres-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Bench } from './contract/bench.ts';
import type { PostgresServer } from './postgres-server.ts';

/** A database of its own on a test's server; it goes with the server. */
export async function postgresBench(server: PostgresServer): Promise<Bench> {
  const url = server.database();
  let opened: Store | undefined;
  const bench = {
    now: 1000,
    open: async (owner = 'agent-1') => {
      await opened?.close();
      opened = postgresStore({ url, owner, now: () => bench.now });
      await opened.open();
      return opened;
    },
    dispose: async () => {
      await opened?.close();
      await server.giveBack(url);
    },
  };
  return bench;
}
