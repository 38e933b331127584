import { describe, expect, test } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import { CaptureFile } from '../../src/packet/capture-file.ts';
import { add } from '../../src/quality/interval.ts';
import { blocks, concat, ethernet, ipv4, ipv6, pcap, type Record, u8, u16, u32, udp, viewOf } from '../packet/wire.ts';
import { BEGIN, INBOUND, rtp, send, talk } from './wire.ts';

const ETHERNET = 1;
const COOKED = 113;
const RAW = 101;

/** One frame or several (fragments) that carry a UDP payload. */
type Carrier = (payload: Uint8Array, index: number) => readonly Uint8Array[];

function record(meter: Meter, at: number, frame: Uint8Array, linkType: number, captured = frame.length, id = 0): void {
  const octets = frame.slice(0, captured);
  const micros = Math.round((BEGIN + at) * 1e6);
  meter.record(octets, viewOf(octets), 0, octets.length, micros, linkType, id, frame.length);
}

/** 20 s of PCMU with every 25th packet lost. */
function carried(carrier: Carrier, linkType: number, captured?: number) {
  const meter = new Meter();
  for (let index = 0; index < 1000; index += 1) {
    if (index % 25 === 13) continue;
    const packet = rtp({ ssrc: 0xfedcba98, sequence: 65_400 + index, timestamp: 0xffff_0000 + 160 * index });
    for (const frame of carrier(packet, index)) record(meter, index / 50, frame, linkType, captured);
  }
  return meter.finish();
}

/** In two fragments, of which the second comes first each other time. */
const fragmented: Carrier = (payload, index) => {
  const whole = udp(payload);
  const identification = index & 0xffff;
  const first = ipv4(whole.slice(0, 96), { identification, fragment: 0x2000 });
  const second = ipv4(whole.slice(96), { identification, fragment: 96 / 8 });
  return (index % 2 === 0 ? [first, second] : [second, first]).map((packet) => ethernet(packet));
};
const fragmented6: Carrier = (payload, index) => {
  const whole = udp(payload);
  const piece = (part: Uint8Array, field: number): Uint8Array =>
    ethernet(ipv6(concat(u8(17, 0), u16(field), u32(index), part), 44), 0x86dd);
  return [piece(whole.slice(0, 96), 1), piece(whole.slice(96), 96)];
};
const channel = (payload: Uint8Array): Uint8Array => concat(u16(0x4001), u16(payload.length), payload);

describe('what carries a stream changes nothing of it', () => {
  test.each<[string, Carrier, number, number?]>([
    ['Ethernet', (payload) => [ethernet(ipv4(udp(payload)))], ETHERNET],
    ['802.1Q', (payload) => [ethernet(concat(u16(5), u16(0x0800), ipv4(udp(payload))), 0x8100)], ETHERNET],
    [
      '802.1ad',
      (payload) => [ethernet(concat(u16(5), u16(0x8100), u16(7), u16(0x0800), ipv4(udp(payload))), 0x88a8)],
      ETHERNET,
    ],
    ['IPv6', (payload) => [ethernet(ipv6(udp(payload)), 0x86dd)], ETHERNET],
    ['Linux cooked', (payload) => [concat(new Uint8Array(14), u16(0x0800), ipv4(udp(payload)))], COOKED],
    ['fragments', fragmented, ETHERNET],
    ['fragments of IPv6', fragmented6, ETHERNET],
    ['TURN channel data', (payload) => [ethernet(ipv4(udp(channel(payload))))], ETHERNET],
    ['padded Ethernet', (payload) => [concat(ethernet(ipv4(udp(payload))), new Uint8Array(6))], ETHERNET],
    ['a snap length of 96', (payload) => [ethernet(ipv4(udp(payload)))], ETHERNET, 96],
    [
      'a snap length of 96, IPv6 with VLAN',
      (p) => [ethernet(concat(u16(5), u16(0x86dd), ipv6(udp(p))), 0x8100)],
      ETHERNET,
      96,
    ],
    ['a snap length that ends with the RTP header', (payload) => [ipv4(udp(payload))], RAW, 40],
  ])('%s', (_name, carrier, linkType, captured) => {
    const { streams, capture } = carried(carrier, linkType, captured);
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({
      ssrc: 0xfedcba98,
      packets: 960,
      expected: 1000,
      lost: 40,
      duplicates: 0,
      reordered: 0,
      restarts: 0,
      octets: 960 * 160,
      clockRate: 8000,
      codec: 'PCMU',
    });
    expect(streams[0]?.loss).toBeCloseTo(0.04, 9);
    expect(streams[0]?.maximumJitter).toBeCloseTo(0, 6);
    expect(capture).toMatchObject({ rtpPackets: 960, malformed: 0 });
  });

  test('the same packets on IPv4 and IPv6 are two streams', () => {
    const meter = new Meter();
    for (let index = 0; index < 100; index += 1) {
      const packet = udp(rtp({ ssrc: 1, sequence: index, timestamp: index * 160 }));
      record(meter, index / 50, ipv4(packet), RAW);
      record(meter, index / 50, ipv6(packet), RAW);
    }
    expect(meter.finish().streams.map(({ packets, duplicates }) => [packets, duplicates])).toEqual([
      [100, 0],
      [100, 0],
    ]);
  });

  test('IPv6 addresses that differ in their upper half only are two streams', () => {
    const meter = new Meter();
    for (let index = 0; index < 100; index += 1) {
      const packet = ipv6(udp(rtp({ ssrc: 1, sequence: index, timestamp: index * 160 })));
      record(meter, index / 50, packet, RAW);
      packet[12] = 0xaa;
      record(meter, index / 50, packet, RAW);
    }
    expect(meter.finish().streams.map(({ packets }) => packets)).toEqual([100, 100]);
  });
});

