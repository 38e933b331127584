import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Relay } from '../../src/demo/relay.ts';
import type { Impairment } from '../../src/demo/relay-path.ts';
import { rtcpPacket, rtpPacket } from './rtp.ts';

type End = { readonly socket: Socket; readonly received: Buffer[]; readonly port: number };

const now = (): number => (performance.timeOrigin + performance.now()) / 1000;
const clean: Impairment = { loss: 0, delaySeconds: 0.005, jitterSeconds: 0, seed: 1 };

let device: End;
let gateway: End;
let relay: Relay | undefined;

async function bind(): Promise<End> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const received: Buffer[] = [];
  socket.on('message', (octets) => received.push(octets));
  return { socket, received, port: socket.address().port };
}

async function between(impairment: Partial<Impairment>): Promise<Relay> {
  relay = await Relay.open({ ...clean, ...impairment }, now);
  relay.connect({
    device: { address: '127.0.0.1', port: device.port },
    gateway: { address: '127.0.0.1', port: gateway.port },
  });
  return relay;
}

const fromDevice = (through: Relay, octets: Buffer): void =>
  device.socket.send(octets, through.ports.forDevice.port, '127.0.0.1');
const fromGateway = (through: Relay, octets: Buffer): void =>
  gateway.socket.send(octets, through.ports.forGateway.port, '127.0.0.1');

beforeEach(async () => {
  [device, gateway] = [await bind(), await bind()];
});
afterEach(() => {
  relay?.close();
  device.socket.close();
  gateway.socket.close();
});

/** On a busy machine a second, which polling waits otherwise, is little. */
const eventually = <T>(ask: () => T) => expect.poll(ask, { timeout: 10_000 });

const sequenceOf = (octets: Buffer): number => octets.readUInt16BE(2);

const PORTION = 25;
const arrivedOf = (ssrc: number): Buffer[] => gateway.received.filter((octets) => octets.readUInt32BE(8) === ssrc);

/** In small portions, each waited for: a socket's buffer holds some hundred datagrams and drops the rest. */
async function sendRtp(through: Relay, ssrc: number, packets: number): Promise<void> {
  for (let sequence = 0; sequence < packets; sequence += 1) {
    fromDevice(through, rtpPacket({ ssrc, sequence }));
    if ((sequence + 1) % PORTION > 0) continue;
    const isThrough = (): boolean => {
      const { packets: counted, lost } = through.inbound.stream(ssrc).count;
      return counted === sequence + 1 && arrivedOf(ssrc).length === counted - lost;
    };
    await expect.poll(isThrough, { interval: 1, timeout: 10_000 }).toBe(true);
  }
}

describe('what it forwards', () => {
  test('reaches the other side unchanged and in order, both ways', async () => {
    const through = await between({ jitterSeconds: 0.004 });
    const packets = Array.from({ length: 40 }, (_, sequence) =>
      rtpPacket({ ssrc: 7, sequence, timestamp: sequence * 960 }),
    );
    for (const packet of packets) {
      fromDevice(through, packet);
      fromGateway(through, packet);
    }
    await eventually(() => [gateway.received.length, device.received.length]).toEqual([40, 40]);
    expect(gateway.received).toEqual(packets);
    expect(device.received).toEqual(packets);
  });

  test('comes from nobody but the two peers', async () => {
    const through = await between({});
    const stranger = await bind();
    stranger.socket.send(rtpPacket({ ssrc: 9, sequence: 1 }), through.ports.forDevice.port, '127.0.0.1');
    fromDevice(through, rtpPacket({ ssrc: 7, sequence: 1 }));
    await eventually(() => gateway.received.length).toBe(1);
    stranger.socket.close();
    expect([...through.inbound.streams.keys()]).toEqual([7]);
  });

  test('is all of RTCP, STUN and DTLS, even where every RTP packet is lost', async () => {
    const through = await between({ loss: 1 });
    const kept = [
      rtcpPacket({ ssrc: 7, packetType: 200 }),
      Buffer.alloc(20, 1),
      Buffer.alloc(20, 22),
      Buffer.alloc(20, 100),
    ];
    for (const octets of kept) fromDevice(through, octets);
    fromDevice(through, rtpPacket({ ssrc: 7, sequence: 1 }));
    await eventually(() => through.inbound.stream(7).count).toEqual({ packets: 1, lost: 1 });
    await eventually(() => gateway.received).toEqual(kept);
    const { rtcp, stun, dtls } = through.inbound;
    expect([rtcp.count, stun.count, dtls.count]).toEqual([1, 1, 1]);
  });
});

