import { writeSync } from 'node:fs';
import { FleetStore } from '../../src/store/fleet-store.ts';
import { endedOf, legOf, reportOf } from './leg-of.ts';
import { batch, intervalOf, presenceOf, streamOf } from './measured.ts';

/*
 * An agent of a fleet that ends legs, packs, hands over and delivers as fast as it can, until it is killed. Prints each
 * leg's name once its end is promised (`+`), and each report that it posts (`!`). Arguments: the file, the database, what
 * names begin with, its own name.
 */
const [path = '', url = '', prefix = '', owner = 'agent-1'] = process.argv.slice(2);
const say = (line: string): number => writeSync(1, `${line}\n`);
const now = (): number => Date.now() / 1000;

const store = new FleetStore({
  path,
  shared: { url },
  owner,
  now,
  leaseSeconds: 1,
  log: { info: () => undefined, warn: () => undefined },
});
await store.open();
say('open');

async function endLegs(): Promise<never> {
  for (let n = 0; ; n += 1) {
    const name = `${prefix} ${n}`;
    const leg = { ...legOf(name), owner };
    const stream = streamOf(leg.mediaLegId);
    await store.putLeg(leg, 0);
    await store.appendIntervals(
      batch({ streams: [stream], intervals: [intervalOf(stream, 0)], presence: [presenceOf(leg.mediaLegId, 0)] }),
    );
    await store.endLeg(endedOf(leg), { report: reportOf(leg) });
    say(`+${name}`);
    await new Promise(setImmediate);
  }
}

async function handOver(): Promise<never> {
  for (;;) {
    await store.packEnded(0, 20);
    await store.handOver();
    await new Promise(setImmediate);
  }
}

/** Slower than legs end, so that some are handed over first. */
async function deliver(): Promise<never> {
  for (;;) {
    const ask = { owner, now: now(), limit: 1, leaseSeconds: 60, heldTenants: [] };
    for (const { report, fence } of await store.claimReports(ask)) {
      say(`!${report.mediaLegId}`);
      await store.settleReport(report.mediaLegId, fence, { kind: 'accepted', at: now() });
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

await Promise.all([
  endLegs(),
  handOver(),
  deliver(),
  (async () => {
    for (;;) {
      await store.renew();
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  })(),
]);
