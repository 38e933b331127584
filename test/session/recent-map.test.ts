import { describe, expect, it } from 'vitest';
import { RecentMap } from '../../src/session/recent-map.ts';

const value = (name: string, weight = 1) => ({ name, weight });
const never = () => false;
const names = (values: readonly { readonly name: string }[]) => values.map(({ name }) => name);

describe('RecentMap', () => {
  it('keeps the latest values of a key, one in place of another', () => {
    const map = new RecentMap<string, ReturnType<typeof value>>({ keys: 9, perKey: 2, weight: 99 });
    for (const name of ['a', 'b', 'c']) map.put('k', value(name), never);
    expect(names(map.get('k'))).toEqual(['b', 'c']);
    map.put('k', value('d'), ({ name }) => name === 'b');
    expect(names(map.get('k'))).toEqual(['c', 'd']);
    expect([map.has('k'), map.has('x'), map.get('x')]).toEqual([true, false, []]);
  });

  it('forgets the key that was set longest ago, by number and by weight', () => {
    const map = new RecentMap<number, ReturnType<typeof value>>({ keys: 3, perKey: 2, weight: 10 });
    for (const key of [1, 2, 3, 1, 4]) map.put(key, value(String(key)), never);
    expect([1, 2, 3, 4].map((key) => map.has(key))).toEqual([true, false, true, true]);
    map.put(5, value('heavy', 9), never);
    expect([1, 3, 4, 5].map((key) => map.has(key))).toEqual([false, false, true, true]);
    map.put(6, value('too heavy', 20), never);
    expect([4, 5, 6].map((key) => map.has(key))).toEqual([false, false, true]);
    map.put(7, value('light', 1), never);
    expect([6, 7].map((key) => map.has(key))).toEqual([false, true]);
  });

  it('removes what is no longer wanted, with its weight', () => {
    const map = new RecentMap<string, ReturnType<typeof value>>({ keys: 9, perKey: 3, weight: 10 });
    for (const name of ['a', 'b']) map.put('k', value(name, 4), never);
    map.put('l', value('c', 1), never);
    map.remove('k', ({ name }) => name === 'a');
    map.remove('l', () => true);
    map.remove('x', () => true);
    expect([names(map.get('k')), map.has('l')]).toEqual([['b'], false]);
    map.put('m', value('d', 6), never);
    expect([map.has('k'), map.has('m')]).toEqual([true, true]);
  });
});
