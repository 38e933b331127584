import { IP_TYPE, IPV4_TYPE, IPV6_TYPE, MPLS, NO_TYPE, VLAN } from './link.ts';

/** UDP ports on which tunnels are looked for, with a check of their header. 8472 is Linux' own VXLAN port. */
const VXLAN_PORT = 4789;
const LINUX_VXLAN_PORT = 8472;
const GENEVE_PORT = 6081;
const GTP_USER_PORT = 2152;

/** Ours: an Ethernet frame, or PPP. */
export const ETHERNET_INSIDE = -3;
export const PPP_INSIDE = -4;

/** Ethernet types of what GRE and Geneve carry. */
const TRANSPARENT_ETHERNET = 0x6558;
const ERSPAN_2 = 0x88be;
const ERSPAN_3 = 0x22eb;
const PPP_TYPE = 0x880b;

/** Tunnels are looked for on this port. */
export function isTunnelPort(port: number): boolean {
  if (port < GTP_USER_PORT || port > LINUX_VXLAN_PORT) return false;
  return port === VXLAN_PORT || port === LINUX_VXLAN_PORT || port === GENEVE_PORT || port === GTP_USER_PORT;
}

/** Takes off a tunnel's header: one object, filled again. */
export class Tunnel {
  /** A type of Ethernet that leads to IP, `IP_TYPE`, `ETHERNET_INSIDE`, `PPP_INSIDE`; `NO_TYPE` if it is no tunnel. */
  type = NO_TYPE;
  /** Where the inner packet begins. */
  at = 0;

  /** True if the payload of a UDP datagram to this port is a tunnel's. */
  ofUdp(view: DataView, start: number, end: number, port: number): boolean {
    this.type = NO_TYPE;
    if (port === VXLAN_PORT || port === LINUX_VXLAN_PORT) this.#vxlan(view, start, end);
    else if (port === GENEVE_PORT) this.#geneve(view, start, end);
    else if (port === GTP_USER_PORT) this.#gtp(view, start, end);
    return this.type !== NO_TYPE;
  }

  /**
   * GRE (RFC 2784, 2890; version 1 with acknowledgement: RFC 2637, 4.1), with ERSPAN inside.
   *
   *      0                   1                   2                   3
   *      |C|R|K|S|s|Recur|A|Flags| Ver |         protocol type         |
   *      | checksum (C or R)             | offset                        |
   *      | key (K)                       | sequence (S)  acknowledge (A) |
   */
  ofGre(view: DataView, start: number, end: number): void {
    this.type = NO_TYPE;
    if (end - start < 4) return;
    const flags = view.getUint16(start);
    let at = start + 4;
    if (flags & 0xc000) at += 4;
    if (flags & 0x2000) at += 4;
    if (flags & 0x1000) at += 4;
    if (flags & 0x0080 && (flags & 7) === 1) at += 4;
    this.#inside(view, at, end, view.getUint16(start + 2), (flags & 0x1000) !== 0);
  }

  /**
   * ERSPAN without a GRE sequence number is type I and has no header; II has 8 octets, III 12, and 8 more if its O bit says
   * so. The last two octets of III:
   *
   *      |P| frame type 5 | hardware id 6 |D|Gra|O|      frame type: 0 Ethernet, 2 IP
   */
  #inside(view: DataView, at: number, end: number, type: number, sequenced: boolean): void {
    this.at = at;
    if (type === IPV4_TYPE || type === IPV6_TYPE || type === VLAN || type === MPLS) this.type = type;
    else if (type === TRANSPARENT_ETHERNET) this.type = ETHERNET_INSIDE;
    else if (type === PPP_TYPE) this.type = PPP_INSIDE;
    else if (type === ERSPAN_2) {
      this.type = ETHERNET_INSIDE;
      this.at = at + (sequenced ? 8 : 0);
    } else if (type === ERSPAN_3 && end - at >= 12) {
      const told = view.getUint16(at + 10);
      this.type = ((told >> 10) & 31) === 2 ? IP_TYPE : ETHERNET_INSIDE;
      this.at = at + (told & 1 ? 20 : 12);
    }
  }

  /**
   * RFC 7348, 5: flags with the I bit, 24 reserved bits, network identifier, 8 reserved bits. What is reserved is ignored:
   * switches carry a group's policy there, with the first bit set (draft-smith-vxlan-group-policy).
   */
  #vxlan(view: DataView, start: number, end: number): void {
    if (end - start < 8 || (view.getUint8(start) & 0x7f) !== 0x08) return;
    this.type = ETHERNET_INSIDE;
    this.at = start + 8;
  }

  /** RFC 8926, 3.4: version 2 bits (0), length of options 6 bits in 32-bit words, flags, protocol type, network identifier. */
  #geneve(view: DataView, start: number, end: number): void {
    if (end - start < 8 || view.getUint8(start) > 0x3f) return;
    this.#inside(view, start + 8 + 4 * view.getUint8(start), end, view.getUint16(start + 2), false);
  }

  /**
   * GTP-U (3GPP TS 29.281, 5.1): version 1, protocol type 1, message 255 = a user's packet.
   *
   *      0       1       2               4               8
   *      |001 1 0 E S PN| 255 | length | tunnel endpoint | sequence 2, N-PDU 1, next extension 1 (if E, S or PN)
   */
  #gtp(view: DataView, start: number, end: number): void {
    if (end - start < 8 || view.getUint8(start) >> 4 !== 3 || view.getUint8(start + 1) !== 255) return;
    const flags = view.getUint8(start);
    let at = start + 8;
    if (flags & 7) {
      at += 4;
      if (flags & 4) at = afterExtensions(view, at, end);
    }
    this.at = at;
    this.type = IP_TYPE;
  }
}

/** Extension headers begin with their length in 32-bit words and end with the type of the next, 0 = none. */
function afterExtensions(view: DataView, start: number, end: number): number {
  let at = start;
  while (at < end && view.getUint8(at - 1) !== 0) {
    const length = 4 * view.getUint8(at);
    if (length === 0) return end;
    at += length;
  }
  return Math.min(at, end);
}
