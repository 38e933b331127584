import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressText } from '../../src/packet/address.ts';
import { Datagram, Decapsulator, TCP, UDP } from '../../src/packet/datagram.ts';
import {
  ascii,
  concat,
  ethernet,
  hex,
  ipv4,
  ipv6,
  tcp,
  u8,
  u16,
  u32,
  udp,
  V6_DESTINATION,
  V6_SOURCE,
  viewOf,
} from './wire.ts';

const PAYLOAD = ascii('the payload');

/** The record stands amid other octets, as in a chunk of a file: reading beyond it would not throw. */
function locate(record: Uint8Array, linkType = 1, decapsulator = new Decapsulator(), micros = 0, out = new Datagram()) {
  const chunk = concat(new Uint8Array(5).fill(0xee), record, new Uint8Array(64).fill(0xee));
  const found = decapsulator.locate(chunk, viewOf(chunk), 5, 5 + record.length, linkType, out, micros);
  return { found, out, counters: decapsulator.counters };
}

const textOf = (out: Datagram): string => new TextDecoder().decode(out.octets.subarray(out.start, out.end));

const inner = ipv4(udp(PAYLOAD));
const inner6 = ipv6(udp(PAYLOAD));

describe('link layers and tags', () => {
  it.each<[name: string, record: Uint8Array, linkType: number, vlan: number]>([
    ['Ethernet', ethernet(inner), 1, -1],
    ['Ethernet, IPv6', ethernet(inner6, 0x86dd), 1, -1],
    ['802.1Q', ethernet(concat(u16(0x6064), u16(0x0800), inner), 0x8100), 1, 100],
    ['802.1ad', ethernet(concat(u16(7), u16(0x8100), u16(100), u16(0x86dd), inner6), 0x88a8), 1, 100],
    ['old QinQ', ethernet(concat(u16(7), u16(0x8100), u16(9), u16(0x0800), inner), 0x9100), 1, 9],
    ['MPLS, two labels', ethernet(concat(hex('00010040 00011140'), inner), 0x8847), 1, -1],
    ['PPPoE', ethernet(concat(hex('1100 0001 0021 0021'), inner), 0x8864), 1, -1],
    ['802.3 with SNAP', ethernet(concat(hex('aaaa03 000000 0800'), inner), 47), 1, -1],
    ['Linux cooked', concat(hex('0004 0001 0006 0200000000010000'), u16(0x0800), inner), 113, -1],
    ['Linux cooked, tagged', concat(new Uint8Array(14), hex('8100 0005 0800'), inner), 113, 5],
    ['Linux cooked 2', concat(u16(0x86dd), new Uint8Array(18), inner6), 276, -1],
    ['raw', inner, 101, -1],
    ['raw, IPv6', inner6, 101, -1],
    ['raw by its old number', inner, 12, -1],
    ['IPv4', inner, 228, -1],
    ['IPv6', inner6, 229, -1],
    ['null, little endian', concat(hex('02000000'), inner), 0, -1],
    ['null, big endian', concat(hex('00000002'), inner), 0, -1],
    ['null, IPv6 of macOS', concat(hex('1e000000'), inner6), 0, -1],
    ['loop', concat(hex('00000002'), inner), 108, -1],
    ['PPP', concat(hex('ff03 0021'), inner), 9, -1],
    ['PPP, protocol in one octet', concat(hex('21'), inner), 9, -1],
    ['Cisco HDLC', concat(hex('0f00 0800'), inner), 104, -1],
  ])('finds the datagram in %s', (_name, record, linkType, vlan) => {
    const { found, out } = locate(record, linkType);
    expect(found).toBe(true);
    expect([out.protocol, out.sourcePort, out.destinationPort, out.length, out.vlan]).toEqual([
      UDP,
      5004,
      6004,
      11,
      vlan,
    ]);
    expect(textOf(out)).toBe('the payload');
  });

  it.each<[name: string, record: Uint8Array, linkType: number]>([
    ['ARP', ethernet(new Uint8Array(46), 0x0806), 1],
    ['spanning tree (LLC)', ethernet(hex('424203 0000000000'), 38), 1],
    ['an unknown link type', ethernet(inner), 147],
    ['tags without end', ethernet(concat(...Array(9).fill(hex('0001 8100')), u16(0x0800), inner), 0x8100), 1],
    ['ICMP', ethernet(ipv4(new Uint8Array(8), { protocol: 1 })), 1],
    ['IP version 5', u8(0x55, ...new Uint8Array(30)), 101],
    ['an empty record', u8(), 1],
  ])('finds none in %s, which is not damage', (_name, record, linkType) => {
    const { found, counters } = locate(record, linkType);
    expect(found).toBe(false);
    expect(counters).toMatchObject({ other: 1, malformed: 0 });
  });
});

