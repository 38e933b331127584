import { handOver, type Side } from '../../src/store/handover-run.ts';
import { postgresEngine } from '../../src/store/postgres-engine.ts';
import { sqliteEngine } from '../../src/store/sqlite-engine.ts';

/*
 * Hands over what lies in a file and kills itself on the way. Arguments: the file, the database, and where:
 * `written` there before the mark, `marked` here before the commit there, `committed` there, `forgotten` here.
 */
const [path = '', url = '', where = ''] = process.argv.slice(2);
const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal is on its way
};

const file = sqliteEngine(path);
const shared = postgresEngine({ url });
await file.open();
await shared.open();

let inThere = false;
let calls = 0;
const here: Side = {
  run: async (work) => {
    if (inThere && where === 'written') die();
    const result = await file.run(work);
    calls += 1;
    // Read, read, mark, forget.
    if (calls === 4 && where === 'forgotten') die();
    return result;
  },
};
const there: Side = {
  run: async (work) => {
    const result = await shared.run(async (db) => {
      inThere = true;
      const done = await work(db);
      if (where === 'marked') die();
      return done;
    });
    if (where === 'committed') die();
    return result;
  },
};
await handOver(here, there, { limit: 100, now: 1, except: [] });
process.exitCode = 3;
