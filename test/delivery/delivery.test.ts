import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DELIVERY_DEFAULTS, Delivery, type DeliveryOptions } from '../../src/delivery/delivery.ts';
import type { Graph, PostResult } from '../../src/graph/graph.ts';
import type { GraphTrace, Report } from '../../src/model/delivery.ts';
import { OtherlegError } from '../../src/model/error.ts';
import { OutboxFake } from './outbox-fake.ts';

const START = 1_800_000_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START * 1_000 }));
afterEach(() => void vi.useRealTimers());

const clock = { now: () => Date.now() / 1_000 };
const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1_000);

const reportOf = (mediaLegId: string, tenantId = 'tenant', createdAt = clock.now()): Report => ({
  mediaLegId,
  tenantId,
  callChainId: `call of ${mediaLegId}`,
  body: `{"quality":{"mediaLegId":"${mediaLegId}","secret":"body-of-report"}}`,
  createdAt,
});

const trace: GraphTrace = { status: 200, requestId: 'r-1', clientRequestId: 'c-1' };
const accepted: PostResult = { kind: 'accepted', trace };
const refused: PostResult = { kind: 'refused', trace: { ...trace, status: 403, code: '7505', hint: 'do this' } };
const down: PostResult = { kind: 'keep', trace: { code: 'ECONNREFUSED' }, throttled: false };
const throttled = (retryAfterSeconds: number): PostResult => ({
  kind: 'keep',
  trace: { status: 429, code: 'TooManyRequests' },
  throttled: true,
  retryAfterSeconds,
});

type Post = { readonly leg: string; readonly tenant: string; readonly at: number };

/** A Graph that answers as `answer` says; without one it stays silent until it is cut off. */
function scene(
  answer: (report: Report, posts: readonly Post[]) => PostResult | undefined,
  more: Partial<DeliveryOptions> = {},
) {
  const store = new OutboxFake();
  const posts: Post[] = [];
  const logs: { readonly level: string; readonly [field: string]: unknown }[] = [];
  const state = { now: 0, most: 0 };
  const postReport: Graph['postReport'] = async (report, signal) => {
    posts.push({ leg: report.mediaLegId, tenant: report.tenantId, at: clock.now() - START });
    state.most = Math.max(state.most, ++state.now);
    const result = answer(report, posts);
    if (result === undefined) return untilAborted(signal);
    await new Promise((resolve) => setTimeout(resolve, 1));
    state.now -= 1;
    return result;
  };
  const log = (level: string) => (fields: object, message: string) => void logs.push({ level, message, ...fields });
  const parts = {
    store,
    graph: { postReport },
    clock,
    random: () => 0.5,
    logger: { info: log('info'), warn: log('warn') },
  };
  const delivery = new Delivery(parts, { owner: 'agent', ...DELIVERY_DEFAULTS, ...more });
  return { store, posts, logs, delivery, state };
}

const untilAborted = (signal: AbortSignal | undefined) =>
  new Promise<PostResult>((resolve) => {
    const cut = () => resolve({ kind: 'keep', trace: { code: 'STOPPED' }, throttled: false });
    if (signal?.aborted === true) cut();
    signal?.addEventListener('abort', cut);
  });

