import type { Direction } from '../../model/channel.ts';
import type { LegKey } from '../../model/leg.ts';
import { SrtcpOpener } from '../../packet/srtcp-opener.ts';
import { srtpKeysOf } from '../../session/sdes.ts';

/** What opens the SRTCP of one leg, each direction with its own keys. In memory only. */
export class LegKeys {
  readonly #keys: readonly LegKey[];
  readonly #openers: Readonly<Record<Direction, SrtcpOpener>>;

  constructor(keys: readonly LegKey[]) {
    this.#keys = keys;
    const of = (direction: Direction): SrtcpOpener =>
      new SrtcpOpener(
        keys
          .filter((key) => key.direction === direction)
          .flatMap(({ suite, key }) => srtpKeysOf({ suite, keys: [key] })),
      );
    this.#openers = { inbound: of('inbound'), outbound: of('outbound') };
  }

  /** Whether these are its keys: openers remember what they saw. */
  isOf(keys: readonly LegKey[]): boolean {
    return JSON.stringify(keys) === JSON.stringify(this.#keys);
  }

  /** The compound of `octets[start, end)` in the clear; undefined where no key fits. */
  open(direction: Direction, octets: Uint8Array, start: number, end: number): Uint8Array | undefined {
    return this.#openers[direction].open(octets, start, end);
  }
}