describe('IP', () => {
  it('holds IPv4 addresses in the last word', () => {
    const { out } = locate(ethernet(inner));
    expect([out.addressFamily, addressText(out.source, 4), addressText(out.destination, 4)]).toEqual([
      4,
      '192.0.2.1',
      '198.51.100.2',
    ]);
    expect([...out.source.slice(0, 3)]).toEqual([0, 0, 0]);
  });

  it('holds IPv6 addresses in four words', () => {
    const { out } = locate(inner6, 101);
    expect([out.addressFamily, addressText(out.source, 6)]).toEqual([6, '2001:db8::1']);
    expect([...out.destination].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')).toBe(
      V6_DESTINATION,
    );
  });

  it('passes options of IPv4', () => {
    expect(textOf(locate(ipv4(udp(PAYLOAD), { options: hex('94040000') }), 101).out)).toBe('the payload');
  });

  it('passes the authentication header of IPv4 (RFC 4302)', () => {
    const signed = concat(u8(17, 4), new Uint8Array(22), udp(PAYLOAD));
    expect(textOf(locate(ipv4(signed, { protocol: 51 }), 101).out)).toBe('the payload');
  });

  it('ignores what Ethernet pads behind the packet', () => {
    const { out } = locate(ethernet(concat(inner, new Uint8Array(9))));
    expect([out.length, out.end - out.start]).toEqual([11, 11]);
  });

  it('takes a total length of 0 as segmentation offload', () => {
    expect(locate(ethernet(ipv4(udp(PAYLOAD), { total: 0 }))).out.length).toBe(11);
  });

  it.each([
    ['hop-by-hop', concat(u8(17, 0), hex('050200000000'))],
    ['two of them', concat(u8(60, 0), new Uint8Array(6), u8(17, 1), new Uint8Array(14))],
    [
      'a hundred of them',
      concat(...Array(99).fill(concat(u8(60, 0), new Uint8Array(6))), u8(17, 0), new Uint8Array(6)),
    ],
    ['authentication', concat(u8(17, 4), new Uint8Array(22))],
    ['an atomic fragment', concat(u8(17, 0), hex('0000 00000001'))],
  ])('passes extension headers: %s', (name, extensions) => {
    const first = name === 'authentication' ? 51 : name.includes('fragment') ? 44 : 0;
    expect(textOf(locate(ipv6(concat(extensions, udp(PAYLOAD)), first), 101).out)).toBe('the payload');
  });

  it('reads TCP', () => {
    const { out } = locate(ipv4(tcp(PAYLOAD, { sequence: 0xfffffffe, flags: 0x19 }), { protocol: 6 }), 101);
    expect([out.protocol, out.sourcePort, out.destinationPort, out.tcpSequence, out.tcpFlags]).toEqual([
      TCP,
      5060,
      5062,
      0xfffffffe,
      0x19,
    ]);
    expect(textOf(out)).toBe('the payload');
  });

  it.each([
    ['header shorter than five words', hex('42').length, concat(u8(0x42), inner.subarray(1))],
    ['total length below the header', 0, ipv4(udp(PAYLOAD), { total: 19 })],
    ['UDP longer than its packet', 0, ipv4(concat(u16(1), u16(2), u16(99), u16(0), PAYLOAD))],
    ['UDP shorter than its header', 0, ipv4(concat(u16(1), u16(2), u16(7), u16(0), PAYLOAD))],
    ['TCP longer than its packet', 0, ipv4(concat(new Uint8Array(12), u8(0xf0), new Uint8Array(7)), { protocol: 6 })],
    ['IPv6 cut', 0, inner6.subarray(0, 39)],
    ['endless extension headers', 0, ipv6(concat(...Array(20).fill(hex('00000000 00000000'))), 0)],
    ['an extension header beyond the end', 0, ipv6(hex('11ff0000 00000000'), 0)],
  ])('counts as malformed: %s', (_name, _first, packet) => {
    const { found, counters } = locate(packet, 101);
    expect([found, counters.malformed]).toEqual([false, 1]);
  });

  it('keeps the length on the wire of what the capture cut', () => {
    const { found, out } = locate(ethernet(ipv4(udp(new Uint8Array(1000)))).subarray(0, 54));
    expect([found, out.length, out.end - out.start]).toEqual([true, 1000, 12]);
  });
});