describe('a report', () => {
  it('goes out at once when it is woken for', async () => {
    const { store, posts, delivery } = scene(() => accepted);
    delivery.start();
    await seconds(10);
    store.add(reportOf('leg'));
    delivery.wake();
    await seconds(0.1);
    expect(posts).toEqual([{ leg: 'leg', tenant: 'tenant', at: 10 }]);
    expect(store.row('leg')).toMatchObject({ state: 'delivered', outcomes: [{ kind: 'accepted', trace }] });
    await delivery.stop();
  });

  it('that lay there goes out at the start, and a missed one at the sweep', async () => {
    const { store, posts, delivery } = scene(() => accepted);
    store.add(reportOf('before'));
    delivery.start();
    await seconds(1);
    store.add(reportOf('missed'));
    await seconds(30);
    delivery.sweep();
    await seconds(1);
    expect(posts.map(({ leg, at }) => [leg, at])).toEqual([
      ['before', 0],
      ['missed', 31],
    ]);
    await delivery.stop();
  });

  it('that becomes due between two looks at the clock is not put off', async () => {
    const { store, posts, delivery } = scene(() => accepted);
    const next = store.nextDueAt.bind(store);
    store.nextDueAt = () => {
      vi.setSystemTime(Date.now() + 1);
      return next();
    };
    store.add(reportOf('leg', 'tenant', START + 0.0005));
    delivery.start();
    await seconds(0.01);
    expect(posts).toHaveLength(1);
    await delivery.stop();
  });

  it('that is refused stays so, with the reason', async () => {
    const { store, posts, delivery } = scene(() => refused);
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(3_600);
    expect(posts).toHaveLength(1);
    expect(store.row('leg')).toMatchObject({
      state: 'refused',
      outcomes: [{ kind: 'refused', trace: { code: '7505' } }],
    });
    await delivery.stop();
  });

  it('is tried again with doubling waits until Graph is back, and then delivered once', async () => {
    const { store, posts, delivery } = scene((_report, posts) => (posts.length < 5 ? down : accepted));
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(60);
    // Half of 1, 2, 4 and 8 s each, after the post's millisecond.
    const waits = posts.map(({ at }, index) => at - (posts[index - 1]?.at ?? 0)).slice(1);
    expect(waits.map((wait) => Math.round(wait * 10) / 10)).toEqual([0.5, 1, 2, 4]);
    expect(store.row('leg').outcomes.map(({ kind }) => kind)).toEqual(['keep', 'keep', 'keep', 'keep', 'accepted']);
    expect(delivery.counters).toMatchObject({
      attempts: 5,
      kept: 4,
      accepted: 1,
      refused: 0,
      expired: 0,
      throttled: 0,
    });
    await delivery.stop();
  });

  it('waits as long as Graph says, and at most a tenth longer', async () => {
    const { store, posts, delivery } = scene((_report, posts) => (posts.length === 1 ? throttled(100) : accepted));
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(200);
    expect(posts).toHaveLength(2);
    expect(posts[1]?.at).toBeGreaterThanOrEqual(100);
    expect(posts[1]?.at).toBeLessThanOrEqual(110);
    expect(delivery.counters.throttled).toBe(1);
    await delivery.stop();
  });

  it('survives three days of outage and is delivered within a quarter of an hour', async () => {
    let outage = true;
    const { store, posts, delivery } = scene(() => (outage ? down : accepted));
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(72 * 3_600);
    outage = false;
    await seconds(900);
    expect(store.row('leg').state).toBe('delivered');
    expect(posts.length).toBeLessThan(72 * 4 * 2 + 20);
    await delivery.stop();
  });

  it('older than the maximum age is given up after a last attempt', async () => {
    const { store, posts, delivery } = scene(() => down, { maximumAgeSeconds: 60 });
    store.add(reportOf('young'));
    store.add(reportOf('old', 'tenant', START - 60));
    delivery.start();
    await seconds(1);
    expect(store.row('old')).toMatchObject({
      state: 'expired',
      outcomes: [{ kind: 'expired', trace: { code: 'ECONNREFUSED' } }],
    });
    expect(store.row('young').state).toBe('queued');
    await seconds(300);
    expect(store.row('young').state).toBe('expired');
    expect(delivery.counters.expired).toBe(2);
    expect(posts.filter(({ leg }) => leg === 'old')).toHaveLength(1);
    await delivery.stop();
  });

  it('old enough to expire is still delivered if Graph takes it', async () => {
    const { store, delivery } = scene(() => accepted, { maximumAgeSeconds: 60 });
    store.add(reportOf('old', 'tenant', START - 3_600));
    delivery.start();
    await seconds(1);
    expect(store.row('old').state).toBe('delivered');
    await delivery.stop();
  });
});

