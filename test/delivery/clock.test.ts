import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { accepted, clock, down, offset, seconds, simulated, throttled } from './simulated.ts';

const DAY = 86_400;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 1_800_000_000 * 1_000 }));
afterEach(() => void vi.useRealTimers());

describe('a clock that is set', () => {
  it('back by a day does not hold a report back for a day', async () => {
    const { delivery, end, stateOf, posts } = await simulated((_report, all) => (all.length < 4 ? down : accepted));
    delivery().start();
    const id = await end(1);
    await seconds(2);
    expect(await stateOf(id)).toMatchObject({ state: 'queued' });
    offset.seconds = -DAY;
    await seconds(120);
    expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
    expect(posts.length).toBe(4);
  });

  it('back by a day while nobody ran, too', async () => {
    const { delivery, end, stateOf, restart } = await simulated((_report, all) => (all.length < 2 ? down : accepted));
    delivery().start();
    const id = await end(1);
    await seconds(0.2);
    offset.seconds = -DAY;
    await restart();
    await seconds(5);
    expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
  });

  it('back by a day leaves the waits between attempts as they are', async () => {
    const { delivery, end, posts } = await simulated(() => down);
    delivery().start();
    await end(1);
    await seconds(10);
    offset.seconds = -DAY;
    const before = posts.length;
    await seconds(3_600);
    // Half of 15 min each, once the waits have grown: the clock is no reason to hammer.
    expect(posts.length - before).toBeGreaterThan(6);
    expect(posts.length - before).toBeLessThan(22);
  });

  it('back by a day does not hold a throttled tenant for a day, nor the one report that was told when', async () => {
    const { delivery, end, stateOf } = await simulated((_report, all) => (all.length === 1 ? throttled(30) : accepted));
    delivery().start();
    const first = await end(1);
    await seconds(1);
    const second = await end(2);
    await seconds(1);
    expect(await stateOf(second)).toMatchObject({ state: 'queued', attempts: 0 });
    offset.seconds = -DAY;
    await seconds(125);
    expect([await stateOf(first), await stateOf(second)]).toMatchObject([
      { state: 'delivered' },
      { state: 'delivered' },
    ]);
  });

  it('forward by a day makes due what waits, and expires nothing that is younger than the maximum age', async () => {
    let up = false;
    const { delivery, end, stateOf } = await simulated(() => (up ? accepted : down));
    delivery().start();
    const id = await end(1);
    await seconds(900);
    offset.seconds = DAY;
    await seconds(120);
    expect(await stateOf(id)).toMatchObject({ state: 'queued' });
    up = true;
    await seconds(900);
    expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
  });

  it('forward and back again loses nothing and sends nothing twice', async () => {
    let up = false;
    const { delivery, end, stateOf, posts } = await simulated(() => (up ? accepted : down));
    delivery().start();
    const ids = [await end(1)];
    for (const jump of [DAY, 0, -DAY, 0]) {
      offset.seconds = jump;
      ids.push(await end(ids.length + 1));
      await seconds(300);
    }
    up = true;
    const before = posts.length;
    await seconds(1_000);
    for (const id of ids) expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
    expect(posts.length - before).toBe(ids.length);
  });

  it('back while it drains does not keep it from its deadline', async () => {
    const { delivery, end } = await simulated(() => down);
    delivery().start();
    await end(1);
    const began = Date.now();
    const left = delivery().drain(5);
    await seconds(1);
    offset.seconds = -DAY;
    await seconds(6);
    expect(await left).toBe(1);
    expect(Date.now() - began).toBeLessThan(8_000);
    expect(clock.now()).toBeLessThan(1_800_000_000);
  });
});

describe('a report that grows too old', () => {
  it('is a dead letter with that reason, and may be sent again', async () => {
    let up = false;
    const { delivery, end, stateOf, store } = await simulated(() => (up ? accepted : down), { maximumAgeSeconds: 60 });
    delivery().start();
    const id = await end(1);
    await seconds(300);
    expect(await stateOf(id)).toMatchObject({ state: 'expired', reason: 'maximum-age' });
    up = true;
    expect(await store().requeueReport(id, clock.now())).toBe(true);
    delivery().wake();
    await seconds(1);
    expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
  });
});

describe('three days without Graph', () => {
  it('in simulated time lose no report of any tenant, over restarts, and are over within a quarter of an hour', async () => {
    let outage = true;
    const { delivery, end, stateOf, restart, posts } = await simulated(() => (outage ? down : accepted));
    delivery().start();
    const ids: string[] = [];
    for (let hour = 0; hour < 72; hour += 12) {
      ids.push(await end(hour, `tenant-${hour % 3}`));
      await seconds(12 * 3_600);
      if (hour === 24) await restart();
    }
    const failed = posts.length;
    outage = false;
    await seconds(900);
    for (const id of ids) expect(await stateOf(id)).toMatchObject({ state: 'delivered' });
    expect(posts.length - failed).toBe(ids.length);
    // No more than eight attempts an hour each, at the mean wait of half the longest.
    expect(failed).toBeLessThan(ids.length * 72 * 8);
    // Every attempt is written to the disk.
  }, 120_000);
});
