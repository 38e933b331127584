import { present } from './present.ts';

/** Cumulative counters of one stream at one end of it. Octets are media payload; `lost` is signed (RFC 3550, A.3). */
export type Counters = {
  readonly packets?: number;
  readonly octets?: number;
  readonly frames?: number;
  readonly lost?: number;
  /** Repairs that `packets` and `octets` contain; absent where the source does not tell. */
  readonly retransmittedPackets?: number;
  readonly retransmittedOctets?: number;
};

/** What the counters say happened between two samples. */
export type Delta = {
  readonly packets?: number;
  readonly octets?: number;
  readonly frames?: number;
  readonly lost?: number;
  /** Everything that arrived, repairs and duplicates too: more than that cannot have been repaid. */
  readonly arrived?: number;
  /** Further duplicates: fewer packets lost than none (RFC 3550, A.3: expected − received). */
  readonly duplicates?: number;
};

/** Counters of a stream that begins to count. */
export const ZERO: Counters = {
  packets: 0,
  octets: 0,
  frames: 0,
  lost: 0,
  retransmittedPackets: 0,
  retransmittedOctets: 0,
};

/** Whether a counter that only grows went back: what counted began again. */
export function fell(before: number | undefined, now: number | undefined): boolean {
  return before !== undefined && now !== undefined && now < before;
}

/** Difference of two samples; a member that either of them lacks, or that fell, is absent. */
export function deltaOf(before: Counters, now: Counters): Delta {
  const arrived = grown(before.packets, now.packets);
  return present<Delta>({
    arrived,
    packets: without(arrived, grown(before.retransmittedPackets, now.retransmittedPackets)),
    octets: without(grown(before.octets, now.octets), grown(before.retransmittedOctets, now.retransmittedOctets)),
    frames: grown(before.frames, now.frames),
    lost: minus(now.lost, before.lost),
    duplicates: minus(belowZero(now.lost), belowZero(before.lost)),
  });
}

/** a − b where both are there. */
export function minus(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a - b;
}

function grown(before: number | undefined, now: number | undefined): number | undefined {
  return fell(before, now) ? undefined : minus(now, before);
}

function without(all: number | undefined, repairs: number | undefined): number | undefined {
  return all === undefined ? undefined : Math.max(0, all - (repairs ?? 0));
}

function belowZero(lost: number | undefined): number | undefined {
  return lost === undefined ? undefined : Math.max(0, -lost);
}