describe('many reports', () => {
  it('go oldest first, no more than the concurrency at a time', async () => {
    const { store, posts, delivery, state } = scene(() => accepted, { concurrency: 3 });
    const names = Array.from({ length: 20 }, (_, index) => `leg-${String(index).padStart(2, '0')}`);
    for (const [index, name] of [...names.entries()].reverse())
      store.add(reportOf(name, 'tenant', START - 100 + index));
    delivery.start();
    await seconds(1);
    expect(posts.map(({ leg }) => leg)).toEqual(names);
    expect(state.most).toBe(3);
    await delivery.stop();
  });

  it('are not claimed without a free place, nor posted twice', async () => {
    const { store, posts, delivery } = scene(() => undefined, { concurrency: 2 });
    for (const leg of ['a', 'b', 'c']) store.add(reportOf(leg));
    delivery.start();
    for (let round = 0; round < 20; round += 1) delivery.wake();
    await seconds(100);
    expect(posts.map(({ leg }) => leg)).toEqual(['a', 'b']);
    expect(store.claims.every(({ limit }) => limit <= 2)).toBe(true);
    await delivery.stop();
  });

  it('of a throttled tenant wait together while those of another go out', async () => {
    const answer = (report: Report) =>
      report.tenantId === 'busy' && clock.now() < START + 60 ? throttled(60) : accepted;
    const { store, posts, delivery } = scene(answer, { concurrency: 2 });
    for (let index = 0; index < 10; index += 1) store.add(reportOf(`busy-${index}`, 'busy', START - 100));
    for (let index = 0; index < 10; index += 1) store.add(reportOf(`calm-${index}`, 'calm', START - 50));
    delivery.start();
    await seconds(1);
    expect(posts.filter(({ tenant }) => tenant === 'busy')).toHaveLength(2);
    expect(posts.filter(({ tenant }) => tenant === 'calm')).toHaveLength(10);
    expect(store.claims.at(-1)?.heldTenants).toEqual(['busy']);
    await seconds(70);
    expect([...store.rows.values()].map(({ state }) => state)).toEqual(Array(20).fill('delivered'));
    expect(posts.filter(({ tenant, at }) => tenant === 'busy' && at > 1 && at < 60)).toEqual([]);
    await delivery.stop();
  });

  it('of a throttled tenant go on as soon as Graph said, not at the next look', async () => {
    const answer = (_report: Report, posts: readonly Post[]) => (posts.length === 1 ? throttled(2) : accepted);
    const { store, posts, delivery } = scene(answer, { concurrency: 1 });
    for (const leg of ['first', 'second', 'third']) store.add(reportOf(leg));
    delivery.start();
    await seconds(10);
    expect(posts).toHaveLength(4);
    for (const { at } of posts.slice(1)) {
      expect(at).toBeGreaterThanOrEqual(2);
      expect(at).toBeLessThanOrEqual(2.2);
    }
    await delivery.stop();
  });

  it('of a tenant that had a verdict meanwhile are held from one second again', async () => {
    const kept: PostResult = { kind: 'keep', trace: { status: 401 }, throttled: true };
    const { store, posts, delivery } = scene((_report, posts) => (posts.length === 4 ? accepted : kept), {
      concurrency: 1,
    });
    for (let index = 0; index < 9; index += 1) store.add(reportOf(`leg-${index}`));
    delivery.start();
    await seconds(20);
    const starts = posts.map(({ at }) => Math.floor(at));
    // Held 1, 2 and 4 s; then the verdict, and at once the next: 1, 2, 4 s again.
    expect(starts.slice(0, 8)).toEqual([0, 1, 3, 7, 7, 8, 10, 14]);
    await delivery.stop();
  });

  it('that end while a tenant is held go out within a second without being woken for', async () => {
    const answer = (report: Report) => (report.tenantId === 'busy' ? throttled(600) : accepted);
    const { store, posts, delivery } = scene(answer, { concurrency: 1 });
    for (const leg of ['busy-1', 'busy-2']) store.add(reportOf(leg, 'busy'));
    delivery.start();
    await seconds(30);
    store.add(reportOf('calm', 'calm'));
    await seconds(1.1);
    expect(posts.map(({ leg }) => leg)).toEqual(['busy-1', 'calm']);
    await delivery.stop();
  });

  it('of a tenant whose token is refused are asked about ever more rarely', async () => {
    const noToken: PostResult = { kind: 'keep', trace: { code: 'TOKEN_REFUSED', hint: 'consent' }, throttled: true };
    const { store, posts, delivery } = scene(() => noToken, { concurrency: 1 });
    for (let index = 0; index < 500; index += 1) store.add(reportOf(`leg-${index}`));
    delivery.start();
    await seconds(120);
    expect(posts.length).toBeLessThan(12);
    expect(delivery.counters.throttled).toBe(0);
    await delivery.stop();
  });
});

