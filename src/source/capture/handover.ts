/** The kernel stamps a packet for each of two captures anew, microseconds apart, or more when it is interrupted. Microseconds. */
export const APART = 200_000;

/** Octets by which a packet is told: one of both captures may keep more than the other, and neither less where they differ. */
const TOLD_BY = 256;

const HASH_SEED = 0x811c9dc5;
const OTHER_SEED = 0x9747b28c;

/**
 * Two captures of the same packets while one takes over from the other. Their time stamps differ, so no moment could part
 * them without losing a packet or counting it twice: packets are told by their octets. Each is taken from whichever shows it
 * first, and each feed keeps its order. Repetitions on the wire are seen twice by both, and stay two.
 */
export class Handover {
  /** Sightings by the old feed minus those by the new one, by packet. */
  readonly #ahead = new Map<number, number>();
  readonly #fromMicros: number;

  /** `fromMicros`: before it the new feed did not exist. Microseconds since the epoch. */
  constructor(fromMicros: number) {
    this.#fromMicros = fromMicros - APART;
  }

  /** Packets that only one of both has shown. */
  get unmatched(): number {
    return this.#ahead.size;
  }

  /** Whether a record of the old feed counts. */
  old(octets: Uint8Array, start: number, end: number, micros: number): boolean {
    if (micros < this.#fromMicros) return true;
    return this.#seen(packetHash(octets, start, end), 1);
  }

  /** Whether a record of the new feed counts. */
  new(octets: Uint8Array, start: number, end: number): boolean {
    return this.#seen(packetHash(octets, start, end), -1);
  }

  #seen(hash: number, side: 1 | -1): boolean {
    const ahead = this.#ahead.get(hash) ?? 0;
    if (ahead + side === 0) this.#ahead.delete(hash);
    else this.#ahead.set(hash, ahead + side);
    return ahead * side >= 0;
  }
}

/** 53 bits of two FNV-1a hashes (draft-eastlake-fnv) over the first octets of a packet. */
function packetHash(octets: Uint8Array, start: number, end: number): number {
  let one = HASH_SEED;
  let other = OTHER_SEED;
  const last = Math.min(end, start + TOLD_BY);
  for (let at = start; at < last; at++) {
    const octet = octets[at] ?? 0;
    one = Math.imul(one ^ octet, 0x01000193);
    other = Math.imul(other ^ octet, 0x5bd1e995);
    other ^= other >>> 15;
  }
  return (one >>> 0) * 0x20_0000 + (other >>> 11);
}
