import { TCP } from '../packet/datagram.ts';

/**
 * A capture of all interfaces (LINKTYPE_LINUX_SLL2) shows a packet on each that it passes: a trunk and the interface of its
 * VLAN, a bond or a bridge and its ports.
 *
 *      0         2          4                  8        10     11       12
 *      | type    | reserved | interface index  | ARPHRD | kind | length | address, 8 octets | IP …
 */
const INTERFACE = 4;
const HEADER = 20;

/** Words that hold the time to live, which changes where the host itself forwards. */
const IPV4_HOPS = 8;
const IPV6_HOPS = 4;
const IPV4_PROTOCOL = 9;
const IPV6_NEXT = 6;
const IPV6_HEADER = 40;

/** Words that hold the transport's checksum, which the upper interface of a stack leaves to the lower one. */
const UDP_CHECKSUM = 4;
const TCP_CHECKSUM = 16;

/** Words after the IP header by which a datagram is told: ports, length and checksum, then an RTP header and a little more. */
const TOLD_BY = 7;

/** A queue of the lower interface lies between both sightings of what is sent. Microseconds. */
const APART = 1_000_000;

const SLOTS = 1 << 16;

/** Tells packets that were seen on another interface before: each counts where it was seen first, repetitions there too. */
export class CookedCopies {
  readonly #keys = new Int32Array(SLOTS);
  readonly #interfaces = new Int32Array(SLOTS);
  readonly #at = new Float64Array(SLOTS).fill(Number.NEGATIVE_INFINITY);
  /** Copies so far. */
  count = 0;

  /** Whether the record of a cooked capture (version 2) is a copy. */
  isCopy(view: DataView, start: number, end: number, micros: number): boolean {
    if (end - start < HEADER + 28) return false;
    const key = keyOf(view, start + HEADER, end);
    const slot = (key ^ (key >>> 16)) & (SLOTS - 1);
    const index = view.getInt32(start + INTERFACE);
    const age = Math.abs(micros - (this.#at[slot] ?? 0));
    if (this.#keys[slot] === key && this.#interfaces[slot] !== index && age < APART) {
      this.count += 1;
      return true;
    }
    this.#keys[slot] = key;
    this.#interfaces[slot] = index;
    this.#at[slot] = micros;
    return false;
  }
}

/** 32 bits over what is one packet's own, mixed word by word as MurmurHash3 does. */
function keyOf(view: DataView, ip: number, end: number): number {
  const isIpv6 = view.getUint8(ip) >> 4 === 6;
  const hops = ip + (isIpv6 ? IPV6_HOPS : IPV4_HOPS);
  const transport = ip + (isIpv6 ? IPV6_HEADER : (view.getUint8(ip) & 15) * 4);
  const checksum =
    transport + (view.getUint8(ip + (isIpv6 ? IPV6_NEXT : IPV4_PROTOCOL)) === TCP ? TCP_CHECKSUM : UDP_CHECKSUM);
  const last = Math.min(end, transport + 4 * TOLD_BY) - 4;
  let key = isIpv6 ? view.getUint16(hops) : 0;
  for (let at = ip; at <= last; at += 4) {
    if (at === hops || at === checksum) continue;
    key = Math.imul(key ^ Math.imul(view.getInt32(at), 0xcc9e2d51), 0x1b873593);
    key ^= key >>> 15;
  }
  return key;
}