describe('what it drops', () => {
  test('is counted to the packet, for each SSRC and direction', async () => {
    const through = await between({ loss: 0.1, delaySeconds: 0.001 });
    await Promise.all([sendRtp(through, 1, 1000), sendRtp(through, 2, 500)]);
    fromGateway(through, rtpPacket({ ssrc: 1, sequence: 0 }));
    for (const [ssrc, packets] of [
      [1, 1000],
      [2, 500],
    ] as const) {
      const { packets: counted, lost } = through.inbound.stream(ssrc).count;
      expect(counted).toBe(packets);
      expect(new Set(arrivedOf(ssrc).map(sequenceOf)).size).toBe(packets - lost);
      expect(lost / packets).toBeGreaterThan(0.05);
      expect(lost / packets).toBeLessThan(0.15);
    }
    await eventually(() => device.received.length).toBe(1 - through.outbound.stream(1).count.lost);
    expect(through.outbound.stream(1).count.packets).toBe(1);
  });

  test('is the same packets again for the same seed', async () => {
    const arrived: number[][] = [];
    for (const seed of [5, 5, 6]) {
      gateway.received.length = 0;
      const through = await between({ loss: 0.2, seed });
      await sendRtp(through, 1, 200);
      arrived.push(gateway.received.map(sequenceOf));
      if (seed !== 6) through.close();
    }
    expect(arrived[1]).toEqual(arrived[0]);
    expect(arrived[2]).not.toEqual(arrived[0]);
  });
});

describe('the delay it applies', () => {
  test('is what it says, and what a peer can measure', async () => {
    const through = await between({ delaySeconds: 0.04 });
    const arrivals: number[] = [];
    gateway.socket.on('message', () => arrivals.push(now()));
    const departures: number[] = [];
    for (let sequence = 0; sequence < 20; sequence += 1) {
      departures.push(now());
      fromDevice(through, rtcpPacket({ ssrc: 7, packetType: 201, reportCount: 1 }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await eventually(() => arrivals.length).toBe(20);
    const measured = arrivals.map((at, index) => at - (departures[index] ?? 0));
    const { mean = 0, maximum = 0 } = through.inbound.rtcp;
    expect(mean).toBeGreaterThanOrEqual(0.0395);
    expect(maximum).toBeGreaterThanOrEqual(mean);
    expect(measured.reduce((sum, trip) => sum + trip) / 20).toBeGreaterThan(mean - 0.001);
    // On a busy machine a packet waits unseen before the relay reads it, but not each of them.
    expect(Math.min(...measured)).toBeLessThan(0.07);
  });

  test('is noted for every report with blocks, by who sent it', async () => {
    const through = await between({});
    const packets = [
      { ssrc: 1, packetType: 200, reportCount: 0 },
      { ssrc: 1, packetType: 201, reportCount: 1 },
      { ssrc: 2, packetType: 200, reportCount: 2 },
      { ssrc: 2, packetType: 205, reportCount: 15 },
    ];
    for (const packet of packets) fromDevice(through, rtcpPacket(packet));
    await eventually(() => gateway.received.length).toBe(4);
    const { senderReports, receiverReports } = through.inbound;
    const counts = (map: typeof senderReports): number[][] => [...map].map(([ssrc, list]) => [ssrc, list.length]);
    expect(counts(senderReports)).toEqual([
      [1, 1],
      [2, 1],
    ]);
    expect(counts(receiverReports)).toEqual([
      [1, 1],
      [2, 1],
    ]);
    const [passage] = receiverReports.get(2) ?? [];
    expect((passage?.forwardedAt ?? 0) - (passage?.receivedAt ?? 0)).toBeGreaterThan(0.004);
  });
});
