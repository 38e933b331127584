import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlotsAnswer } from '../../src/client/read-shapes.ts';
import { LegReader } from '../../src/daemon/leg-reader.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { troubledLeg } from '../page/history.ts';
import { storeLeg } from '../page/stored-leg.ts';
import { guidOf } from '../store/leg-of.ts';

const STARTED = 1_769_940_000;
const privacy = { addresses: 'full' } as const;
const LONG = guidOf('long');

describe('the first channel of a long leg', () => {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-first-'));
  const { record: _, ...told } = { ...troubledLeg(STARTED), seconds: 2 * 3600 };
  let store: Store;

  beforeAll(async () => {
    store = sqliteStore({ path: join(folder, 'otherleg.db'), now: () => STARTED + 86_400, owner: 'reader' });
    await store.open();
    await storeLeg(store, { ...told, name: 'long' });
    await storeLeg(store, { ...told, name: 'one channel', seconds: 3 * 3600, channels: told.channels.slice(0, 1) });
    while ((await store.packEnded(0, 10)) > 0);
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const asking = async (mediaLegId: string, ...parts: readonly ('first' | undefined)[]) => {
    const reader = new LegReader(store, 5);
    const answers: PlotsAnswer[] = [];
    for (const part of parts) answers.push(JSON.parse((await reader.plots(mediaLegId, 5, privacy, part)) ?? 'null'));
    await reader.close();
    return answers;
  };

  it('is the same as in the whole, on the same axis, and says that it is a part', async () => {
    const [part, whole] = await asking(LONG, 'first', undefined);
    expect(part).toMatchObject({ part: 'first', mediaLegId: LONG });
    expect(whole?.part).toBeUndefined();
    expect(whole?.channels.length).toBeGreaterThan(2);
    expect(part?.channels).toEqual(whole?.channels.slice(0, 1));
    expect([part?.startedAt, part?.interval, part?.slots]).toEqual([whole?.startedAt, whole?.interval, whole?.slots]);
    const { channels: own = [], ...leg } = part?.leg ?? {};
    const { channels: all = [], ...wholeLeg } = whole?.leg ?? {};
    expect(own).toEqual(all.slice(0, 1));
    expect(leg).toEqual(wholeLeg);
    const [first] = part?.channels ?? [];
    expect(part?.levels).toEqual(whole?.levels.filter(({ media }) => media === first?.media));
  });

  it('is not told alone where the whole is known already, or is no more than that', async () => {
    const [whole, again] = await asking(LONG, undefined, 'first');
    expect(again).toEqual(whole);
    const [only] = await asking(guidOf('one channel'), 'first');
    expect(only?.part).toBeUndefined();
    expect(only?.channels).toHaveLength(1);
  });
});
