import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fragment, FragmentStore } from '../../src/packet/fragments.ts';
import { u8 } from './wire.ts';

function piece(offset: number, octets: Uint8Array, more: boolean, options: Partial<Fragment> = {}): Fragment {
  const address = Int32Array.of(0, 0, 0, 1);
  return {
    ...{ family: 4, source: address, destination: address, identification: 1, protocol: 17 },
    ...{ offset, more, length: octets.length, octets, start: 0, end: octets.length },
    ...options,
  };
}

describe('FragmentStore', () => {
  it('keeps datagrams apart by addresses, identification, protocol and family', () => {
    const store = new FragmentStore();
    const last = piece(8, u8(9), false);
    const other = Int32Array.of(0, 0, 0, 2);
    store.add(piece(0, new Uint8Array(8), true), 0);
    for (const difference of [
      { source: other },
      { destination: other },
      { identification: 2 },
      { protocol: 6 },
      { family: 6 },
    ])
      expect(store.add({ ...last, ...difference }, 0)).toBeUndefined();
    expect(store.add(last, 0)).toMatchObject({ length: 9, end: 9, protocol: 17 });
  });

  it('forgets a datagram once it is whole', () => {
    const store = new FragmentStore();
    const [first, last] = [piece(0, new Uint8Array(8), true), piece(8, u8(9), false)];
    for (let times = 0; times < 200; times++) {
      expect(store.add(last, 0)).toBeUndefined();
      expect(store.add(first, 0)).toBeDefined();
    }
    expect(store.abandoned).toBe(0);
  });

  it('gives up a datagram of more than 1,024 pieces, and an empty fragment', () => {
    const store = new FragmentStore();
    for (let at = 0; at < 1025; at++) store.add(piece(at * 8, new Uint8Array(8), true), 0);
    expect(store.abandoned).toBe(1);
    store.add(piece(0, u8(), true), 0);
    expect(store.abandoned).toBe(2);
  });

  it('tells how much of a datagram the capture left', () => {
    const cuts = fc.array(fc.nat(16), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(cuts, (captured) => {
        const store = new FragmentStore();
        const whole = captured
          .map((end, index) => piece(index * 16, new Uint8Array(16).fill(index), index < captured.length - 1, { end }))
          .map((fragment) => store.add(fragment, 0))
          .at(-1);
        const cut = captured.findIndex((end) => end < 16);
        const end = cut < 0 ? captured.length * 16 : cut * 16 + (captured[cut] ?? 0);
        expect(whole).toMatchObject({ length: captured.length * 16, end });
      }),
    );
  });
});
