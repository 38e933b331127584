import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf } from '../../src/daemon/leg-questions.ts';
import { LegReader } from '../../src/daemon/leg-reader.ts';
import { summed } from '../../src/leg/summed.ts';
import type { Leg } from '../../src/model/leg.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { troubledLeg } from '../page/history.ts';
import { storeLeg } from '../page/stored-leg.ts';
import { guidOf } from '../store/leg-of.ts';

const STARTED = 1_769_940_000;
const privacy = { addresses: 'full' } as const;
const by = { record: { state: 'off' }, applicationIds: [] } as const;

describe('LegReader', () => {
  const folder = mkdtempSync(join(tmpdir(), 'otherleg-reader-'));
  let store: Store;
  let reader: LegReader;
  const long = { ...troubledLeg(STARTED), name: 'long', seconds: 4 * 3600 };
  const { record: _, ...unrecorded } = long;

  beforeAll(async () => {
    store = sqliteStore({ path: join(folder, 'otherleg.db'), now: () => STARTED + 86_400, owner: 'reader' });
    await store.open();
    await storeLeg(store, unrecorded);
    await storeLeg(store, { ...unrecorded, name: 'short', seconds: 600 });
    reader = new LegReader(store, 5);
  });
  afterAll(async () => {
    await reader.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const known = async (name: string): Promise<Leg> => {
    const leg = await store.leg({ mediaLegId: guidOf(name) });
    if (leg === undefined) throw new Error(`no leg ${name}`);
    return leg;
  };

  it('leaves to the agent what is short, and what there is not', async () => {
    while ((await store.packEnded(0, 10)) > 0);
    expect(await reader.plots(guidOf('short'), 5, privacy)).toBeUndefined();
    expect(await reader.leg(guidOf('nobody'), privacy)).toBeUndefined();
    expect(await reader.plots(guidOf('long'), 5, privacy)).toBeDefined();
  });

  it('tells of a long leg to the last point what the agent itself would', async () => {
    const leg = await known('long');
    const view = summed(leg, await store.series(leg.mediaLegId), leg.endedAt ?? 0);
    const plots = await reader.plots(leg.mediaLegId, 5, privacy);
    expect(plots).toBe(answerOf(view, { kind: 'plots', slotSeconds: 5, privacy }));
    const video = JSON.parse(plots ?? '').channels.find(({ media }: { media: string }) => media === 'video');
    expect(Math.max(...video.inbound.loss)).toBe(14);
    expect(video.inbound.loss.filter((value: unknown) => value === null).length).toBeGreaterThanOrEqual(20);
    expect(await reader.leg(leg.mediaLegId, privacy)).toBe(answerOf(view, { kind: 'leg', privacy }));
    const judged = await reader.judged(leg.mediaLegId, () => by);
    expect(judged).toEqual(answerOf(view, { kind: 'judged', by }));
    expect(judged?.verdict?.leg).toBe('vtc');
  });

  it('says so when it cannot read one, and reads the next', async () => {
    const leg = await known('long');
    const broken = new LegReader({ leg: async () => leg, packed: async () => new Uint8Array([1, 2, 3]) }, 5);
    await expect(broken.plots(leg.mediaLegId, 5, privacy)).rejects.toThrow(/could not be read/);
    await broken.close();
    expect(await reader.leg(leg.mediaLegId, privacy)).toContain(leg.mediaLegId);
  });

  it('fails what it was asked when it is closed meanwhile', async () => {
    const other: LegReader = new LegReader(
      {
        leg: (ref) => store.leg(ref),
        packed: async (id) => {
          const octets = await store.packed?.(id);
          // When it has been asked for: its thread is not even up by then.
          setImmediate(() => void other.close());
          return octets;
        },
      },
      5,
    );
    await expect(other.plots(guidOf('long'), 5, privacy)).rejects.toThrow(/could not be read/);
  });
});
