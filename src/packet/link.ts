/** Protocol numbers of Ethernet's type field (IEEE 802) that lead to IP. */
export const IPV4_TYPE = 0x0800;
export const IPV6_TYPE = 0x86dd;
/** Ours, not on any wire: IP whose version is in its first four bits, and nothing that leads to IP. */
export const IP_TYPE = -1;
export const NO_TYPE = -2;

export const VLAN = 0x8100;
const SERVICE_VLAN = 0x88a8;
const OLD_QINQ = 0x9100;
export const MPLS = 0x8847;
const MPLS_UPSTREAM = 0x8848;
const PPPOE_SESSION = 0x8864;
/** Below it the field is a length and LLC follows (IEEE 802.3). */
const SMALLEST_TYPE = 0x0600;

/** Tags and labels before IP; more is an attack. */
const MOST_TAGS = 8;

/** LINKTYPE_ values (https://www.tcpdump.org/linktypes.html). 12 and 14 are DLT_RAW of some systems. */
const NULL = 0;
export const ETHERNET = 1;
const PPP = 9;
export const RAW = 101;
const RAW_LINKS: ReadonlySet<number> = new Set([12, 14, RAW, 228, 229]);
const PPP_HDLC = 50;
const CISCO_HDLC = 104;
const LOOP = 108;
const LINUX_COOKED = 113;
export const LINUX_COOKED_2 = 276;

/** Takes off the headers below IP: one object, filled again for each packet. */
export class LinkLayer {
  /** `IPV4_TYPE`, `IPV6_TYPE`, `IP_TYPE`, another type of Ethernet, or `NO_TYPE`. */
  type = NO_TYPE;
  /** Where that begins. */
  at = 0;
  /** Innermost VLAN identifier, -1 without a tag. */
  vlan = -1;

  /** Reads the header of a link type. */
  open(view: DataView, start: number, end: number, linkType: number): void {
    this.vlan = -1;
    if (linkType === ETHERNET) this.ethernet(view, start, end);
    else if (linkType === LINUX_COOKED_2) this.#typeAt(view, start, end, 0, 20);
    else if (linkType === LINUX_COOKED) this.#typeAt(view, start, end, 14, 16);
    else if (RAW_LINKS.has(linkType)) this.#found(IP_TYPE, start);
    else this.#rare(view, start, end, linkType);
  }

  /**
   * Ethernet II or IEEE 802.3.
   *
   *      0                       6                       12      14
   *      |      destination      |        source         | type  | tags, payload …
   */
  ethernet(view: DataView, start: number, end: number): void {
    this.#typeAt(view, start, end, 12, 14);
  }

  /** What begins at `at` is of this type of Ethernet: takes off tags and labels that it may begin with. */
  typed(view: DataView, type: number, at: number, end: number): void {
    this.#found(type, at);
    if (type !== IPV4_TYPE && type !== IPV6_TYPE) this.#tagged(view, end);
  }

  /** PPP (RFC 1661, 2), with or without address and control octets, and the protocol field maybe in one octet. */
  ppp(view: DataView, start: number, end: number): void {
    let at = start;
    if (end - at >= 2 && view.getUint16(at) === 0xff03) at += 2;
    if (end - at < 2) this.#found(NO_TYPE, at);
    else if (view.getUint8(at) & 1) this.#found(pppType(view.getUint8(at)), at + 1);
    else this.#found(pppType(view.getUint16(at)), at + 2);
  }

  #rare(view: DataView, start: number, end: number, linkType: number): void {
    if (linkType === NULL || linkType === LOOP) this.#loopback(view, start, end);
    else if (linkType === PPP || linkType === PPP_HDLC) this.ppp(view, start, end);
    else if (linkType === CISCO_HDLC) this.#typeAt(view, start, end, 2, 4);
    else this.#found(NO_TYPE, start);
  }

  /** An address family in the order of the machine that captured: the small reading of it is right. */
  #loopback(view: DataView, start: number, end: number): void {
    if (end - start < 4) this.#found(NO_TYPE, start);
    else {
      const family = Math.min(view.getUint32(start), view.getUint32(start, true));
      this.#found(family === 2 ? IPV4_TYPE : IP_TYPE, start + 4);
    }
  }

  #typeAt(view: DataView, start: number, end: number, field: number, header: number): void {
    const type = end - start < header ? NO_TYPE : view.getUint16(start + field);
    this.typed(view, type, start + header, end);
  }

  #tagged(view: DataView, end: number): void {
    for (let tags = 0; tags < MOST_TAGS; tags++) {
      const { type, at } = this;
      if (type === VLAN || type === SERVICE_VLAN || type === OLD_QINQ) {
        this.#tag(view, end);
      } else if (type === MPLS || type === MPLS_UPSTREAM) this.#label(view, end);
      else if (type === PPPOE_SESSION) this.ppp(view, at + 6, end);
      else if (type >= 0 && type < SMALLEST_TYPE) this.#llc(view, end);
      else return;
    }
    this.type = NO_TYPE;
  }

  /** IEEE 802.1Q: priority 3 bits, drop eligible 1, identifier 12, then the next type. */
  #tag(view: DataView, end: number): void {
    const { at } = this;
    if (end - at < 4) this.#found(NO_TYPE, at);
    else {
      this.vlan = view.getUint16(at) & 0x0fff;
      this.#found(view.getUint16(at + 2), at + 4);
    }
  }

  /** RFC 3032, 2.1: label 20, traffic class 3, bottom of stack 1, time to live 8. Below the last one IP is assumed. */
  #label(view: DataView, end: number): void {
    if (end - this.at < 4) this.#found(NO_TYPE, this.at);
    else this.#found(view.getUint8(this.at + 2) & 1 ? IP_TYPE : MPLS, this.at + 4);
  }

  /** SNAP (IEEE 802): AA AA 03, organisation 00 00 00, type. */
  #llc(view: DataView, end: number): void {
    const { at } = this;
    const snap = end - at >= 8 && view.getUint32(at) === 0xaaaa0300 && view.getUint16(at + 4) === 0;
    this.#found(snap ? view.getUint16(at + 6) : NO_TYPE, at + 8);
  }

  #found(type: number, at: number): void {
    this.type = type;
    this.at = at;
  }
}

function pppType(protocol: number): number {
  if (protocol === 0x0021) return IPV4_TYPE;
  return protocol === 0x0057 ? IPV6_TYPE : NO_TYPE;
}
