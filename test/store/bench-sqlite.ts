import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Bench } from './contract/bench.ts';

/** A folder of its own for a store's file. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'otherleg-store-'));

/** A SQLite file in a folder that goes with the bench. */
export async function sqliteBench(): Promise<Bench & { readonly path: string }> {
  const folder = newFolder();
  const path = join(folder, 'otherleg.db');
  let opened: Store | undefined;
  const bench = {
    now: 1000,
    path,
    open: async (owner = 'agent-1') => {
      await opened?.close();
      opened = sqliteStore({ path, owner, now: () => bench.now });
      await opened.open();
      return opened;
    },
    dispose: async () => {
      await opened?.close();
      rmSync(folder, { recursive: true });
    },
  };
  return bench;
}
