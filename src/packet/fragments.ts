/** Bounds: datagrams under way, pieces of one, octets of one (the largest IP packet), and how long the rest may take. */
const MOST_DATAGRAMS = 64;
const MOST_PIECES = 1024;
const LARGEST_DATAGRAM = 65_535;
const PATIENCE_MICROS = 30e6;

/** A fragment: where its octets lie, and what its IP header says of it. Filled again for each. */
export type Fragment = {
  family: number;
  source: Int32Array;
  destination: Int32Array;
  identification: number;
  protocol: number;
  /** In octets of the datagram. */
  offset: number;
  more: boolean;
  /** Octets on the wire; `octets[start, end)` of them were captured. */
  length: number;
  octets: Uint8Array;
  start: number;
  end: number;
};

/** A datagram put together: `octets[0, end)` captured of `length`. Valid until the next fragment is added. */
export type Reassembled = { octets: Uint8Array; view: DataView; end: number; length: number; protocol: number };

type Pending = {
  readonly family: number;
  readonly source: Int32Array;
  readonly destination: Int32Array;
  readonly identification: number;
  readonly protocol: number;
  readonly since: number;
  /** Covered octets as ranges in order that neither touch nor overlap: begin, end, begin, end … */
  ranges: number[];
  pieces: number;
  /** Where the last fragment ends; -1 until it came. */
  length: number;
  /** First octet that the capture cut off. */
  cutAt: number;
  parts: { readonly at: number; readonly octets: Uint8Array }[];
};

/** Puts IP fragments together (RFC 791, 3.2; RFC 8200, 4.5), whatever their order. */
export class FragmentStore {
  /** Datagrams given up: too old, contradicting, or beyond the bounds. */
  abandoned = 0;
  #pending: Pending[] = [];

  /** The whole datagram if this fragment completes it. */
  add(fragment: Fragment, micros: number): Reassembled | undefined {
    const to = fragment.offset + fragment.length;
    if (fragment.length === 0 || to > LARGEST_DATAGRAM) {
      this.abandoned += 1;
      return undefined;
    }
    const pending = this.#find(fragment, micros) ?? this.#begin(fragment, micros);
    if (!place(pending, fragment, to)) this.#forget(pending, true);
    else if (pending.ranges.length === 2 && pending.ranges[0] === 0 && pending.ranges[1] === pending.length) {
      this.#forget(pending, false);
      return joined(pending);
    }
    return undefined;
  }

  #find(fragment: Fragment, micros: number): Pending | undefined {
    const found = this.#pending.find((pending) => isSame(pending, fragment));
    if (found === undefined || Math.abs(micros - found.since) <= PATIENCE_MICROS) return found;
    this.#forget(found, true);
    return undefined;
  }

  #begin(fragment: Fragment, micros: number): Pending {
    const [oldest] = this.#pending;
    if (oldest !== undefined && this.#pending.length >= MOST_DATAGRAMS) this.#forget(oldest, true);
    const begun: Pending = {
      family: fragment.family,
      source: fragment.source.slice(),
      destination: fragment.destination.slice(),
      identification: fragment.identification,
      protocol: fragment.protocol,
      since: micros,
      ranges: [],
      pieces: 0,
      length: -1,
      cutAt: Number.POSITIVE_INFINITY,
      parts: [],
    };
    this.#pending.push(begun);
    return begun;
  }

  #forget(pending: Pending, unfinished: boolean): void {
    this.#pending = this.#pending.filter((other) => other !== pending);
    if (unfinished) this.abandoned += 1;
  }
}

function isSame(pending: Pending, fragment: Fragment): boolean {
  return (
    pending.identification === fragment.identification &&
    pending.protocol === fragment.protocol &&
    pending.family === fragment.family &&
    pending.source.every((word, index) => word === fragment.source[index]) &&
    pending.destination.every((word, index) => word === fragment.destination[index])
  );
}

/** False if the fragment contradicts the others: an overlap that is no repetition (RFC 5722), or a second length. */
function place(pending: Pending, fragment: Fragment, to: number): boolean {
  pending.pieces += 1;
  if (pending.pieces > MOST_PIECES) return false;
  const reached = pending.ranges.at(-1) ?? 0;
  if (!fragment.more) {
    if ((pending.length >= 0 && pending.length !== to) || reached > to) return false;
    pending.length = to;
  } else if (pending.length >= 0 && to > pending.length) return false;
  if (isCovered(pending.ranges, fragment.offset, to)) return true;
  if (overlaps(pending.ranges, fragment.offset, to)) return false;
  pending.ranges = merged(pending.ranges, fragment.offset, to);
  copy(pending, fragment);
  return true;
}

function copy(pending: Pending, { octets, start, end, offset, length }: Fragment): void {
  pending.parts.push({ at: offset, octets: octets.slice(start, end) });
  if (end - start < length) pending.cutAt = Math.min(pending.cutAt, offset + end - start);
}

function joined({ parts, length, cutAt, protocol }: Pending): Reassembled {
  const octets = new Uint8Array(length);
  for (const part of parts) octets.set(part.octets, part.at);
  return { octets, view: new DataView(octets.buffer), end: Math.min(cutAt, length), length, protocol };
}

function isCovered(ranges: readonly number[], from: number, to: number): boolean {
  for (let index = 0; index < ranges.length; index += 2)
    if (from >= (ranges[index] ?? 0) && to <= (ranges[index + 1] ?? 0)) return true;
  return false;
}

function overlaps(ranges: readonly number[], from: number, to: number): boolean {
  for (let index = 0; index < ranges.length; index += 2)
    if (from < (ranges[index + 1] ?? 0) && to > (ranges[index] ?? 0)) return true;
  return false;
}

/** The ranges with one more that overlaps none of them, touching ones joined. */
function merged(ranges: readonly number[], from: number, to: number): number[] {
  const bounds = [...ranges, from, to].toSorted((a, b) => a - b);
  return bounds.filter((bound, index) => {
    const opens = index % 2 === 0;
    return opens ? bounds[index - 1] !== bound : bounds[index + 1] !== bound;
  });
}
