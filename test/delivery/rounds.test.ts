import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Rounds } from '../../src/delivery/rounds.ts';

const BEGIN = 1_800_000_000;
const DAY = 86_400;

/** Seconds after BEGIN of each round. */
let looks: number[];
let setBacks: number[];
let failures: unknown[];
/** What is due next, seconds after BEGIN; a failure of the look or of what follows a clock that was set back. */
let next: () => number | undefined | Promise<number | undefined>;
let onSetBack: () => void;
/** The wall clock is ahead of the monotonic one by this. */
let ahead = 0;
let rounds: Rounds;

const now = (): number => Date.now() / 1000 + ahead;
const seconds = (count: number) => vi.advanceTimersByTimeAsync(count * 1000);
const settled = () => seconds(0);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: BEGIN * 1000 });
  looks = [];
  setBacks = [];
  failures = [];
  next = () => undefined;
  onSetBack = () => undefined;
  ahead = 0;
  rounds = new Rounds({
    clock: { now },
    look: async (at) => {
      looks.push(at - BEGIN);
      const due = await next();
      return due === undefined ? undefined : BEGIN + due;
    },
    setBack: async (by) => {
      setBacks.push(by);
      onSetBack();
    },
    failed: (error) => void failures.push(error),
  });
});
afterEach(async () => {
  await rounds.stop();
  vi.useRealTimers();
});

describe('rounds', () => {
  it('begin at the start, and not before', async () => {
    rounds.wake();
    await settled();
    expect(looks).toEqual([]);
    expect(rounds.isStarted).toBe(false);
    rounds.start();
    await settled();
    expect(looks).toEqual([0]);
    expect(rounds.isStarted).toBe(true);
  });

  it.each([
    { what: 'when something is due', due: 30, after: [0, 30] },
    { what: 'at once when it is due already', due: -5, after: [0, 0] },
    { what: 'after a minute at the latest, since the clock may be set', due: DAY, after: [0, 60] },
    { what: 'not at all when nothing is', due: undefined, after: [0] },
  ])('follow $what', async ({ due, after }) => {
    next = () => (looks.length === 1 ? due : undefined);
    rounds.start();
    await seconds(200);
    expect(looks).toEqual(after);
  });

  it('sleep for what the last one told, not for what one before did', async () => {
    next = () => (looks.length === 1 ? 10 : undefined);
    rounds.start();
    await seconds(5);
    rounds.wake();
    await seconds(100);
    expect(looks).toEqual([0, 5]);
  });

  it('are one at a time, and once more for all who woke meanwhile', async () => {
    const gate = Promise.withResolvers<undefined>();
    next = () => (looks.length === 1 ? gate.promise : undefined);
    rounds.start();
    await settled();
    for (let n = 0; n < 3; n += 1) rounds.wake();
    await seconds(10);
    expect(looks).toEqual([0]);
    expect(rounds.isBusy).toBe(true);
    gate.resolve(undefined);
    await settled();
    expect(looks).toEqual([0, 10]);
    expect(rounds.isBusy).toBe(false);
  });

  it('follow two seconds after one that failed, which is told', async () => {
    const broken = new Error('the store failed');
    next = () => {
      if (looks.length < 3) throw broken;
      return undefined;
    };
    rounds.start();
    await seconds(100);
    expect(looks).toEqual([0, 2, 4]);
    expect(failures).toEqual([broken, broken]);
  });

  it('follow the end of work that one began', async () => {
    const work = Promise.withResolvers<void>();
    next = () => {
      if (looks.length === 1) rounds.launch(work.promise);
      return undefined;
    };
    rounds.start();
    await seconds(7);
    expect([rounds.underWay, rounds.isBusy, looks]).toEqual([1, true, [0]]);
    work.resolve();
    await settled();
    expect([rounds.underWay, rounds.isBusy, looks]).toEqual([0, false, [0, 7]]);
  });
});

describe('stopped rounds', () => {
  it('are followed by none, whatever is due and whoever wakes', async () => {
    next = () => 10;
    rounds.start();
    await seconds(1);
    expect(rounds.signal.aborted).toBe(false);
    await rounds.stop();
    expect(rounds.signal.aborted).toBe(true);
    rounds.wake();
    await seconds(100);
    expect(looks).toEqual([0]);
  });

  it('are over when the one that is on and all work have ended', async () => {
    const [look, work] = [Promise.withResolvers<number>(), Promise.withResolvers<void>()];
    next = () => {
      rounds.launch(work.promise);
      return look.promise;
    };
    rounds.start();
    await settled();
    rounds.wake();
    let isOver = false;
    const over = rounds.stop().then(() => {
      isOver = true;
    });
    work.resolve();
    await seconds(1);
    expect(isOver).toBe(false);
    look.resolve(5);
    await over;
    await seconds(100);
    expect(looks).toEqual([0]);
  });
});

describe('a clock that is set back', () => {
  it('is told before the first round, since it may have been while nobody ran, and not again', async () => {
    next = () => looks.length * 10;
    rounds.start();
    await seconds(35);
    expect(setBacks).toEqual([Number.POSITIVE_INFINITY]);
    expect(looks).toEqual([0, 10, 20, 30]);
  });

  it.each([
    { by: 59, told: [] },
    { by: 61, told: [61] },
    { by: DAY, told: [DAY] },
  ])('by $by s is told as $told', async ({ by, told }) => {
    rounds.start();
    await settled();
    ahead = -by;
    rounds.wake();
    await settled();
    expect(setBacks.slice(1)).toEqual(told);
    rounds.wake();
    await settled();
    expect(setBacks.slice(1)).toEqual(told);
    expect(looks).toEqual([0, -by, -by]);
  });

  it('is told again, and nothing is looked for, until it could be heeded', async () => {
    onSetBack = () => {
      if (setBacks.length < 3) throw new Error('the store failed');
    };
    rounds.start();
    await seconds(10);
    expect(setBacks).toHaveLength(3);
    expect(failures).toHaveLength(2);
    expect(looks).toEqual([4]);
  });
});
