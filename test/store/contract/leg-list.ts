import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Leg, LegQuery } from '../../../src/model/leg.ts';
import type { Store } from '../../../src/store/store.ts';
import { endedOf, guidOf, legOf } from '../leg-of.ts';
import type { Bench, MakeBench } from './bench.ts';

const names = new Map(Array.from('abcdefghijklmnopqrstuvwxyz', (name) => [guidOf(name), name]));
const namesOf = (legs: readonly Leg[]): string => legs.map(({ mediaLegId }) => names.get(mediaLegId) ?? '?').join('');

export function describeLegList(make: MakeBench): void {
  describe('list of legs', () => {
    let bench: Bench;
    let store: Store;
    beforeEach(async () => {
      bench = await make();
      store = await bench.open();
    });
    afterEach(() => bench.dispose());

    const put = async (...legs: readonly Leg[]): Promise<void> => {
      for (const leg of legs) expect(await store.putLeg(leg, 0)).toBe(true);
    };
    const list = async (query: Partial<LegQuery> = {}): Promise<string> =>
      namesOf((await store.legs({ limit: 50, ...query })).items);

    /** All pages of two legs; `between` runs after each. */
    const pages = async (query: Partial<LegQuery>, between = async () => {}): Promise<string[]> => {
      const read: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.legs({ limit: 2, ...query, ...(after !== undefined && { after }) });
        read.push(namesOf(page.items));
        await between();
        after = page.next;
      } while (after !== undefined);
      return read;
    };

    it('is empty at first', async () => {
      expect(await store.legs({ limit: 1 })).toStrictEqual({ items: [] });
    });

    it('begins with the newest and goes on page by page, whatever comes meanwhile', async () => {
      await put(...Array.from('abcde', (name, n) => legOf(name, { startedAt: 1000 + n })));
      expect(await pages({})).toEqual(['ed', 'cb', 'a']);
      let fresh = 0;
      const begin = () => put(legOf(`fresh ${fresh}`, { startedAt: 5000 + fresh++ }));
      expect(await pages({}, begin)).toEqual(['ed', 'cb', 'a']);
    });

    it('ends with its last full page', async () => {
      await put(...Array.from('abcd', (name, n) => legOf(name, { startedAt: 1000 + n })));
      expect(await pages({})).toEqual(['dc', 'ba']);
    });

    it('tells legs of the same instant apart', async () => {
      await put(...Array.from('abcde', (name) => legOf(name)));
      const read = (await pages({})).join('');
      expect(Array.from(read).sort().join('')).toBe('abcde');
    });

    it('begins with the worst when asked, ungraded legs last', async () => {
      const severities = { a: 0.2, b: undefined, c: 7, d: 0, e: 7, f: undefined };
      const legs = Object.entries(severities).map(([name, severity], n) =>
        legOf(name, { startedAt: 1000 + n, ...(severity !== undefined && { severity }) }),
      );
      await put(...legs);
      expect(await pages({ sort: 'worst' })).toEqual(['ec', 'ad', 'fb']);
    });

    it('finds a part of the name of room, device or gateway, whatever the case', async () => {
      const device = (name: string, room?: string) => ({ name, description: 'x', ...(room !== undefined && { room }) });
      await put(
        legOf('a', { device: device('Cisco SX80', 'Boardroom'), startedAt: 1003 }),
        legOf('b', { device: device('Poly 100%_1'), startedAt: 1002 }),
        legOf('c', { device: device('Other'), control: { gateway: 'Gateway-BOARD' }, startedAt: 1001 }),
      );
      expect(await list({ text: 'board' })).toBe('ac');
      expect(await list({ text: 'SX8' })).toBe('a');
      expect(await list({ text: '0%_' })).toBe('b');
      expect(await list({ text: '%' })).toBe('b');
      expect(await list({ text: 'oly!' })).toBe('');
      expect(await list({ text: 'board', from: 1000, to: 1002 })).toBe('c');
    });

    it('finds a leg by its own id, too', async () => {
      await put(legOf('a'), legOf('b'));
      expect(await list({ identifier: guidOf('b').toUpperCase() })).toBe('b');
    });

    it('follows a severity that is known at the end only', async () => {
      const leg = legOf('a');
      await put(leg, legOf('b', { severity: 1 }));
      expect(await list({ sort: 'worst' })).toBe('ba');
      await store.endLeg(endedOf(leg, { severity: 3 }), {});
      expect(await list({ sort: 'worst' })).toBe('ab');
    });

    it.each<Pick<LegQuery, 'sort'> & { after: string }>([
      { after: '' },
      { after: 'page-2' },
      { after: Buffer.from('[1]').toString('base64url') },
      { after: Buffer.from('["x","y"]').toString('base64url') },
      { after: Buffer.from('[1,"y"]').toString('base64url'), sort: 'worst' },
      { after: Buffer.from('[1,2,"y"]').toString('base64url') },
    ])('refuses the place $after ($sort)', async (query) => {
      await expect(store.legs({ limit: 1, ...query })).rejects.toMatchObject({ code: 'BODY_INVALID' });
    });

    it.each<{ query: Partial<LegQuery>; want: string }>([
      { query: {}, want: 'dcba' },
      { query: { state: 'live' }, want: 'dc' },
      { query: { state: 'ended' }, want: 'ba' },
      { query: { device: 'Boardroom' }, want: 'cb' },
      { query: { device: 'Cisco SX80' }, want: 'dca' },
      { query: { room: '30/21' }, want: 'c' },
      { query: { gateway: 'gw-2' }, want: 'da' },
      { query: { gateway: 'gw-2', state: 'live' }, want: 'd' },
      { query: { room: 'nowhere' }, want: '' },
      { query: { from: 1060.5 }, want: 'dcb' },
      { query: { to: 1100 }, want: 'a' },
      { query: { from: 1050, to: 1101 }, want: 'ba' },
      { query: { from: 2000 }, want: 'dc' },
    ])('lists $want for $query', async ({ query, want }) => {
      const a = legOf('a', { startedAt: 1000, control: { gateway: 'gw-2' } });
      const b = legOf('b', { startedAt: 1100, device: { name: 'Boardroom', description: '-' } });
      const c = legOf('c', {
        startedAt: 1200,
        device: { name: 'Cisco SX80', description: '-', configured: 'Boardroom', room: '30/21' },
      });
      const d = legOf('d', { startedAt: 1300, control: { gateway: 'gw-2' } });
      await put(a, b, c, d);
      for (const leg of [a, b]) await store.endLeg(endedOf(leg), {});
      expect(await list(query)).toBe(want);
    });

    it('finds a leg by everything it is or was called', async () => {
      const control = { callChainId: guidOf('call 1'), participantId: guidOf('part 1'), aliases: ['sip-1@sbc'] };
      const leg = legOf('a', { control, earlierIdentifiers: [guidOf('lobby')] });
      await put(leg, legOf('b'));
      const moved = { ...control, callChainId: guidOf('call 2'), aliases: ['sip-2@sbc'] };
      await store.putLeg({ ...leg, control: moved, earlierIdentifiers: [guidOf('lobby'), guidOf('call 1')] }, 1);
      const called = [guidOf('call 1').toUpperCase(), guidOf('call 2'), guidOf('part 1'), guidOf('lobby')];
      for (const identifier of [...called, 'sip-1@sbc', 'sip-2@sbc']) expect(await list({ identifier })).toBe('a');
      expect(await list({ identifier: 'SIP-1@sbc' })).toBe('');
      expect(await list({ identifier: guidOf('call 2'), state: 'ended' })).toBe('');
    });

    it('lists all legs of a call', async () => {
      const control = { callChainId: guidOf('call') };
      await put(legOf('a', { control }), legOf('b', { control, startedAt: 1 }), legOf('c'));
      expect(await list({ identifier: guidOf('call') })).toBe('ab');
    });
  });
}
