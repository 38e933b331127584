import { writeSync } from 'node:fs';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { endedOf, legOf, reportOf } from './leg-of.ts';
import { batch, intervalOf, presenceOf, streamOf } from './measured.ts';

/*
 * Begins, measures and ends legs until it is killed. Prints each leg's name once its end is promised, and `open` before
 * the first. Arguments: the file, and what names begin with.
 */
const [path = '', prefix = ''] = process.argv.slice(2);
// Nothing between the promise and the print: what is printed was promised, and little more.
const say = (line: string): number => writeSync(1, `${line}\n`);

const store = sqliteStore({ path, owner: 'agent-1', now: () => Date.now() / 1000 });
await store.open();
say('open');
for (let n = 0; ; n += 1) {
  const name = `${prefix} ${n}`;
  const leg = legOf(name);
  const stream = streamOf(leg.mediaLegId);
  await store.putLeg(leg, 0);
  const slots = [0, 1, 2];
  await store.appendIntervals(
    batch({
      streams: [stream],
      intervals: slots.map((slot) => intervalOf(stream, slot)),
      presence: slots.map((slot) => presenceOf(leg.mediaLegId, slot)),
    }),
  );
  await store.endLeg(endedOf(leg), { report: reportOf(leg) });
  say(name);
}
