import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { APART, Handover } from '../../../src/source/capture/handover.ts';

const T = 1_700_000_000_000_000;
const octetsOf = (packet: number): Uint8Array => Uint8Array.from([1, 2, packet >> 8, packet & 255, 9]);

describe('two captures of the same packets', () => {
  const show = (handover: Handover, side: 'old' | 'new', packet: number): boolean =>
    side === 'old' ? handover.old(octetsOf(packet), 0, 5, T) : handover.new(octetsOf(packet), 0, 5);

  it('count each packet once, whichever shows it first', () => {
    const handover = new Handover(T);
    const counted = (['old', 'new', 'new', 'old'] as const).map((side, index) =>
      show(handover, side, [1, 1, 2, 2][index] ?? 0),
    );
    expect(counted).toEqual([true, false, true, false]);
    expect(handover.unmatched).toBe(0);
  });

  it('leave two of a packet that came twice', () => {
    const handover = new Handover(T);
    expect([show(handover, 'old', 1), show(handover, 'old', 1)]).toEqual([true, true]);
    expect([show(handover, 'new', 1), show(handover, 'new', 1), show(handover, 'new', 1)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('do not ask about what is older than the new one', () => {
    const handover = new Handover(T);
    expect(handover.old(octetsOf(1), 0, 5, T - APART - 1)).toBe(true);
    expect(handover.new(octetsOf(1), 0, 5)).toBe(true);
  });

  it('tell packets apart that differ in one octet, and look at no others', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (packet, at, bits) => {
          const handover = new Handover(T);
          const other = packet.slice();
          other[at % other.length] = (other[at % other.length] ?? 0) ^ bits;
          const padded = Uint8Array.from([77, ...packet, 78]);
          expect(handover.old(packet, 0, packet.length, T)).toBe(true);
          expect(handover.new(other, 0, other.length)).toBe(true);
          expect(handover.new(padded, 1, packet.length + 1)).toBe(false);
        },
      ),
    );
  });

  it('lose none, double none and keep the order, however their records come', () => {
    const stream = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 60 });
    fc.assert(
      fc.property(
        stream,
        fc.nat(),
        fc.nat(),
        fc.array(fc.boolean(), { maxLength: 200 }),
        (packets, begin, end, turns) => {
          // The new one begins somewhere, the old one ends somewhere later: between them they see all.
          const begins = begin % (packets.length + 1);
          const ends = begins + (end % (packets.length - begins + 1));
          const seen = { old: packets.slice(0, ends), new: packets.slice(begins) };
          const unique = packets.map((packet, index) => packet * 1000 + index);
          const at = { old: 0, new: begins };
          const handover = new Handover(T);
          const counted: number[] = [];
          const next = (side: 'old' | 'new'): void => {
            const index = at[side]++;
            if (show(handover, side, unique[index] ?? 0)) counted.push(unique[index] ?? 0);
          };
          // The old one is read alone until it has passed the new one's begin.
          while (at.old < begins) next('old');
          for (const turn of turns) {
            if (turn && at.old < ends) next('old');
            else if (!turn && at.new < packets.length) next('new');
          }
          while (at.old < ends) next('old');
          while (at.new < packets.length) next('new');
          expect(counted).toEqual(unique);
          expect(seen.old.length + seen.new.length).toBeGreaterThanOrEqual(packets.length);
        },
      ),
    );
  });
});
