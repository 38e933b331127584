import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CaptureEngine,
  type CaptureEngineOptions,
  type EngineSight,
} from '../../../src/source/capture/capture-engine.ts';
import { findProgram } from '../../../src/source/capture/command.ts';
import type { FollowedLeg } from '../../../src/source/capture/messages.ts';
import type { Counted } from './counting-thread.ts';

const mayCapture = process.getuid?.() === 0 && findProgram('tcpdump') !== undefined;
const all = process.env['OTHERLEG_TEST_ALL'] === '1';

/** Whether tests that capture are left out, and the words that say how to have them. */
export const skipped = !mayCapture && !all;
export const cure = '(else: as root, apt-get install -y --no-install-recommends tcpdump)';

export type Logged = { readonly level: 'info' | 'warn'; readonly message: string } & Readonly<Record<string, unknown>>;

/** An engine whose thread counts instead of measuring. */
export function rigOf(options: Partial<CaptureEngineOptions> = {}) {
  const logged: Logged[] = [];
  const told: Counted[] = [];
  const log = {
    info: (fields: object, message: string) => void logged.push({ ...fields, level: 'info', message }),
    warn: (fields: object, message: string) => void logged.push({ ...fields, level: 'warn', message }),
  };
  const engine = new CaptureEngine(
    {
      interface: 'lo',
      tool: 'tcpdump',
      slotSeconds: 5,
      signalling: [],
      networks: [],
      thread: new URL('./counting-thread.ts', import.meta.url),
      ...options,
    },
    (message) => void told.push(message as unknown as Counted), // the counting thread says nothing else
    log,
  );
  const counted = async () => (await engine.look()) as unknown as Counted & EngineSight; // the counting thread's sight
  const listens = () =>
    until(async () => {
      const { media, signalling } = await engine.look();
      return media.state === 'live' && (signalling === undefined || signalling.state === 'live');
    });
  return { engine, logged, told, counted, listens };
}

/** A leg whose gateway's side has these ports. */
export function legOf(mediaLegId: string, ...ports: readonly number[]): FollowedLeg {
  const channels = ports.map((port, index) => ({
    media: 'video' as const,
    channelIndex: index + 1,
    local: { address: '127.0.0.1', port },
  }));
  return { mediaLegId, startedAt: Date.now() / 1000, control: { channels }, channels: [] };
}

/** A moment after every packet so far: the clock shows whole milliseconds, in which the kernel stamps many. Epoch seconds. */
export const fromHere = (): number => (Date.now() + 1) / 1000;

export async function until(holds: () => boolean | Promise<boolean>, seconds = 30): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not come about in time');
    await sleep(20);
  }
}

/** Sends numbered packets to a port of the loopback; `send` resolves when the kernel has them. */
export function senderTo(port: number, address = '127.0.0.1') {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', () => undefined); // nobody receives: ICMP says so
  let number = 0;
  const one = (size: number) =>
    new Promise<void>((resolve, reject) => {
      const packet = Buffer.alloc(size);
      packet[0] = 0x80;
      packet.writeUInt32BE(number, size - 4);
      number += 1;
      socket.send(packet, port, address, (error) => (error ? reject(error) : resolve()));
    });
  return {
    get sent() {
      return number;
    },
    send: async (count: number, size = 60) => {
      for (let sent = 0; sent < count; sent += 1) await one(size);
    },
    close: () => socket.close(),
  };
}

/** Process ids of running children of this process by that name. */
export function childrenOf(parent: number, name: string): readonly number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,comm='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [pid, ppid, state, command] = line.trim().split(/\s+/);
    return Number(ppid) === parent && command === name && state?.startsWith('Z') === false ? [Number(pid)] : [];
  });
}
