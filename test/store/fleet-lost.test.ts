import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Leg } from '../../src/model/leg.ts';
import type { FleetOptions } from '../../src/store/fleet-options.ts';
import { FleetStore } from '../../src/store/fleet-store.ts';
import { until } from '../daemon/slim-gateway.ts';
import { quiet } from './bench-fleet.ts';
import { newFolder } from './bench-sqlite.ts';
import { endedOf, guidOf, legOf, reportOf } from './leg-of.ts';
import { batch, intervalOf, origin, presenceOf, streamOf } from './measured.ts';
import { skipped, suffix } from './postgres-server.ts';
import { serverOfTests } from './server-of-tests.ts';

const GRACE = 7200;
/** Who has looked at the database for two leases knows who is silent. */
const LEASE = 0.02;

describe.skipIf(skipped)(`live legs of an agent that is gone${suffix}`, () => {
  const server = serverOfTests();
  let folder: string;
  let url: string;
  const opened: FleetStore[] = [];
  beforeEach(() => {
    folder = newFolder();
    url = server.database();
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
    rmSync(folder, { recursive: true });
  });

  async function agent(owner: string, more: Partial<FleetOptions> = {}): Promise<FleetStore> {
    const path = join(folder, `${owner}.db`);
    const options = { path, shared: { url }, owner, now: () => origin, log: quiet, leaseSeconds: LEASE, ...more };
    const store = new FleetStore(options);
    opened.push(store);
    await store.open();
    return store;
  }
  async function stop(store: FleetStore): Promise<void> {
    opened.splice(opened.indexOf(store), 1);
    await store.close();
  }
  const own = (name: string): Leg => legOf(name, { owner: 'agent-1' });
  async function begun(store: FleetStore, name: string): Promise<Leg> {
    const leg = own(name);
    await store.putLeg(leg, 0);
    const stream = streamOf(leg.mediaLegId);
    const presence = [presenceOf(leg.mediaLegId, 0)];
    await store.appendIntervals(batch({ streams: [stream], intervals: [intervalOf(stream, 0)], presence }));
    return leg;
  }
  const end = (store: FleetStore, leg: Leg) => store.endLeg(endedOf(leg), { report: reportOf(leg) });
  const claim = async (store: FleetStore, owner: string): Promise<string[]> => {
    const ask = { owner, now: origin + 1e6, limit: 100, leaseSeconds: 60, heldTenants: [] };
    return (await store.claimReports(ask)).map(({ report }) => report.mediaLegId).sort();
  };
  const rows = (statement: string): string => server.execute(new URL(url).pathname.slice(1), statement);
  /** So long ago was the last word of agent-1. */
  const silent = (seconds: number): void => {
    rows(`update agents set lease_until = extract(epoch from clock_timestamp()) - ${seconds} where owner = 'agent-1'`);
    rows(`update legs set copied_at = extract(epoch from clock_timestamp()) - ${seconds} where copied_at is not null`);
  };
  /** All of them, in place of their agent. */
  async function takeOver(store: FleetStore): Promise<string[]> {
    const ids = [];
    for (const { leg, series } of await store.lostLegs(GRACE)) {
      if (await store.endLost({ leg: endedOf(leg), series, owed: { report: reportOf(leg) } }, GRACE))
        ids.push(leg.mediaLegId);
    }
    return ids.sort();
  }

  it('are ended by another after the grace, with all that had been copied, and reported by it', async () => {
    const one = await agent('agent-1');
    const a = await begun(one, 'a');
    const series = await one.series(a.mediaLegId);
    await one.mirror();
    // Its own agent reads its own.
    expect(await one.series(a.mediaLegId)).toStrictEqual(series);
    expect((await one.liveLegs('agent-1')).map((live) => live.series)).toStrictEqual([series]);
    expect(series.intervals).toHaveLength(1);
    await stop(one);
    const two = await agent('agent-2');
    await sleep(3000 * LEASE);
    silent(GRACE - 60);
    expect(await takeOver(two)).toEqual([]);
    silent(GRACE + 60);
    expect(await takeOver(two)).toEqual([a.mediaLegId]);
    expect(await takeOver(two)).toEqual([]);
    expect(two.counters).toMatchObject({ legsTakenOver: 1, legsLost: 0 });
    expect(await claim(two, 'agent-2')).toEqual([a.mediaLegId]);
    expect(await two.leg({ mediaLegId: a.mediaLegId })).toMatchObject({ state: 'ended', owner: 'agent-1' });
    expect(await two.series(a.mediaLegId)).toStrictEqual(series);
    expect(rows('select count(*) from mirrored')).toBe('0');
  });

  it.each([
    { why: 'its agent lives', change: "update agents set lease_until = 4e9 where owner = 'agent-1'" },
    { why: 'it was copied lately', change: 'update legs set copied_at = extract(epoch from clock_timestamp()) - 5' },
    { why: 'its agent has ended it', change: 'update legs set handing = 1' },
  ])('are left alone where $why', async ({ change }) => {
    const one = await agent('agent-1');
    await begun(one, 'a');
    await one.mirror();
    await stop(one);
    const two = await agent('agent-2');
    await sleep(3000 * LEASE);
    silent(GRACE + 60);
    const [lost] = await two.lostLegs(GRACE);
    rows(change);
    expect(await two.lostLegs(GRACE)).toEqual([]);
    if (lost === undefined) throw new Error('nothing was lost');
    // Nor between the look and the end.
    expect(await two.endLost({ leg: endedOf(lost.leg), series: lost.series, owed: {} }, GRACE)).toBe(false);
    expect(rows('select state from legs')).toBe('live');
  });

  it('are not looked for by one to whom the database came back a moment ago: the others were cut off, too', async () => {
    const one = await agent('agent-1');
    await begun(one, 'a');
    await one.mirror();
    await stop(one);
    const two = await agent('agent-2', { leaseSeconds: 30 });
    silent(GRACE + 60);
    expect(await two.lostLegs(GRACE)).toEqual([]);
  });

  it('are ended once, by one of many agents', async () => {
    const one = await agent('agent-1');
    const all = [];
    for (let n = 0; n < 12; n += 1) all.push((await begun(one, `leg ${n}`)).mediaLegId);
    await one.mirror();
    await stop(one);
    const others = await Promise.all(['agent-2', 'agent-3', 'agent-4'].map((owner) => agent(owner)));
    await sleep(3000 * LEASE);
    silent(GRACE + 60);
    const taken = await Promise.all(others.map(takeOver));
    expect(taken.flat().sort()).toEqual(all.sort());
    expect(rows('select count(*) from reports')).toBe('12');
  });

  it('come with the goodbye that their agent had seen', async () => {
    const one = await agent('agent-1');
    const leg = { ...own('a'), wire: { byeAt: origin + 42.5 } };
    await one.putLeg(leg, 0);
    await one.mirror();
    await stop(one);
    const two = await agent('agent-2');
    await sleep(3000 * LEASE);
    silent(GRACE + 60);
    expect((await two.lostLegs(GRACE)).map((lost) => lost.leg.wire)).toEqual([{ byeAt: origin + 42.5 }]);
  });

  it('are not reported again by their agent when it comes back, and forgotten by it', async () => {
    const one = await agent('agent-1');
    const live = await begun(one, 'a');
    const ended = await begun(one, 'b');
    await one.mirror();
    await end(one, ended); // its gateway was answered, and then the host was gone
    await stop(one);
    const two = await agent('agent-2');
    await sleep(3000 * LEASE);
    silent(GRACE + 60);
    expect(await takeOver(two)).toEqual([live.mediaLegId, ended.mediaLegId].sort());

    const back = await agent('agent-1');
    expect((await back.liveLegs('agent-1')).map(({ leg }) => leg.mediaLegId)).toEqual([live.mediaLegId]);
    await back.mirror();
    await end(back, live);
    // What the others had queued it may claim there, once; nothing from its file.
    expect(await claim(back, 'agent-1')).toEqual([live.mediaLegId, ended.mediaLegId].sort());
    expect(await claim(two, 'agent-2')).toEqual([]);
    expect((await back.owedHere({ limit: 10 })).items).toHaveLength(2);
    await back.packEnded(0, 10);
    expect(await back.handOver()).toBe(2);
    expect((await back.owedHere({ limit: 10 })).items).toEqual([]);
    expect(rows('select count(*) from reports')).toBe('2');
    expect(back.counters).toMatchObject({ legsLost: 2, legsTakenOver: 0 });
  });

  it('were cut off and go on: the report waits for the database, and is sent once', async () => {
    const one = await agent('agent-1');
    const copied = await begun(one, 'a');
    await one.mirror();
    server.halt();
    let fresh: Leg;
    try {
      fresh = await begun(one, 'b');
      await end(one, copied);
      await end(one, fresh);
      // What has no copy there is nobody else's.
      expect(await claim(one, 'agent-1')).toEqual([fresh.mediaLegId]);
    } finally {
      server.resume();
    }
    // However often it was asked for in vain: the longest pause is 15 s.
    const claimed = await until(async () => {
      const ids = await claim(one, 'agent-1');
      return ids.length > 0 ? ids : undefined;
    }, 30);
    expect(claimed).toEqual([copied.mediaLegId]);
    silent(GRACE + 60);
    const two = await agent('agent-2');
    await sleep(3000 * LEASE);
    expect(await takeOver(two)).toEqual([]);
  }, 60_000);

  it('are sent from here at once where the database is there, handed over or not', async () => {
    const one = await agent('agent-1');
    const leg = await begun(one, 'a');
    await one.mirror();
    await end(one, leg);
    expect(rows('select handing from legs')).toBe('0');
    expect(await claim(one, 'agent-1')).toEqual([leg.mediaLegId]);
    expect(rows('select handing from legs')).toBe('1');
    expect(await one.settleReport(guidOf('a'), 1, { kind: 'accepted', at: origin })).toBe(true);
    await one.packEnded(0, 10);
    expect(await one.handOver()).toBe(1);
    expect(rows('select handing from legs')).toBe('0');
    expect(rows('select state from reports')).toBe('delivered');
  });

  it('whose copy comes late stay closed', async () => {
    const one = await agent('agent-1');
    const leg = await begun(one, 'a');
    await one.mirror();
    const open = rows('select body from legs');
    await end(one, leg);
    await claim(one, 'agent-1');
    // As the copy's own statement would leave it.
    rows(`update legs set state = 'live', body = '${open.replaceAll("'", "''")}' where copied_at is not null`);
    await stop(one);
    const two = await agent('agent-2');
    await sleep(3000 * LEASE);
    silent(GRACE + 60);
    expect(await takeOver(two)).toEqual([]);
  });
});
