import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { endedOf, guidOf, legOf, reportOf } from './leg-of.ts';

/*
 * Ends legs on a disk that gets full, makes room, goes on. Prints what happened as JSON. Argument: the folder on that disk;
 * with a second one, only tries to open what lies there.
 */
const [folder = '', only] = process.argv.slice(2);
const filler = join(folder, 'filler');
const store = sqliteStore({ path: join(folder, 'otherleg.db'), owner: 'agent-1', now: () => 1 });

const failure = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    // OtherlegError carries both.
    const { code, hint } = error as { code?: string; hint?: string };
    return { code, hint };
  }
};

const body = `{"quality":"${'x'.repeat(4000)}"}`;
const promised: string[] = [];
const endLegs = async (): Promise<void> => {
  for (let n = promised.length; n < 5000; n += 1) {
    const leg = legOf(`${n}`);
    await store.endLeg(endedOf(leg), { report: reportOf(leg, { body }) });
    promised.push(leg.mediaLegId);
  }
};

async function fill(): Promise<object> {
  await store.open();
  writeFileSync(filler, Buffer.alloc(1_500_000));
  const full = await failure(endLegs);
  const next = legOf(`${promised.length}`);
  const halfWritten = await store.leg({ mediaLegId: next.mediaLegId });
  rmSync(filler);
  const afterwards = await failure(() => store.endLeg(endedOf(next), { report: reportOf(next, { body }) }));
  await store.close();
  await store.open();
  const reports = await Promise.all(promised.map((id) => store.report(id)));
  const kept = reports.filter((report) => report?.body === body).length;
  const last = await store.report(guidOf(`${promised.length}`));
  await store.close();
  return {
    full,
    promised: promised.length,
    halfWritten: halfWritten ?? null,
    afterwards: afterwards ?? null,
    kept,
    last: last !== undefined,
  };
}

console.log(JSON.stringify(only === undefined ? await fill() : { opening: await failure(() => store.open()) }));
