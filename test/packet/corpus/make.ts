/**
 * The corpus: small captures and payloads that between them reach every parser, made by us octet for octet. To write
 * them again after a change: `node test/packet/corpus/make.ts`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ascii,
  blocks,
  concat,
  ethernet,
  hex,
  ipv4,
  ipv6,
  pcap,
  type Record,
  rtpPacket,
  tcp,
  u8,
  u16,
  u32,
  udp,
} from '../wire.ts';

const report = hex(`81c8000c 11223344 da8bd1fc dddda05a 00000640 00000014 00000c80
                    55667788 01000002 00010010 00000020 d1fcdddd 00010000`);
const description = hex('81ca0003 11223344 01046140622e 0000');
const feedback = hex('81cd0003 11223344 55667788 0010 0003');
const extended = hex(`80cf001f 11223344
  04000002 da8bd1fc dddda05a   05000003 55667788 d1fcdddd 00010000
  01000003 55667788 0064 006e 4005 c000
  06e80009 55667788 0001 0100 00000003 00000004 00000005 00000006 00000007 00000008 090a0b0c
  07000008 55667788 40208010 03e807d0 00500064 e2c43c10 5a50292a b0000028 006400c8`);
const stun = hex('0101000c 2112a442 b7e7a701 bc34d686 fa87dfae 0020 0008 0001 a147 e112a643');
const session = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 5004 RTP/AVP 0\r\n';
const invite = ascii(
  `INVITE sip:room@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\ni: 1@a\r\nCSeq: 1 INVITE\r\nc: application/sdp\r\nl: ${session.length}\r\n\r\n${session}`,
);
const multipart = ascii(
  `SIP/2.0 200 OK\r\nCall-ID: 1@a\r\nCSeq: 1 INVITE\r\nContent-Type: multipart/mixed;boundary=b\r\n\r\n--b\r\nContent-Type: application/sdp\r\n\r\n${session}\r\n--b--\r\n`,
);

const media = (sequence: number): Uint8Array => rtpPacket({ sequence, timestamp: sequence * 160 });
const extension = concat(hex('90e0 0001 00000000 11223344 bede0001 10ff0000'), new Uint8Array(8));
const padded = concat(hex('a0e0 0001 00000000 11223344'), hex('01020304 00000004'));
const pieces = (datagram: Uint8Array): Uint8Array[] => [
  ipv4(datagram.subarray(0, 16), { fragment: 0x2000 }),
  ipv4(datagram.subarray(16), { fragment: 2 }),
];
const vxlan = ipv4(udp(concat(hex('0800000000000500'), ethernet(ipv4(udp(media(4))))), 40000, 4789));
const gre = ipv4(concat(hex('20006558 00000001'), ethernet(ipv6(udp(media(5))), 0x86dd)), { protocol: 47 });
const gtp = ipv4(udp(concat(hex('32ff0000 00000001 00070000'), ipv4(udp(media(6)))), 2152, 2152));

const packets: readonly Uint8Array[] = [
  ipv4(udp(invite, 5060, 5060)),
  ipv4(udp(multipart, 5060, 5060)),
  ipv4(tcp(invite.subarray(0, 90), { sequence: 100 }), { protocol: 6 }),
  ipv4(tcp(invite.subarray(150), { sequence: 250 }), { protocol: 6 }),
  ipv4(tcp(invite.subarray(90, 150), { sequence: 190, flags: 0x11 }), { protocol: 6 }),
  ...[1, 2, 3].map((sequence) => ipv4(udp(media(sequence)))),
  ipv4(udp(extension)),
  ipv4(udp(padded)),
  ipv4(udp(concat(report, description, feedback, extended))),
  ipv4(udp(concat(report, new Uint8Array(24).fill(0x5a)))),
  ipv4(udp(stun)),
  ipv4(udp(concat(hex('4000 0020'), media(7)))),
  ...pieces(udp(media(8))),
  vxlan,
  gre,
  gtp,
];

const records: readonly Record[] = packets.map((packet, index) => ({
  seconds: 1_700_000_000 + index,
  fraction: 20_000 * index,
  data: ethernet(packet),
}));

function sections(): Uint8Array {
  const [little, big] = [blocks(true), blocks(false)];
  return concat(
    little.section(),
    little.describe(1, 96, little.option(9, u8(9)), little.end),
    ...records.map(({ data }, at) => little.packet(0, 0, at, data.subarray(0, 96), data.length, little.counter(4, 1))),
    big.section(),
    big.block(0x0bad, u32(1)),
    big.describe(276, 0),
    ...packets.map((packet, at) => big.packet(0, 0, at, concat(u16(0x0800), new Uint8Array(18), packet))),
    big.simple(40, new Uint8Array(40)),
    big.oldPacket(0, 1, 0, 99, new Uint8Array(20)),
    big.statistics(0, 0, 99, big.counter(5, 4), big.end),
  );
}

/** By file name. */
export const corpus: Readonly<{ [name: string]: Uint8Array }> = {
  'all.pcap': pcap(records),
  'all-big-endian-ns.pcap': pcap(records, { littleEndian: false, magic: 0xa1b23c4d }),
  'all.pcapng': sections(),
  'compound.rtcp': concat(report, description, feedback, extended),
  'goodbye.rtcp': hex('80c90001 11223344 81cb0003 11223344 03656e64 00000000 82cc0003 11223344 74657374 00000001'),
  'feedback.rtcp': hex(
    '84ce0004 11223344 00000000 55667788 01000000 8fce0005 11223344 00000000 52454d42 010bffff 55667788',
  ),
  'extended.rtcp': extended,
  'response.stun': stun,
  'extension.rtp': extension,
  'padded.rtp': padded,
  'red.rtp': rtpPacket({ payload: hex('e0 000002 6f 0102 03') }),
  'invite.sip': invite,
  'multipart.sip': multipart,
};

if (import.meta.main)
  for (const [name, octets] of Object.entries(corpus)) writeFileSync(join(import.meta.dirname, name), octets);