describe('a store that fails', () => {
  it('at a claim is asked again, and nothing is lost', async () => {
    const { store, logs, delivery } = scene(() => accepted);
    store.failing = (method) => method === 'claim';
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(10);
    expect(logs.filter(({ level }) => level === 'warn').length).toBeGreaterThan(1);
    store.failing = undefined;
    await seconds(3);
    expect(store.row('leg').state).toBe('delivered');
    await delivery.stop();
  });

  it("keeps Graph's verdict until it can be written, and posts nothing twice meanwhile", async () => {
    const { store, posts, logs, delivery } = scene(() => accepted);
    store.failing = (method) => method === 'settle';
    store.add(reportOf('first'));
    delivery.start();
    await seconds(1);
    store.add(reportOf('second'));
    // Longer than the lease: the first could be claimed again.
    await seconds(300);
    delivery.sweep();
    await seconds(1);
    expect(posts.map(({ leg }) => leg)).toEqual(['first']);
    store.failing = undefined;
    await seconds(3);
    expect(posts.map(({ leg }) => leg)).toEqual(['first', 'second']);
    expect(store.row('first').state).toBe('delivered');
    expect(store.row('second').state).toBe('delivered');
    expect(delivery.counters.storeFailures).toBeGreaterThan(100);
    expect(logs.some(({ reason }) => reason === 'disk full at settle')).toBe(true);
    await delivery.stop();
  });

  it('is told with the next step where the store knows one', async () => {
    const { store, logs, delivery } = scene(() => accepted);
    const failure = new OtherlegError('STORE_FAILED', 'the disk is full', { hint: 'free space' });
    store.claimReports = () => Promise.reject(failure);
    delivery.start();
    await seconds(1);
    expect(logs).toMatchObject([{ op: 'outbox', reason: 'the disk is full', hint: 'free space' }]);
    await delivery.stop();
  });

  it('at the end leaves the report to the next start', async () => {
    const { store, delivery } = scene(() => accepted);
    store.failing = (method) => method === 'settle';
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(1);
    await delivery.stop();
    expect(store.row('leg')).toMatchObject({ state: 'queued', outcomes: [] });
    expect(delivery.counters.accepted).toBe(0);
  });

  it('does not count an outcome that another has overtaken', async () => {
    const { store, logs, delivery } = scene((report) => {
      store.row(report.mediaLegId).fence += 1;
      return accepted;
    });
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(1);
    expect(delivery.counters).toMatchObject({ attempts: 1, accepted: 0, fenced: 1 });
    expect(logs).toMatchObject([{ level: 'warn', leg: 'leg' }]);
    await delivery.stop();
  });

  it('is not needed for a Graph that breaks its promise never to reject', async () => {
    const { store, delivery } = scene(() => {
      throw new Error('a surprise');
    });
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(0.2);
    expect(store.row('leg').outcomes[0]).toMatchObject({ kind: 'keep', trace: { code: 'INTERNAL' } });
    await delivery.stop();
  });
});