describe('the short way of plain packets', () => {
  const told = (packet: Uint8Array, linkType: number, header: number) => {
    const { found, out, counters } = locate(packet, linkType);
    const { source, destination, sourcePort, destinationPort, start, end, length, vlan, reassembled, protocol } = out;
    const fields = [
      source.join(),
      destination.join(),
      sourcePort,
      destinationPort,
      length,
      vlan,
      reassembled,
      protocol,
    ];
    return { counters, ...(found && { fields, start: start - header, end: end - header }) };
  };

  it('finds what the general way finds, whatever the headers say', () => {
    const packet = fc.record({
      payload: fc.uint8Array({ maxLength: 40 }),
      to: fc.oneof(fc.constantFrom(2152, 4789, 6081, 8472), fc.nat(65_535)),
      lies: fc.array(fc.tuple(fc.nat(27), fc.nat(255)), { maxLength: 2 }),
      cut: fc.oneof(fc.constant(99), fc.nat(70)),
    });
    fc.assert(
      fc.property(packet, ({ payload, to, lies, cut }) => {
        const octets = ipv4(udp(payload, 5004, to));
        for (const [at, octet] of lies) octets[at] = octet;
        const captured = octets.subarray(0, cut);
        expect(told(ethernet(captured), 1, 14)).toEqual(told(concat(hex('00000002'), captured), 108, 4));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('tunnels', () => {
  const frame = ethernet(inner);
  const gre = (...parts: Uint8Array[]) => ipv4(concat(...parts), { protocol: 47 });
  it.each([
    ['GRE', gre(hex('0000 0800'), inner)],
    ['GRE with checksum, key and sequence', gre(hex('b000 86dd'), new Uint8Array(12), inner6)],
    ['GRE carrying a tag', gre(hex('0000 8100 0064 0800'), inner)],
    ['GRE carrying MPLS', gre(hex('2000 8847 00000007 00010140'), inner6)],
    ['GRE carrying Ethernet', gre(hex('0000 6558'), frame)],
    ['PPTP', gre(hex('3081 880b 0000 0000 00000001 00000001'), hex('ff03 0021'), inner)],
    ['ERSPAN I', gre(hex('0000 88be'), frame)],
    ['ERSPAN II', gre(hex('1000 88be 00000001'), new Uint8Array(8), frame)],
    ['ERSPAN III', gre(hex('1000 22eb 00000001'), new Uint8Array(12), frame)],
    [
      'ERSPAN III with platform header',
      gre(hex('1000 22eb 00000001'), new Uint8Array(11), u8(1), new Uint8Array(8), frame),
    ],
    ['ERSPAN III carrying IP', gre(hex('1000 22eb 00000001'), new Uint8Array(10), hex('0800'), inner6)],
    ['ERSPAN II with a key', gre(hex('3000 88be 00000064 00000001'), hex('1000 0064 00000000'), frame)],
    ['IPv4 in IPv4', ipv4(inner, { protocol: 4 })],
    ['IPv6 in IPv4', ipv4(inner6, { protocol: 41 })],
    ['IPv4 in IPv6', ipv6(inner, 4)],
    ['IPv6 in IPv6', ipv6(inner6, 41)],
    ['VXLAN', ipv4(udp(concat(hex('08000000 00000500'), frame), 40000, 4789))],
    ["VXLAN with a group's policy, reserved bits set", ipv4(udp(concat(hex('88000010 00000501'), frame), 40000, 4789))],
    ['VXLAN of Linux', ipv4(udp(concat(hex('08000000 00000500'), frame), 40000, 8472))],
    ['Geneve with an option', ipv4(udp(concat(hex('0140 6558 00000100 0102 0300'), frame), 40000, 6081))],
    ['GTP-U', ipv4(udp(concat(hex('30ff 0000 00000001'), inner), 2152, 2152))],
    [
      'GTP-U with sequence and extension',
      ipv4(udp(concat(hex('36ff 0000 00000001 0007 00 85 01 000000'), inner6), 2152, 2152)),
    ],
    ['three tunnels', ipv4(ipv6(gre(hex('0000 0800'), inner), 4), { protocol: 41 })],
  ])('finds the datagram in %s', (_name, packet) => {
    const { found, out } = locate(packet, 101);
    expect([found, out.sourcePort, out.destinationPort]).toEqual([true, 5004, 6004]);
    expect(textOf(out)).toBe('the payload');
  });

  it.each([
    ['RTP on the port of VXLAN', 4789, hex('80000001 00000000 00000001')],
    ['TURN channel data on the port of VXLAN', 4789, hex('48000008 00000000 00000001')],
    ['STUN on the port of Geneve', 6081, hex('00010000 2112a442 00000000 00000000 00000000')],
    ['another message of GTP', 2152, hex('30010000 00000000')],
  ])('leaves %s alone', (_name, port, payload) => {
    const { found, out } = locate(ipv4(udp(payload, 4000, port)), 101);
    expect([found, out.destinationPort, out.length]).toEqual([true, port, payload.length]);
  });

  it('does not follow tunnels without end', () => {
    let packet = inner;
    for (let depth = 0; depth < 9; depth++) packet = ipv4(packet, { protocol: 4 });
    expect(locate(packet, 101)).toMatchObject({ found: false, counters: { malformed: 1 } });
  });
});

/** A datagram in pieces of `size` octets. */
function fragments(datagram: Uint8Array, size: number, identification = 7): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < datagram.length; at += size) {
    const more = at + size < datagram.length ? 0x2000 : 0;
    pieces.push(ipv4(datagram.subarray(at, at + size), { identification, fragment: more | (at / 8) }));
  }
  return pieces;
}

describe('fragments', () => {
  it('are put together in any order, with repetitions, among others', () => {
    const plan = fc.record({
      payload: fc.uint8Array({ minLength: 1, maxLength: 400 }),
      size: fc.integer({ min: 1, max: 8 }).map((words) => words * 8),
      order: fc.infiniteStream(fc.nat(1e6)),
    });
    fc.assert(
      fc.property(plan, ({ payload, size, order }) => {
        const decapsulator = new Decapsulator();
        const pieces = fragments(udp(payload), size);
        const keyed = [...pieces, ...pieces.slice(1)].map((piece) => ({ piece, key: Number(order.next().value) }));
        const sent = keyed.toSorted((a, b) => a.key - b.key).map(({ piece }) => piece);
        const out = new Datagram();
        const whole = sent.flatMap((piece) => {
          locate(fragments(udp(PAYLOAD), 8, 99)[0] ?? piece, 101, decapsulator);
          const { found } = locate(piece, 101, decapsulator, 0, out);
          return found ? [{ octets: out.octets.slice(out.start, out.end), reassembled: out.reassembled }] : [];
        });
        expect(whole[0]).toEqual({ octets: payload, reassembled: pieces.length > 1 });
      }),
      { numRuns: 60 },
    );
  });

  it('of IPv6 may carry extension headers of their own', () => {
    const body = concat(u8(17, 0), new Uint8Array(6), udp(PAYLOAD));
    const decapsulator = new Decapsulator();
    const first = ipv6(concat(u8(60, 0), u16(1), u32(5), body.subarray(0, 16)), 44);
    const last = ipv6(concat(u8(60, 0), u16(16), u32(5), body.subarray(16)), 44);
    expect(locate(first, 101, decapsulator).found).toBe(false);
    const { found, out } = locate(last, 101, decapsulator);
    expect([found, textOf(out), addressText(out.source, 6)]).toEqual([true, 'the payload', '2001:db8::1']);
    expect(V6_SOURCE).toMatch(/1$/);
  });

  it('that the capture cut count with their length on the wire', () => {
    const decapsulator = new Decapsulator();
    const [first, second] = fragments(udp(new Uint8Array(200).fill(5)), 104);
    locate(first?.subarray(0, 60) ?? u8(), 101, decapsulator);
    const { found, out } = locate(second ?? u8(), 101, decapsulator);
    expect([found, out.length, out.end - out.start]).toEqual([true, 200, 32]);
  });

  it.each([
    ['overlap', ipv4(new Uint8Array(16), { fragment: 0x2001 })],
    ['make a second end', ipv4(new Uint8Array(8), { fragment: 9 })],
    ['go beyond the end', ipv4(new Uint8Array(8), { fragment: 0x2009 })],
  ])('that %s are given up', (_name, odd) => {
    const decapsulator = new Decapsulator();
    locate(ipv4(new Uint8Array(16), { fragment: 0x2000 }), 101, decapsulator);
    locate(ipv4(new Uint8Array(8), { fragment: 4 }), 101, decapsulator);
    expect(locate(odd, 101, decapsulator)).toMatchObject({ found: false, counters: { fragmentsLost: 1 } });
  });

  it('wait 30 seconds at most', () => {
    const decapsulator = new Decapsulator();
    const [first, second, third] = fragments(udp(PAYLOAD), 8);
    for (const piece of [first, second]) locate(piece ?? u8(), 101, decapsulator, 0);
    expect(locate(third ?? u8(), 101, decapsulator, 31e6)).toMatchObject({
      found: false,
      counters: { fragmentsLost: 1 },
    });
  });

  it('never keep more than 64 datagrams', () => {
    const decapsulator = new Decapsulator();
    for (let id = 0; id < 1000; id++)
      locate(ipv4(new Uint8Array(8), { identification: id, fragment: 0x2000 }), 101, decapsulator);
    expect(decapsulator.counters.fragmentsLost).toBe(1000 - 64);
  });

  it('cannot make a packet longer than IP allows', () => {
    const { found, counters } = locate(ipv4(new Uint8Array(80), { fragment: 0x1fff }), 101);
    expect([found, counters.fragmentsLost]).toEqual([false, 1]);
  });
});
