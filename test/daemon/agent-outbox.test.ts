import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { agentOutbox } from '../../src/daemon/agent-outbox.ts';
import type { PostResult } from '../../src/graph/graph.ts';
import { accepted, clock, down, seconds, simulated, throttled } from '../delivery/simulated.ts';

beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000 * 1_000, toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

type Simulated = Awaited<ReturnType<typeof simulated>>;

const outboxOf = ({ store, delivery }: Simulated) =>
  agentOutbox(store(), clock, (tenantId) => delivery().release(tenantId));

const busy: PostResult = { kind: 'keep', trace: { status: 503 }, throttled: true };
const refused: PostResult = { kind: 'refused', trace: { status: 403, code: '7505' } };

describe('a report that an operator sends again', () => {
  it.each([
    ['waits for its next attempt', down],
    ['waits for its tenant, of which Graph did not say for how long', busy],
  ])('is tried at once if it %s', async (_, fault) => {
    const all = await simulated((_report, posts) => (posts.length < 12 ? fault : accepted));
    all.delivery().start();
    const id = await all.end(1);
    while (all.posts.length < 11) await seconds(1);
    const before = all.posts.length;
    expect(await outboxOf(all).retry(id)).toEqual({});
    await seconds(0.1);
    expect(all.posts).toHaveLength(before + 1);
    await all.delivery().stop();
  });

  it('is tried when Graph asked for it, which is said, also after a restart and to the others of its tenant', async () => {
    let answer: PostResult = refused;
    const all = await simulated(() => answer);
    all.delivery().start();
    const dead = await all.end(1, 'throttled');
    const free = await all.end(2, 'free');
    await seconds(0.1);
    answer = throttled(600);
    const held = await all.end(3, 'throttled');
    await seconds(0.1);
    answer = accepted;
    const until = (await outboxOf(all).state(held))?.dueAt ?? Number.NaN;
    expect(until - clock.now()).toBeGreaterThan(590);
    expect(await outboxOf(all).retry(held)).toEqual({ heldUntil: until });
    expect(await outboxOf(all).retry(dead)).toEqual({ heldUntil: until });
    expect(await outboxOf(all).retry(free)).toEqual({});
    await seconds(5);
    expect(all.posts.slice(3).map(({ leg }) => leg)).toEqual([free]);
    await all.restart();
    expect(await outboxOf(all).retry(held)).toEqual({ heldUntil: until });
    await seconds(700);
    expect(all.posts.slice(4).map(({ leg }) => leg)).toEqual(expect.arrayContaining([held, dead]));
    expect(all.posts.find(({ leg }, n) => n > 3 && leg === held)?.at).toBeGreaterThanOrEqual(until);
  });

  it('is not there if it was delivered, or never owed', async () => {
    const all = await simulated(() => accepted);
    all.delivery().start();
    const id = await all.end(1);
    await seconds(0.1);
    expect(await outboxOf(all).retry(id)).toBeUndefined();
    expect(await outboxOf(all).retry('00000000-0000-0000-0000-00000000000f')).toBeUndefined();
    expect(all.posts).toHaveLength(1);
  });
});
