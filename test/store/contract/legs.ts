import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Leg } from '../../../src/model/leg.ts';
import type { Store } from '../../../src/store/store.ts';
import { endedOf, guidOf, legOf } from '../leg-of.ts';
import type { Bench, MakeBench } from './bench.ts';

export function describeLegs(make: MakeBench): void {
  describe('legs', () => {
    let bench: Bench;
    let store: Store;
    beforeEach(async () => {
      bench = await make();
      store = await bench.open();
    });
    afterEach(() => bench.dispose());

    const stored = (leg: Leg): Promise<Leg | undefined> => store.leg({ mediaLegId: leg.mediaLegId });
    const withAliases = (leg: Leg, ...aliases: string[]): Leg => ({ ...leg, control: { ...leg.control, aliases } });

    it('stores a new leg as revision 1, and nothing more than it was given', async () => {
      const leg = legOf('a', { severity: 0.5, endReason: 'x' });
      expect(await store.putLeg(leg, 0)).toBe(true);
      expect(await stored(leg)).toStrictEqual({ ...leg, revision: 1 });
    });

    it('does not know what it was not given', async () => {
      expect(await store.leg({ mediaLegId: guidOf('nobody') })).toBeUndefined();
      expect(await store.leg({ alias: 'nobody' })).toBeUndefined();
      expect(await store.report(guidOf('nobody'))).toBeUndefined();
      expect(await store.attempts(guidOf('nobody'))).toEqual([]);
    });

    it('writes only over the revision that was read', async () => {
      const leg = legOf('a');
      await store.putLeg(leg, 0);
      expect(await store.putLeg({ ...leg, startedAt: 1 }, 0)).toBe(false);
      expect(await store.putLeg({ ...leg, startedAt: 2 }, 2)).toBe(false);
      expect((await stored(leg))?.startedAt).toBe(leg.startedAt);
      expect(await store.putLeg({ ...leg, startedAt: 3 }, 1)).toBe(true);
      expect(await stored(leg)).toMatchObject({ startedAt: 3, revision: 2 });
    });

    it('lets one of many writers of the same revision through', async () => {
      const leg = legOf('a');
      await store.putLeg(leg, 0);
      const writers = Array.from({ length: 8 }, (_, n) => store.putLeg({ ...leg, startedAt: n }, 1));
      expect((await Promise.all(writers)).filter(Boolean)).toHaveLength(1);
      expect((await stored(leg))?.revision).toBe(2);
    });

    it('compares ids without case', async () => {
      const leg = legOf('a');
      await store.putLeg({ ...leg, mediaLegId: leg.mediaLegId.toUpperCase() }, 0);
      expect(await store.leg({ mediaLegId: leg.mediaLegId.toUpperCase() })).toStrictEqual({ ...leg, revision: 1 });
      expect(await store.putLeg(leg, 0)).toBe(false);
    });

    it('does not reopen an ended leg, nor touch its delivery', async () => {
      const leg = legOf('a');
      await store.putLeg(leg, 0);
      await store.endLeg(endedOf(leg, { delivery: { state: 'waiting', at: 7 } }), {});
      const ended = await stored(leg);
      expect(await store.putLeg({ ...leg, control: { callChainId: 'late' } }, ended?.revision ?? 0)).toBe(true);
      expect(await stored(leg)).toMatchObject({
        state: 'ended',
        delivery: { state: 'waiting', at: 7 },
        control: { callChainId: 'late' },
      });
    });

    it('finds a leg by an alias that it has now', async () => {
      const leg = legOf('a');
      await store.putLeg(withAliases(leg, 'Call-1@sbc', guidOf('alias')), 0);
      expect((await store.leg({ alias: 'Call-1@sbc' }))?.mediaLegId).toBe(leg.mediaLegId);
      expect((await store.leg({ alias: guidOf('alias').toUpperCase() }))?.mediaLegId).toBe(leg.mediaLegId);
      expect(await store.leg({ alias: 'call-1@SBC' })).toBeUndefined();
      expect(await store.leg({ alias: leg.control.callChainId ?? '' })).toBeUndefined();
      await store.putLeg(withAliases(leg, 'Call-2@sbc'), 1);
      expect(await store.leg({ alias: 'Call-1@sbc' })).toBeUndefined();
      expect((await store.leg({ alias: 'Call-2@sbc' }))?.mediaLegId).toBe(leg.mediaLegId);
    });

    it('takes the live leg of an alias before an ended one, else the newest', async () => {
      const legs = ['old', 'live', 'new'].map((name, n) => withAliases(legOf(name, { startedAt: 100 + n }), 'conf-7'));
      for (const leg of legs) await store.putLeg(leg, 0);
      for (const name of ['old', 'new']) await store.endLeg(endedOf(withAliases(legOf(name), 'conf-7')), {});
      expect((await store.leg({ alias: 'conf-7' }))?.mediaLegId).toBe(guidOf('live'));
      await store.endLeg(endedOf(withAliases(legOf('live', { startedAt: 101 }), 'conf-7')), {});
      await store.putLeg(withAliases(legOf('newest', { startedAt: 1e10, state: 'ended' }), 'conf-7'), 0);
      expect((await store.leg({ alias: 'conf-7' }))?.mediaLegId).toBe(guidOf('newest'));
    });

    it('takes of two legs that began together the one that was not discarded, then the one that ended last', async () => {
      const twin = (name: string, endedAt: number, reason?: string): Leg => ({
        ...endedOf(withAliases(legOf(name, { startedAt: 100 }), 'conf-8'), { startedAt: 100, endedAt }),
        delivery: { state: 'none', ...(reason === undefined ? {} : { reason }) },
      });
      for (const leg of [twin('first', 150), twin('real', 170), twin('found', 200, 'discarded')]) {
        await store.putLeg(
          withAliases(legOf(leg.mediaLegId, { mediaLegId: leg.mediaLegId, startedAt: 100 }), 'conf-8'),
          0,
        );
        await store.endLeg(leg, {});
      }
      expect((await store.leg({ alias: 'conf-8' }))?.mediaLegId).toBe(guidOf('real'));
    });

    it('proves that it can write', async () => {
      await expect(store.check()).resolves.toBeUndefined();
    });

    it('refuses work before it is open and after it is closed', async () => {
      await store.close();
      await expect(store.check()).rejects.toMatchObject({ code: 'STORE_FAILED' });
      await expect(store.putLeg(legOf('a'), 0)).rejects.toMatchObject({ code: 'STORE_FAILED' });
      await expect(store.close()).resolves.toBeUndefined();
    });

    it('finishes what was begun before it closes', async () => {
      const leg = legOf('a');
      const [written] = await Promise.all([store.putLeg(leg, 0), store.close()]);
      expect(written).toBe(true);
      store = await bench.open();
      expect(await stored(leg)).toMatchObject({ revision: 1 });
    });
  });
}
