import { srtcpKeys } from './srtcp-keys.ts';
import {
  indexOf,
  type OpenedSrtcp,
  openCounter,
  openSealed,
  SMALLEST_SRTCP,
  senderOf,
  wasEncrypted,
} from './srtcp-packet.ts';
import { SrtcpReplay } from './srtcp-replay.ts';
import type { SrtpKey } from './srtp-key.ts';

/** What came of the packets so far. */
export type SrtcpCounters = {
  opened: number;
  /** Of those opened: authenticated but not encrypted (E = 0), and seen before. */
  inClear: number;
  repeated: number;
  /** No key fits; or they are damaged, or cut by the capture. */
  refused: number;
};

/** Senders whose key is remembered; who is in here had one. */
const MOST_SENDERS = 256;

/**
 * Opens SRTCP (RFC 3711, 3.4) of one direction with the keys that may protect it; of each sender the one that fitted last
 * goes first. A packet that comes twice is opened twice, and counted: a tap sees duplicates, and whoever reads reports has
 * to bear them in the clear as well.
 */
export class SrtcpOpener {
  readonly #counters: SrtcpCounters = { opened: 0, inClear: 0, repeated: 0, refused: 0 };
  readonly #replay = new SrtcpReplay();
  readonly #keys: readonly SrtpKey[];
  readonly #fitted = new Map<number, SrtpKey>();

  constructor(keys: readonly SrtpKey[]) {
    this.#keys = keys;
  }

  get counters(): Readonly<SrtcpCounters> {
    return this.#counters;
  }

  /**
   * The compound of the datagram `octets[start, end)` in the clear, on octets of its own; undefined where no key fits.
   * A datagram that the capture cut cannot be opened: its tag is gone.
   */
  open(octets: Uint8Array, start: number, end: number): Uint8Array | undefined {
    const packet = octets.subarray(Math.max(0, start), Math.max(0, end));
    const opened = packet.length < SMALLEST_SRTCP ? undefined : this.#openWithAny(packet);
    if (opened === undefined) {
      this.#counters.refused += 1;
      return undefined;
    }
    this.#counters.opened += 1;
    if (!wasEncrypted(opened)) this.#counters.inClear += 1;
    if (this.#replay.again(senderOf(packet), indexOf(opened))) this.#counters.repeated += 1;
    return opened.clear;
  }

  #openWithAny(packet: Uint8Array): OpenedSrtcp | undefined {
    const sender = senderOf(packet);
    const known = this.#fitted.get(sender);
    const keys = known === undefined ? this.#keys : [known, ...this.#keys.filter((key) => key !== known)];
    return first(keys, (key) => {
      const opened = openWith(key, packet);
      if (opened !== undefined && key !== known) this.#remember(sender, key);
      return opened;
    });
  }

  #remember(sender: number, key: SrtpKey): void {
    if (this.#fitted.size >= MOST_SENDERS) this.#fitted.clear();
    this.#fitted.set(sender, key);
  }
}

/** Some tell an identifier of their keys and send none, some shorten the tag of SRTCP: each way is tried. */
function openWith(key: SrtpKey, packet: Uint8Array): OpenedSrtcp | undefined {
  const { suite, mki } = key;
  const keys = srtcpKeys(key);
  for (const identifier of mki === undefined ? [undefined] : [mki, undefined]) {
    const opened =
      suite.kind === 'gcm'
        ? openSealed(suite.cipher, keys, packet, identifier)
        : first(suite.tagLengths, (tagLength) => openCounter(suite, keys, packet, tagLength, identifier));
    if (opened !== undefined) return opened;
  }
  return undefined;
}

/** What `find` gives for the first that it gives anything for. */
function first<T, R>(list: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of list) {
    const found = find(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
