import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf } from '../../src/daemon/leg-questions.ts';
import { LegReader } from '../../src/daemon/leg-reader.ts';
import { summed } from '../../src/leg/summed.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { PiecePlace, Store } from '../../src/store/store.ts';
import { troubledLeg } from '../page/history.ts';
import { storeLeg } from '../page/stored-leg.ts';
import { guidOf } from '../store/leg-of.ts';

const STARTED = 1_769_940_000;
const HOURS = 2;
const END = STARTED + HOURS * 3600;
const privacy = { addresses: 'full' } as const;
const plots = { kind: 'plots', slotSeconds: 5, privacy } as const;
const by = { record: { state: 'off' }, applicationIds: [] } as const;
const LIVE = guidOf('live');
const ENDED = guidOf('ended');

const none = { state: 'none', reason: 'discarded' } as const;

describe('LegReader of legs that are not packed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-reader-'));
  const clock = { now: () => END };
  const { record: _, ...told } = { ...troubledLeg(STARTED), seconds: HOURS * 3600 };
  let store: Store;

  beforeAll(async () => {
    store = sqliteStore({ path: join(folder, 'otherleg.db'), now: clock.now, owner: 'reader' });
    await store.open();
    await storeLeg(store, { ...told, name: 'ended' });
    // What the helper ends in the store goes on here.
    await storeLeg(
      new Proxy(store, {
        get: (of, name) => (name === 'endLeg' ? async () => none : Reflect.get(of, name).bind(of)),
      }),
      { ...told, name: 'live' },
    );
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const standing = async (mediaLegId: string) => {
    const leg = await store.leg({ mediaLegId });
    if (leg === undefined) throw new Error(`no leg ${mediaLegId}`);
    return { leg, to: leg.endedAt ?? END };
  };
  const viewOf = async (mediaLegId: string) => {
    const { leg, to } = await standing(mediaLegId);
    return summed(leg, await store.series(mediaLegId), to);
  };

  it.each([
    ['live', LIVE],
    ['ended and not packed yet', ENDED],
  ])('tells of one that is %s to the last point what the agent itself would', async (_name, id) => {
    const reader = new LegReader(store, 5, clock, standing);
    const view = await viewOf(id);
    expect(view.series.intervals.length).toBeGreaterThan(6_000);
    expect(await reader.plots(id, 5, privacy)).toBe(answerOf(view, plots));
    expect(await reader.leg(id, privacy)).toBe(answerOf(view, { kind: 'leg', privacy }));
    expect(await reader.judged(id, () => by)).toEqual(answerOf(view, { kind: 'judged', by }));
    await reader.close();
  });

  it('reads a live one anew with each question, and puts what was measured on disk before', async () => {
    const stood: string[] = [];
    const reader = new LegReader(store, 5, clock, (id) => {
      stood.push(id);
      return standing(id);
    });
    const before = await reader.plots(LIVE, 5, privacy);
    const [slot] = (await store.series(LIVE)).intervals;
    if (slot === undefined) throw new Error('nothing was measured');
    const batch = { streams: [], presence: [], cursors: new Map() };
    await store.appendIntervals({ ...batch, intervals: [{ ...slot, octets: 1 }] });
    const after = await reader.plots(LIVE, 5, privacy);
    await store.appendIntervals({ ...batch, intervals: [slot] });
    expect(after).not.toBe(before);
    expect(await reader.plots(LIVE, 5, privacy)).toBe(before);
    expect(stood).toEqual([LIVE, LIVE, LIVE]);
    await reader.close();
  });

  it('serves others between pieces, none of which is large', async () => {
    const seen: { readonly rows: number; readonly turn: number }[] = [];
    let turn = 0;
    const count = setInterval(() => {
      turn += 1;
    }, 0);
    const watched = {
      ...pickStore(store),
      piece: async (id: string, after?: PiecePlace) => {
        const piece = await store.piece?.(id, after);
        if (piece !== undefined) seen.push({ rows: JSON.parse(piece.text).rows.length, turn });
        return piece;
      },
    };
    const reader = new LegReader(watched, 5, clock, standing);
    await reader.plots(LIVE, 5, privacy);
    clearInterval(count);
    await reader.close();
    const { intervals, presence } = await store.series(LIVE);
    expect(seen.reduce((sum, { rows }) => sum + rows, 0)).toBe(intervals.length + presence.length);
    expect(Math.max(...seen.map(({ rows }) => rows))).toBe(2_000);
    expect(seen.length).toBeGreaterThan(5);
    // A timer that is always due had its turn while they were read.
    expect((seen.at(-1)?.turn ?? 0) - (seen[0]?.turn ?? 0)).toBeGreaterThanOrEqual(3);
  });

  it('leaves one to the agent that was packed while it was read, and one whose pieces cannot be had', async () => {
    let asked = 0;
    const packedMeanwhile = {
      ...pickStore(store),
      packed: async () => undefined,
      piece: async (id: string, after?: PiecePlace) => {
        asked += 1;
        return asked > 2 ? undefined : store.piece?.(id, after);
      },
    };
    const reader = new LegReader(packedMeanwhile, 5, clock, standing);
    expect(await reader.plots(ENDED, 5, privacy)).toBeUndefined();
    expect(asked).toBe(3);
    await reader.close();
    const { piece: _piece, ...without } = pickStore(store);
    const bare = new LegReader(without, 5, clock, standing);
    expect(await bare.plots(ENDED, 5, privacy)).toBeUndefined();
    await bare.close();
    const alone = new LegReader(store, 5, clock);
    expect(await alone.plots(LIVE, 5, privacy)).toBeUndefined();
    await alone.close();
  });

  it('says so when a piece cannot be read, or its thread ends between two', async () => {
    const damaged = { ...pickStore(store), piece: async () => ({ text: '{"streams":' }) };
    const reader = new LegReader(damaged, 5, clock, standing);
    await expect(reader.plots(LIVE, 5, privacy)).rejects.toThrow(/damaged/);
    await reader.close();
    const closing: LegReader = new LegReader(
      {
        ...pickStore(store),
        piece: async (id: string, after?: PiecePlace) => {
          if (after !== undefined) await closing.close();
          return store.piece?.(id, after);
        },
      },
      5,
      clock,
      standing,
    );
    await expect(closing.plots(LIVE, 5, privacy)).rejects.toThrow(/its thread has ended/);
  });
});

/** What is used of a store, as an object whose members can be replaced. */
const pickStore = (store: Store) => ({
  leg: store.leg.bind(store),
  packed: (id: string) => store.packed?.(id) ?? Promise.resolve(undefined),
  piece: (id: string, after?: PiecePlace) => store.piece?.(id, after) ?? Promise.resolve(undefined),
});
