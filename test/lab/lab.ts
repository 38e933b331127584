import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cleanup } from '../../src/demo/cleanup.ts';
import { addNamespace, ip, removeLeftOvers, removeNamespace } from './namespaces.ts';
import { Relay, type RelayTruth } from './relay.ts';
import { Sniffer } from './sniffer.ts';

/** One end of the lab: a network namespace with one interface besides loopback. */
export type Side = {
  readonly namespace: string;
  readonly interface: 'dev0' | 'gw0';
  readonly address: string;
  readonly mac: string;
};

export type SideName = 'device' | 'gateway';

/** The device's network is one that test/daemon/agent-process.ts configures; the gateway is in none. */
const SIDES = {
  device: { interface: 'dev0', address: '10.1.0.2', mac: '02:00:00:00:00:02' },
  gateway: { interface: 'gw0', address: '10.9.0.1', mac: '02:00:00:00:00:01' },
} as const;

export const DEVICE = SIDES.device.address;
export const GATEWAY = SIDES.gateway.address;

const IPV6 = { device: 'fd00:1::2', gateway: 'fd00:9::1' } as const;

/** Senders go before agents, too: the start of one takes a processor for a second. */
export type Urgency = { readonly urgent?: 'sender' | 'agent' };

/** In real time where that is allowed. */
const BEFORE_OTHERS =
  spawnSync('chrt', ['--rr', '2', 'true'], { stdio: 'ignore' }).status === 0
    ? { sender: ['chrt', '--rr', '2'], agent: ['chrt', '--rr', '1'] }
    : { sender: ['nice', '-n', '-15'], agent: ['nice', '-n', '-10'] };

/** Where each side is to be found. */
export type Addresses = Readonly<Record<SideName, string>>;

/** What the kernel dropped of what a side sent because nobody fetched it: the relay never saw it. */
type Unsent = Readonly<Record<SideName, number>>;

/** A device and a gateway, each in a namespace of its own, with nothing between them but the relay. */
export class Lab {
  readonly folder = mkdtempSync(join(tmpdir(), 'otherleg-lab-'));
  readonly sides: Readonly<Record<SideName, Side>>;
  readonly #cleanup: Cleanup;
  /** What each had dropped when it came up. */
  readonly #unsentBefore = { device: 0, gateway: 0 };
  #relay: Relay | undefined;

  private constructor(cleanup: Cleanup) {
    this.#cleanup = cleanup;
    cleanup.add(() => rmSync(this.folder, { recursive: true, force: true }));
    const [device, gateway] = (['device', 'gateway'] as const).map((name) => {
      const namespace = addNamespace(name);
      cleanup.add(() => removeNamespace(namespace));
      return namespace;
    });
    this.sides = {
      device: { ...SIDES.device, namespace: String(device) },
      gateway: { ...SIDES.gateway, namespace: String(gateway) },
    };
  }

  static async open(seed: number, cleanup: Cleanup): Promise<Lab> {
    removeLeftOvers();
    const lab = new Lab(cleanup);
    const { device, gateway } = lab.sides;
    const relay = await Relay.start(lab.folder, seed, { device: device.namespace, gateway: gateway.namespace });
    cleanup.add(() => relay.kill());
    lab.#relay = relay;
    lab.bringUp('device');
    lab.bringUp('gateway');
    return lab;
  }

  /** Brings a side's interface up, also after it was down: what was under way then went down with it. */
  bringUp(side: SideName): void {
    const { device, gateway } = this.sides;
    if (side === 'device') bringUp(device, gateway);
    else bringUp(gateway, device);
    this.#unsentBefore[side] = droppedBy(this.sides[side]);
  }

  get relay(): Relay {
    if (this.#relay === undefined) throw new Error('the lab is not open');
    return this.#relay;
  }

  /**
   * Starts a program in a namespace. It does not outlive the lab, nor this process. `urgent`: goes before what else the
   * machine does, so that its delays do not pass for the network's.
   */
  spawn(side: SideName, command: string, args: readonly string[], options: SpawnOptions & Urgency = {}): ChildProcess {
    const { namespace } = this.sides[side];
    const first = options.urgent === undefined ? [] : BEFORE_OTHERS[options.urgent];
    const words = ['--pdeathsig', 'KILL', ...first, 'ip', 'netns', 'exec', namespace, command, ...args];
    const child = spawn('setpriv', words, options);
    this.#cleanup.add(() => child.kill('SIGKILL'));
    return child;
  }

  /** Gives both sides addresses of IPv6 as well. */
  addIpv6(): Addresses {
    const { device, gateway } = this.sides;
    bringUp({ ...device, address: IPV6.device }, { ...gateway, address: IPV6.gateway });
    bringUp({ ...gateway, address: IPV6.gateway }, { ...device, address: IPV6.device });
    return IPV6;
  }

  /** A file in the lab's folder. */
  file(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Captures what the gateway's host sees: what the relay dropped on its way in is missing, on its way out not yet. */
  sniff(device: string = this.sides.gateway.interface): Promise<Sniffer> {
    return Sniffer.start(this, device, join(this.folder, `${device}.pcap`));
  }

  /** A mirror port beside the gateway whose frames have those VLAN tags, the outermost first. Resolves when it is up. */
  async mirror(device: string, tags: readonly number[]): Promise<void> {
    await this.relay.mirror(device, tags);
    ip('-n', this.sides.gateway.namespace, 'link', 'set', device, 'up');
  }

  /** To be undone with the lab. */
  defer(step: () => unknown): void {
    this.#cleanup.add(step);
  }

  /** Lets nothing pass any more and says what the relay did. Rejects when the kernel dropped packets before the relay. */
  async end(): Promise<RelayTruth> {
    const truth = await this.relay.end();
    const unsentBy = (side: SideName): number => droppedBy(this.sides[side]) - this.#unsentBefore[side];
    const unsent: Unsent = { device: unsentBy('device'), gateway: unsentBy('gateway') };
    if (unsent.device + unsent.gateway > 0) throw new Error(`the relay was too slow: ${JSON.stringify(unsent)}`);
    return truth;
  }
}

/** Builds a lab for a test and takes it down again, whatever happens. */
export async function withLab<T>(seed: number, use: (lab: Lab) => Promise<T>): Promise<T> {
  const cleanup = new Cleanup();
  try {
    return await use(await Lab.open(seed, cleanup));
  } finally {
    await cleanup.run();
  }
}

/** Everything is told beforehand (addresses, neighbours), so that no packet waits for a question about it. */
function bringUp(own: Side, other: Side): void {
  const { namespace, interface: device, address, mac } = own;
  const inside = (...args: readonly string[]): string => ip('-n', namespace, ...args);
  inside('link', 'set', device, 'address', mac, 'txqueuelen', '5000');
  const atOnce = address.includes(':') ? ['nodad'] : [];
  inside('address', 'replace', address, 'peer', other.address, 'dev', device, ...atOnce);
  inside('link', 'set', device, 'up');
  inside('neighbour', 'replace', other.address, 'lladdr', other.mac, 'dev', device, 'nud', 'permanent');
}

function droppedBy({ namespace, interface: device }: Side): number {
  const [link] = JSON.parse(ip('-n', namespace, '-s', '-j', 'link', 'show', device));
  return link.stats64.tx.dropped;
}
