import { describe, expect, it } from 'vitest';
import { Meter } from '../../src/meter/meter.ts';
import { LINUX_COOKED_2 } from '../../src/packet/link.ts';
import { ipv4, ipv6, tcp, udp } from '../source/capture/frames.ts';
import { BEGIN, middle, report, rtp } from './wire.ts';

const [TRUNK, VLAN] = [2, 7];
const NTP = 2_208_988_800;

type Seen = { readonly at: number; readonly on: number; readonly type: number; readonly packet: Buffer };

function cooked({ on, type, packet }: Seen): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(type, 0);
  header.writeUInt32BE(on, 4);
  header.writeUInt16BE(1, 8);
  return Buffer.concat([header, packet]);
}

function measured(seen: readonly Seen[]) {
  const meter = new Meter({ slotSeconds: 5, intervals: true });
  for (const one of seen.toSorted((a, b) => a.at - b.at)) {
    const octets = cooked(one);
    const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
    meter.record(octets, view, 0, octets.length, Math.round((BEGIN + one.at) * 1e6), LINUX_COOKED_2, 0, octets.length);
  }
  const { capture, streams, intervals } = meter.finish();
  const { packets, copies = 0, ...rest } = capture;
  return { copies, result: { capture: { ...rest, packets: packets - copies }, streams, intervals } };
}

type Family = 4 | 6;
const ENDS = {
  4: ['10.1.0.1', '10.0.0.1'],
  6: ['2001:db8::1', '2001:db8::2'],
} as const;

/** Half a minute of a call, with loss, a repetition on the wire, and reports. */
function call(family: Family): readonly Seen[] {
  const [device, gateway] = ENDS[family];
  const type = family === 4 ? 0x0800 : 0x86dd;
  let identification = 0;
  const packet = (from: string, to: string, ports: readonly [number, number], payload: Uint8Array): Buffer => {
    const inner = udp(...ports, Buffer.from(payload));
    identification += 1;
    if (family === 6) return ipv6(from, to, inner);
    const whole = ipv4(from, to, inner);
    whole.writeUInt16BE(identification, 4);
    return whole;
  };
  const seen: Seen[] = [];
  for (let n = 0; n < 1500; n += 1) {
    const at = n / 50 + (n % 7) / 2000;
    const talk = (ssrc: number) => rtp({ ssrc, sequence: n, timestamp: 160 * n });
    if (n % 100 !== 60) {
      const inbound = { at, on: TRUNK, type, packet: packet(device, gateway, [5004, 6004], talk(1)) };
      seen.push(inbound);
      if (n % 200 === 10) seen.push({ ...inbound, at: at + 0.0004 });
    }
    seen.push({ at, on: VLAN, type, packet: packet(gateway, device, [6004, 5004], talk(2)) });
    if (n % 250 !== 125) continue;
    const sent = NTP + BEGIN + at;
    const ours = report(2, [], sent, n);
    const theirs = report(1, [{ ssrc: 2, highest: n, lost: 3, jitter: 8, lastReport: middle(sent), delay: 6554 }]);
    seen.push({ at, on: VLAN, type, packet: packet(gateway, device, [6005, 5005], ours) });
    seen.push({ at: at + 0.15, on: TRUNK, type, packet: packet(device, gateway, [5005, 6005], theirs) });
  }
  return seen;
}

const other = (on: number): number => (on === TRUNK ? VLAN : TRUNK);

describe.each<Family>([4, 6])('a capture of all interfaces, IPv%i', (family) => {
  const once = call(family);
  const plain = measured(once);
  const [inbound] = plain.result.streams;

  it('is as it was where each packet passes one of them', () => {
    expect(plain.copies).toBe(0);
    expect(inbound).toMatchObject({ packets: 1485, lost: 15, duplicates: 8 });
    expect(inbound?.rfc3550?.average).toBeGreaterThan(0);
  });

  it.each([
    ['at once', 0.000003, (packet: Buffer) => packet],
    ['behind a queue', 0.012, (packet: Buffer) => packet],
    [
      'with other checksums and one hop less',
      0.000003,
      (packet: Buffer) => {
        const later = Buffer.from(packet);
        later[family === 4 ? 8 : 7] = 63;
        if (family === 4) later.writeUInt16BE(0xbeef, 10);
        later.writeUInt16BE(0xcafe, (family === 4 ? 20 : 40) + 6);
        return later;
      },
    ],
  ])('shows the same where each passes a trunk and the interface of its VLAN, %s', (_, after, change) => {
    const twice = once.flatMap((one) => [
      one,
      { ...one, at: one.at + after, on: other(one.on), packet: change(one.packet) },
    ]);
    const { copies, result } = measured(twice);
    expect(copies).toBe(once.length);
    expect(result).toEqual(plain.result);
  });

  it('counts what goes by turns over two of them, and what three show once', () => {
    const order = new Map([...new Set(once.map(({ packet }) => packet))].map((packet, index) => [packet, index]));
    const byTurns = once.map((one) => ({ ...one, on: 3 + ((order.get(one.packet) ?? 0) % 2) }));
    expect(measured(byTurns)).toEqual(plain);
    const thrice = byTurns.flatMap((one) =>
      [one.on, 5, 6].map((on, index) => ({ ...one, on, at: one.at + index * 0.000002 })),
    );
    expect(measured(thrice).result.streams).toEqual(plain.result.streams);
  });

  it('takes the same again later for what it is', () => {
    const [device, gateway] = ENDS[family];
    const packet = udp(5004, 6004, Buffer.from(rtp({ ssrc: 1, sequence: 1, timestamp: 0 })));
    const whole = family === 4 ? ipv4(device, gateway, packet) : ipv6(device, gateway, packet);
    const again = (at: number, on: number): Seen => ({ at, on, type: family === 4 ? 0x0800 : 0x86dd, packet: whole });
    expect(measured([again(0, TRUNK), again(0.9, VLAN)]).copies).toBe(1);
    expect(measured([again(0, TRUNK), again(1.1, VLAN)]).copies).toBe(0);
  });
});

it('tells segments of TCP, fragments and runts apart', () => {
  const segments = [0, 65_536].map((sequence) =>
    ipv4('10.1.0.1', '10.0.0.1', tcp(40_000, 5060, sequence, Buffer.alloc(40)), 6),
  );
  const fragments = [2, 4].map((offset) => ipv4('10.1.0.1', '10.0.0.1', Buffer.alloc(16), 17, offset));
  const seen = [...segments, ...fragments, Buffer.alloc(20), Buffer.alloc(3)].map((packet, index) => ({
    ...{ at: index / 1000, on: index % 2, type: 0x0800, packet },
  }));
  expect(measured(seen).copies).toBe(0);
  expect(measured([...seen, ...seen.map((one) => ({ ...one, on: 9 }))]).copies).toBe(4);
});
