import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Direction } from '../../src/model/channel.ts';
import { namespacePath } from './namespaces.ts';

/** What is done to the packets of one kind that have a UDP port in the range. Ratios 0–1, seconds. */
export type Rule = {
  readonly direction: Direction;
  readonly kind: 'rtp' | 'rtcp' | 'stun' | 'any';
  /** First and last; all if absent. */
  readonly ports?: readonly [number, number];
  readonly loss?: number;
  /** Mean length of a loss in packets; 1 if absent: each packet by itself. */
  readonly burst?: number;
  /** Each packet takes `delay` ± `jitter`, evenly spread. */
  readonly delay?: number;
  readonly jitter?: number;
  /** The share that is held back by so many seconds more, past those behind it. */
  readonly late?: number;
  readonly by?: number;
  /** The share that arrives twice. */
  readonly twice?: number;
};

/** A datagram on its way, as relay.c tells it. Epoch seconds. */
export type Passage = {
  readonly way: 'in' | 'out';
  readonly kind: 'rtp' | 'rtcp' | 'stun' | 'other';
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Of STUN the end of its transaction id. */
  readonly ssrc: number;
  /** Payload type, or type of the first RTCP packet, or of the STUN message. */
  readonly type: number;
  /** Sequence number, or report blocks of the first RTCP packet. */
  readonly number: number;
  readonly timestamp: number;
  readonly receivedAt: number;
  /** Absent: dropped. */
  readonly leftAt?: number;
  /** A second one of the same. */
  readonly copy: boolean;
};

/** Everything that the relay did, in the order in which the datagrams came. */
export type RelayTruth = {
  readonly passages: readonly Passage[];
  /** By how much the relay woke too late, or was kept from its work, at most: then its delays were longer than it knows. Seconds. */
  readonly longestStall: number;
};

const KEYS = { loss: 1, burst: 1, delay: 1000, jitter: 1000, late: 1, by: 1000, twice: 1 } as const;

/** The program that carries the lab's packets (relay.c says how). */
export class Relay {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #mirrored: (() => void)[] = [];
  readonly #said = Promise.withResolvers<RelayTruth>();

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>) {
    this.#child = child;
    const passages: Passage[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [, stall] = /^end (.*)/.exec(line) ?? [];
      if (line === 'mirrored') this.#mirrored.shift()?.();
      else if (stall === undefined) passages.push(passageOf(line));
      else this.#said.resolve({ passages, longestStall: Number(stall) });
    });
    child.once('exit', (code) => this.#said.reject(new Error(`the relay ended with ${code}`)));
    this.#said.promise.catch(() => {});
    // Who writes to it after its end learns that from what it printed.
    child.stdin.on('error', () => {});
  }

  /** Compiles it in `folder` and joins the two namespaces: dev0 is in the first, gw0 in the second. */
  static async start(
    folder: string,
    seed: number,
    namespaces: { readonly device: string; readonly gateway: string },
  ): Promise<Relay> {
    const program = join(folder, 'relay');
    execFileSync('gcc', ['-O2', '-o', program, join(import.meta.dirname, 'relay.c')]);
    const paths = [namespaces.device, namespaces.gateway].map(namespacePath);
    const child = spawn(program, [String(seed), ...paths], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [ready] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    if (String(ready) !== 'ready\n') throw new Error(`the relay did not start: ${ready}`);
    return new Relay(child);
  }

  /** Holds from now on; goes before earlier rules. */
  rule({ direction, kind, ports: [low, high] = [0, 65_535], ...values }: Rule): void {
    const words = Object.entries(KEYS).flatMap(([key, unit]) => {
      const value = values[key as keyof typeof KEYS]; // the keys of KEYS are nothing else
      return value === undefined ? [] : [`${key}=${value * unit}`];
    });
    this.#tell(`rule ${direction === 'inbound' ? 'in' : 'out'} ${kind} ${low}-${high} ${words.join(' ')}`);
  }

  /** Makes a mirror port of gw0 beside it, which has each frame with those tags (IEEE 802.1Q), the outermost first. */
  async mirror(name: string, tags: readonly number[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#mirrored.push(resolve);
    this.#tell(['mirror', name, ...tags].join(' '));
    await promise;
  }

  /** Delivers what waits and tells what was done; nothing passes any more. */
  end(): Promise<RelayTruth> {
    this.#tell('end');
    return this.#said.promise;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }
}

function passageOf(line: string): Passage {
  const [way, kind, ...words] = line.split(' ');
  const [sourcePort = 0, destinationPort = 0, ssrc = 0, type = 0, number = 0, timestamp = 0, ...rest] =
    words.map(Number);
  const [receivedAt = 0, leftAt = 0, copy] = rest;
  return {
    way: way === 'in' ? 'in' : 'out',
    kind: kind === 'rtp' || kind === 'rtcp' || kind === 'stun' ? kind : 'other',
    sourcePort,
    destinationPort,
    ssrc,
    type,
    number,
    timestamp,
    receivedAt,
    ...(leftAt === 0 ? {} : { leftAt }),
    copy: copy === 1,
  };
}
