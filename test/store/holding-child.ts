import { sqliteStore } from '../../src/store/sqlite-store.ts';

/** Another agent: takes the store, says so, and has it until it is killed. */
const [path = ''] = process.argv.slice(2);
const store = sqliteStore({ path, owner: 'agent-2', now: () => 1 });
await store.open();
process.stdout.write('open\n');
setInterval(() => undefined, 1000);
