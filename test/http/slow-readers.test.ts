import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/http/http.ts';
import { knownId, serverOf, someLeg } from './agent-fake.ts';

const READERS = 200;
const MOST = 64;
const MIB = 1024 * 1024;
/** Octets of one event, and how many there are: 32 MiB for each. */
const EVENT = 64 * 1024;
const EVENTS = 512;

type Reader = { readonly socket: Socket; readonly status: number; read: number };

/** A client that asks for the events with a socket of its own; one that is `slow` reads no more from the first octets on. */
async function reader(port: number, isSlow: boolean): Promise<Reader> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', () => undefined); // to be cut is what is expected
  await once(socket, 'connect');
  socket.write('GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const [head] = await once(socket.setEncoding('latin1'), 'data');
  const one: Reader = { socket, status: Number(/^HTTP\/1.1 (\d+)/.exec(head)?.[1]), read: 0 };
  if (isSlow) socket.pause();
  else {
    socket.on('data', (text: string) => {
      one.read += text.length;
    });
  }
  return one;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('clients that do not read', () => {
  const listeners = new Set<(event: AgentEvent) => void>();
  const clients: Reader[] = [];
  /** The agent's ends of the connections, by the port of the other. */
  const ends = new Map<number | undefined, Socket>();
  let app: Awaited<ReturnType<typeof serverOf>>['app'];
  let port: number;

  beforeEach(async () => {
    const subscribe = (listener: (event: AgentEvent) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    ({ app } = await serverOf({ events: { subscribe } }, 'read'));
    app.server.on('connection', (end: Socket) => ends.set(end.remotePort, end));
    await app.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = app.server.address() as AddressInfo); // it listens on TCP
  });
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    await app.close();
  });

  const opened = async (count: number, isSlow: boolean): Promise<readonly Reader[]> => {
    const all = await Promise.all(Array.from({ length: count }, () => reader(port, isSlow)));
    clients.push(...all);
    return all;
  };

  it('are no more than there may be, hold no more than they may, and cost the others nothing', async () => {
    const [quick] = await opened(1, false);
    if (quick === undefined) throw new Error('no client');
    const slow = await opened(READERS, true);
    const taken = slow.filter(({ status }) => status === 200);
    expect(taken).toHaveLength(MOST - 1);
    expect(slow.filter(({ status }) => status === 503)).toHaveLength(READERS - MOST + 1);
    const endOf = ({ socket }: Reader): Socket | undefined => ends.get(socket.localPort);
    const takenEnds = taken.map(endOf).filter((end) => end !== undefined);
    const quickEnd = endOf(quick);

    const leg = { ...someLeg, device: { ...someLeg.device, description: 'x'.repeat(EVENT) } };
    let most = 0;
    for (let n = 1; n <= EVENTS; n += 1) {
      for (const listener of listeners) listener({ kind: 'changed', leg });
      const waiting = takenEnds.map(({ writableLength }) => writableLength);
      most = Math.max(most, ...waiting);
      // Who reads is told all of it while the others stand still.
      while (quick.read < n * EVENT) await turn();
    }
    // Each of them was left with what is bounded, and then cut; of 32 MiB for each no more was ever held.
    expect(most).toBeGreaterThan(MIB / 2);
    expect(most).toBeLessThan(1.2 * MIB);
    expect(takenEnds.map(({ destroyed }) => destroyed)).toEqual(taken.map(() => true));
    expect(takenEnds.map(({ writableLength }) => writableLength).filter((octets) => octets > 0)).toEqual([]);
    expect(quickEnd?.destroyed).toBe(false);
    const answer = await fetch(`http://127.0.0.1:${port}/v1/legs/${knownId}`);
    expect(answer.status).toBe(200);
    // There is room again for who comes.
    const [late] = await opened(1, false);
    expect(late?.status).toBe(200);
  });
});
