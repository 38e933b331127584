/** What a second had counted at a moment in it. Jitter: the sum of its updates, microseconds. */
export type Count = {
  readonly received: number;
  readonly media: number;
  readonly frames: number;
  readonly octets: number;
  readonly jitter: number;
  readonly updates: number;
  readonly maximum: number;
};

/** A moment at which the slot of a stream is parted: microseconds, its second, and the first number behind it, once that is known. */
export type Cut = { readonly at: number; readonly second: number; boundary: number | undefined; readonly count: Count };

/** How the slots of a stream are parted: the moments to come, the latest one passed, and the jitter of the second that closes. */
export type Parting = {
  readonly cuts: Cut[];
  /** Epoch seconds; what the open slot counts came later. */
  from: number;
  /** By second: sum and number of its updates, and their maximum. Microseconds. */
  readonly jitter: Map<number, Pick<Count, 'jitter' | 'updates' | 'maximum'>>;
};

/** The begin of what a slot counts, and its end where the stream was over before a moment in it. Epoch seconds. */
export function partOf(parting: Parting | undefined, from: number, to: number): readonly [from: number, to: number] {
  if (parting === undefined) return [from, to];
  const next = (parting.cuts[0]?.at ?? Number.POSITIVE_INFINITY) / 1e6;
  const begin = parting.from > from && parting.from < to ? parting.from : from;
  return [begin, next > begin && next < to ? next : to];
}

/** Seconds of a stream in a row that no moment lies in, up to one that closes; all of them where none does. */
export function wholeSeconds(parting: Parting | undefined, second: number, lived: number): number {
  return parting === undefined ? lived : Math.max(0, Math.min(lived, second - Math.floor(parting.from)));
}
