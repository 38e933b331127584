import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { endedOf, legOf, reportOf } from './leg-of.ts';

/*
 * A store that is damaged on a disk that is full. Prints as JSON what was owed before, how opening it failed and what lay
 * there then, and what is owed once there is room. Argument: the folder on that disk; `start`: opens it and nothing else.
 */
const [folder = '', only] = process.argv.slice(2);
const path = join(folder, 'otherleg.db');
const filler = join(folder, 'filler');
const store = sqliteStore({ path, owner: 'agent-1', now: () => 1 });

/** Octets. */
const ROOM = 400_000;

const owed = async (): Promise<number> => (await store.owed?.())?.reports ?? -1;

async function damagedAndFull(): Promise<object> {
  await store.open();
  const legs = Array.from({ length: 300 }, (_, n) => legOf(`${n}`));
  await Promise.all(legs.map((leg) => store.endLeg(endedOf(leg), { report: reportOf(leg) })));
  await store.close();
  const octets = readFileSync(path);
  octets.fill(0xee, octets.length - 4096);
  writeFileSync(path, octets);
  try {
    for (;;) writeFileSync(filler, Buffer.alloc(4096), { flag: 'a' });
  } catch {
    // Full: now there is room for an empty store, not for what is owed.
    truncateSync(filler, statSync(filler).size - ROOM);
  }
  const opening = await store.open().then(
    () => 'opened',
    ({ code, hint }) => ({ code, hint }),
  );
  const there = existsSync(path) && readFileSync(path).length === octets.length;
  const aside = readdirSync(folder).filter((name) => name.includes('.damaged-')).length;
  await store.close();
  rmSync(filler);
  await store.open();
  return { opening, there, aside, owed: await owed() };
}

if (only === 'start') await store.open();
else console.log(JSON.stringify(await damagedAndFull()));
