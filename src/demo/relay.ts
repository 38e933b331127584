import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Direction, Endpoint } from '../model/channel.ts';
import { readDatagram } from './datagram.ts';
import { type Impairment, RelayPath } from './relay-path.ts';

const LOOPBACK = '127.0.0.1';
const NANOSECONDS = 1e9;
const STALL_RESOLUTION_MILLIS = 5;

/** Where each peer is told that the other one is. */
export type RelayPorts = { readonly forDevice: Endpoint; readonly forGateway: Endpoint };

/** Where the peers really are. */
export type Peers = { readonly device: Endpoint; readonly gateway: Endpoint };

/**
 * A UDP relay on loopback between device and gateway that impairs what passes and knows exactly what it did. Only RTP is
 * dropped: RTCP is delayed like everything else but kept, so that a lost report does not blur what is compared.
 */
export class Relay {
  readonly inbound: RelayPath;
  readonly outbound: RelayPath;
  readonly #deviceSide: Socket;
  readonly #gatewaySide: Socket;
  readonly #stalls = monitorEventLoopDelay({ resolution: STALL_RESOLUTION_MILLIS });

  private constructor(sockets: readonly [Socket, Socket], impairment: Impairment, now: () => number) {
    this.inbound = new RelayPath(impairment, impairment.seed, now);
    this.outbound = new RelayPath(impairment, impairment.seed + 1, now);
    [this.#deviceSide, this.#gatewaySide] = sockets;
  }

  /** Takes two free ports. `now` in epoch seconds. */
  static async open(impairment: Impairment, now: () => number): Promise<Relay> {
    return new Relay([await listen(), await listen()], impairment, now);
  }

  get ports(): RelayPorts {
    return { forDevice: endpoint(this.#deviceSide), forGateway: endpoint(this.#gatewaySide) };
  }

  path(direction: Direction): RelayPath {
    return this[direction];
  }

  /** The longest time since `connect` for which its event loop stood still. */
  get longestStallSeconds(): number {
    return Math.max(0, this.#stalls.max / NANOSECONDS - STALL_RESOLUTION_MILLIS / 1000);
  }

  /** Begins to relay. Datagrams of anybody else are ignored. */
  connect(peers: Peers): void {
    this.#stalls.enable();
    join(this.inbound, { at: this.#deviceSide, from: peers.device }, { at: this.#gatewaySide, to: peers.gateway });
    join(this.outbound, { at: this.#gatewaySide, from: peers.gateway }, { at: this.#deviceSide, to: peers.device });
  }

  close(): void {
    this.#stalls.disable();
    this.inbound.line.close();
    this.outbound.line.close();
    this.#deviceSide.close();
    this.#gatewaySide.close();
  }
}

function join(
  path: RelayPath,
  entry: { readonly at: Socket; readonly from: Endpoint },
  exit: { readonly at: Socket; readonly to: Endpoint },
): void {
  entry.at.on('message', (octets, sender) => {
    if (sender.port !== entry.from.port || sender.address !== entry.from.address) return;
    path.pass(readDatagram(octets), () => exit.at.send(octets, exit.to.port, exit.to.address));
  });
}

async function listen(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, LOOPBACK);
  await once(socket, 'listening');
  // A peer that is gone is no reason to end the process.
  socket.on('error', () => {});
  return socket;
}

function endpoint(socket: Socket): Endpoint {
  const { address, port } = socket.address();
  return { address, port };
}