describe('several interfaces', () => {
  test('a packet seen on two of them was sent once; time may run back by what they differ', () => {
    const meter = new Meter({ intervals: true });
    for (let index = 0; index < 1500; index += 1) {
      const packet = ethernet(ipv4(udp(rtp({ ssrc: 1, sequence: index, timestamp: index * 160 }))));
      record(meter, index / 50, packet, ETHERNET, packet.length, 0);
      record(meter, index / 50 - 0.012, packet, ETHERNET, packet.length, 1);
    }
    const { streams, intervals } = meter.finish();
    expect(streams).toHaveLength(1);
    expect(streams[0]).toMatchObject({ packets: 1500, duplicates: 1500, lost: 0, loss: 0, maximumLoss: 0 });
    expect(streams[0]?.maximumJitter).toBeCloseTo(0, 6);
    expect(intervals.map(({ observed }) => observed).reduce(add)).toMatchObject({
      packets: 1500,
      loss: { lost: 0, of: 1500 },
    });
  });

  test('a clock that is set back by a minute: every packet counts, none is lost, the step is tainted', () => {
    const meter = new Meter({ intervals: true });
    talk(meter, INBOUND, 1, 100, 130);
    for (let index = 6500; index < 8000; index += 1)
      send(meter, index / 50 - 60, INBOUND, rtp({ ssrc: 1, sequence: index, timestamp: index * 160 }));
    const { streams, intervals } = meter.finish();
    expect(streams[0]).toMatchObject({ packets: 3000, expected: 3000, lost: 0, restarts: 0, loss: 0, maximumLoss: 0 });
    const fold = intervals.map(({ observed }) => observed).reduce(add);
    expect(fold).toMatchObject({ packets: 3000, taint: 'clock-step' });
    expect(streams[0]?.maximumJitter).toBeLessThanOrEqual(5);
  });
});

describe('what a pcapng file says it lost', () => {
  const order = blocks(true);
  const stamp = (at: number): [number, number] => {
    const micros = Math.round((BEGIN + at) * 1e6);
    return [Math.floor(micros / 2 ** 32), micros % 2 ** 32];
  };

  /** 60 s; between 20 s and 30 s four of ten packets are not in the file, and the statistics say so or do not. */
  function file(told: boolean): Uint8Array {
    const parts = [order.section(), order.describe(ETHERNET, 0)];
    let dropped = 0;
    for (let index = 0; index < 3000; index += 1) {
      const at = index / 50;
      if (told && index % 50 === 0) parts.push(order.statistics(0, ...stamp(at), order.counter(5, dropped)));
      if (at >= 20 && at < 30 && index % 10 < 4) {
        dropped += 1;
        continue;
      }
      const packet = ethernet(ipv4(udp(rtp({ ssrc: 1, sequence: index, timestamp: index * 160 }))));
      parts.push(order.packet(0, ...stamp(at), packet));
    }
    return concat(...parts);
  }

  function measured(octets: Uint8Array) {
    const meter = new Meter({ intervals: true });
    const capture = new CaptureFile(meter);
    capture.push(octets);
    capture.end();
    return meter.finish();
  }

  test('taints those seconds: no loss of the network', () => {
    const { streams, intervals, capture } = measured(file(true));
    expect(capture.captureDropped).toBe(200);
    expect(streams[0]).toMatchObject({ packets: 2800, lost: 200, loss: 0, maximumLoss: 0 });
    const fold = intervals.map(({ observed }) => observed).reduce(add);
    expect(fold).toMatchObject({ packets: 2800, taint: 'capture-dropped', loss: { lost: 0 } });
    expect(fold.coveredSeconds).toBeGreaterThan(40);
    expect(fold.coveredSeconds).toBeLessThan(50);
  });

  test('and where it says nothing, what is missing is lost', () => {
    const { streams } = measured(file(false));
    expect(streams[0]?.loss).toBeCloseTo(200 / 3000, 6);
    expect(streams[0]?.maximumLoss).toBeCloseTo(0.4, 2);
  });

  test('nanoseconds and either byte order tell the same', () => {
    const records = (unit: number): Record[] =>
      Array.from({ length: 500 }, (_, index) => {
        const packet = ethernet(ipv4(udp(rtp({ ssrc: 1, sequence: index, timestamp: index * 160 }))));
        return { seconds: BEGIN + Math.floor(index / 50), fraction: (index % 50) * 20_000 * unit, data: packet };
      });
    const results = [true, false].flatMap((littleEndian) => [
      measured(pcap(records(1), { littleEndian })),
      measured(pcap(records(1000), { littleEndian, magic: 0xa1b23c4d })),
    ]);
    expect(results[0]?.streams[0]).toMatchObject({ packets: 500, lost: 0 });
    for (const result of results) expect(result).toEqual(results[0]);
  });
});
