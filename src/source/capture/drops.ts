/** What the kernel counts of a capture since its begin, in packets. `received` holds the dropped ones too. */
export type KernelCounts = { readonly captured: number; readonly received: number; readonly dropped: number };

const COUNTS =
  /(\d+) packets? captured(?:, |\s*\n)(\d+) packets? received by filter(?:, |\s*\n)(\d+) packets? dropped by kernel/g;
/** More than one such message. UTF-16 units. */
const LONGEST = 1000;

/** The counts that tcpdump printed, at SIGUSR1 in one line and at its end in three; `rest` may be the begin of more. */
export function readCounts(text: string): { readonly counts: readonly KernelCounts[]; readonly rest: string } {
  const matches = [...text.matchAll(COUNTS)];
  const last = matches.at(-1);
  const rest = last === undefined ? text : text.slice(last.index + last[0].length);
  const counts = matches.map(([, captured, received, dropped]) => ({
    captured: Number(captured),
    received: Number(received),
    dropped: Number(dropped),
  }));
  return { counts, rest: rest.slice(-LONGEST) };
}

/** tcpdump's counters are 32 bits wide. */
const WRAP = 2 ** 32;

/**
 * What a capture lost from one look to the next. On the loopback the kernel counts each packet twice, as sent and as
 * received, and libpcap passes on one of both: half of the drops, rounded up, is then as near as one can come. On `any` the
 * loopback's share is unknown and nothing is taken off: the count is an upper bound, and any drop taints all the same.
 */
export class DropCounter {
  readonly #perPacket: number;
  #seen = 0;

  constructor(interfaceName: string) {
    this.#perPacket = interfaceName === 'lo' ? 2 : 1;
  }

  /** Packets lost since it was asked last. */
  lost({ dropped }: KernelCounts): number {
    const more = (dropped - this.#seen + WRAP) % WRAP;
    this.#seen = dropped;
    return Math.ceil(more / this.#perPacket);
  }
}