describe('stop', () => {
  it('cuts posts off, whose reports stay due at once', async () => {
    const { store, delivery } = scene(() => undefined);
    store.add(reportOf('leg'));
    delivery.start();
    await seconds(5);
    const stopped = delivery.stop();
    await seconds(1);
    await stopped;
    const [outcome] = store.row('leg').outcomes;
    expect(outcome).toMatchObject({ kind: 'keep', dueAt: outcome?.at, trace: { code: 'STOPPED' } });
    expect(store.row('leg')).toMatchObject({ state: 'queued', leasedUntil: 0 });
  });

  it('may come twice, and without a start, and leaves no timer', async () => {
    const { store, posts, delivery } = scene(() => down);
    await delivery.stop();
    await delivery.stop();
    store.add(reportOf('leg'));
    delivery.start();
    delivery.wake();
    await seconds(60);
    expect(posts).toEqual([]);
    const other = scene(() => down);
    other.store.add(reportOf('leg'));
    other.delivery.start();
    await seconds(5);
    await other.delivery.stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('lets what was claimed meanwhile go', async () => {
    const { store, posts, delivery } = scene(() => undefined);
    store.add(reportOf('leg'));
    delivery.start();
    const stopped = delivery.stop();
    await seconds(1);
    await stopped;
    expect(store.row('leg')).toMatchObject({ state: 'queued', leasedUntil: 0 });
    expect(posts.length).toBeLessThanOrEqual(1);
  });
});

describe('drain', () => {
  const drained = async (delivery: Delivery, deadline: number) => {
    const left = delivery.drain(deadline);
    const began = clock.now();
    let took = Number.NaN;
    const noted = left.then(() => {
      took = clock.now() - began;
    });
    await seconds(deadline + 1);
    await noted;
    return { left: await left, took };
  };

  it('sends all and ends early', async () => {
    const { store, delivery } = scene(() => accepted);
    delivery.start();
    for (let index = 0; index < 100; index += 1) store.add(reportOf(`leg-${index}`));
    const { left, took } = await drained(delivery, 25);
    expect(left).toBe(0);
    expect(took).toBeLessThan(1);
  });

  it('waits for a retry that is due before the deadline', async () => {
    const { store, delivery } = scene((_report, posts) => (posts.length === 1 ? throttled(10) : accepted));
    delivery.start();
    store.add(reportOf('leg'));
    const { left, took } = await drained(delivery, 25);
    expect(left).toBe(0);
    expect(took).toBeGreaterThan(10);
    expect(took).toBeLessThan(12);
  });

  it('does not wait for one that is due after it', async () => {
    const { store, delivery } = scene(() => throttled(100));
    delivery.start();
    store.add(reportOf('leg'));
    const { left, took } = await drained(delivery, 25);
    expect(left).toBe(1);
    expect(took).toBeLessThan(1);
  });

  it('cuts off at the deadline and counts all that is left, over several pages', async () => {
    const { store, delivery } = scene(() => undefined);
    delivery.start();
    for (let index = 0; index < 1_200; index += 1) store.add(reportOf(`leg-${index}`));
    const { left, took } = await drained(delivery, 25);
    expect(left).toBe(1_200);
    expect(took).toBeCloseTo(25, 0);
    expect([...store.rows.values()].every(({ leasedUntil }) => leasedUntil === 0)).toBe(true);
  });

  it('is cut short by a stop', async () => {
    const { store, delivery } = scene(() => undefined);
    delivery.start();
    store.add(reportOf('leg'));
    const left = delivery.drain(25);
    await seconds(3);
    const stopped = delivery.stop();
    await seconds(0.1);
    await stopped;
    expect(await left).toBe(1);
    expect(clock.now() - START).toBeLessThan(4);
  });

  it('without a start only counts', async () => {
    const { store, posts, delivery } = scene(() => accepted);
    store.add(reportOf('leg'));
    expect(await delivery.drain(25)).toBe(1);
    expect(posts).toEqual([]);
  });

  it('does not call an outbox empty that cannot be read', async () => {
    const { store, delivery } = scene(() => accepted);
    store.failing = () => true;
    delivery.start();
    const { left } = await drained(delivery, 5);
    expect(left).toBe(1);
  });
});

describe('the log', () => {
  it('has one line for each outcome, with what support asks for, and neither body nor token', async () => {
    const { store, logs, delivery } = scene((report, posts) =>
      report.mediaLegId === 'bad' ? refused : posts.length < 3 ? throttled(5) : accepted,
    );
    store.add(reportOf('good'));
    store.add(reportOf('bad', 'other'));
    delivery.start();
    await seconds(10);
    expect(logs).toMatchObject([
      {
        level: 'info',
        leg: 'good',
        call: 'call of good',
        state: 'queued',
        attempt: 1,
        code: 'TooManyRequests',
        status: 429,
      },
      {
        level: 'info',
        leg: 'bad',
        call: 'call of bad',
        state: 'refused',
        attempt: 1,
        code: '7505',
        requestId: 'r-1',
        hint: 'do this',
      },
      { level: 'info', leg: 'good', state: 'delivered', attempt: 2, requestId: 'r-1', clientRequestId: 'c-1' },
    ]);
    expect(JSON.stringify(logs)).not.toContain('body-of-report');
    await delivery.stop();
  });
});
