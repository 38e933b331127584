import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EventSocket, EventStreams, eventText } from '../../src/http/event-streams.ts';
import type { AgentEvent, AgentEvents } from '../../src/http/http.ts';
import { buildServer } from '../../src/http/server.ts';
import { fakeAgent, knownId, serverOf, someLeg } from './agent-fake.ts';

/** A client that reads when it is told to. */
class Reader extends EventEmitter {
  texts: string[] = [];
  writableLength = 0;
  ended = false;
  destroyed = false;
  writeHead = () => this;
  write(text: string): boolean {
    this.texts.push(text);
    this.writableLength += text.length;
    return true;
  }
  end(): this {
    this.ended = true;
    return this;
  }
  destroy(): this {
    this.destroyed = true;
    this.emit('close');
    return this;
  }
}

const reader = () => {
  const one = new Reader();
  return { one, socket: one as unknown as EventSocket }; // all that is used of it
};

afterEach(() => {
  vi.useRealTimers();
});

describe('EventStreams', () => {
  it('sends each text to all, and the first to one', () => {
    const streams = new EventStreams();
    const [a, b] = [reader(), reader()];
    expect(streams.attach(a.socket, 'hello a\n\n')).toBe(true);
    streams.attach(b.socket, 'hello b\n\n');
    streams.send(eventText('began', { n: 1 }));
    expect(a.one.texts.join('')).toBe('retry: 2000\n\nhello a\n\nevent: began\ndata: {"n":1}\n\n');
    expect(b.one.texts.at(-1)).toBe('event: began\ndata: {"n":1}\n\n');
    streams.close();
    expect([a.one.ended, b.one.ended, streams.size]).toEqual([true, true, 0]);
  });

  it('cuts off who does not read, and nobody else', () => {
    const streams = new EventStreams();
    const [slow, quick] = [reader(), reader()];
    streams.attach(slow.socket, '');
    streams.attach(quick.socket, '');
    for (let n = 0; n < 40; n += 1) {
      streams.send('x'.repeat(64 * 1024));
      quick.one.writableLength = 0;
    }
    expect(slow.one.destroyed).toBe(true);
    expect(slow.one.texts.join('').length).toBeLessThan(1.2 * 1024 * 1024);
    expect(quick.one.texts).toHaveLength(41);
    expect(streams.counters).toEqual({ cut: 1, refused: 0 });
    streams.close();
  });

  it('takes no more than it can bear', () => {
    const streams = new EventStreams();
    const taken = Array.from({ length: 70 }, () => streams.attach(reader().socket, '')).filter((ok) => ok);
    expect(taken).toHaveLength(64);
    expect(streams.counters.refused).toBe(6);
    streams.close();
  });

  it('gives a sign of life while there is nothing to say, and stops with the last client', () => {
    vi.useFakeTimers();
    const streams = new EventStreams();
    const { one, socket } = reader();
    streams.attach(socket, '');
    vi.advanceTimersByTime(31_000);
    expect(one.texts.filter((text) => text === ': alive\nevent: alive\ndata: {}\n\n')).toHaveLength(2);
    one.destroy();
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('ends a stream whose token is not known any more, and no other', () => {
  vi.useFakeTimers();
  const streams = new EventStreams();
  const [gone, stays] = [reader(), reader()];
  let isKnown = true;
  streams.attach(gone.socket, '', () => isKnown);
  streams.attach(stays.socket, '', () => true);
  vi.advanceTimersByTime(16_000);
  expect(streams.size).toBe(2);
  isKnown = false;
  vi.advanceTimersByTime(16_000);
  expect([gone.one.ended, stays.one.ended, streams.size]).toEqual([true, false, 1]);
  streams.close();
});

describe('GET /v1/events', () => {
  const source = () => {
    const listeners = new Set<(event: AgentEvent) => void>();
    const events: AgentEvents = {
      subscribe: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    const tell = (event: AgentEvent): void => {
      for (const listener of listeners) listener(event);
    };
    return { events, listeners, tell };
  };

  it('tells what happens, in the words of the API, and lets go of the agent when nobody listens', async () => {
    const { events, listeners, tell } = source();
    const { app } = await serverOf({ events }, 'read');
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo; // it listens on TCP
    const stop = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/v1/events`, { signal: stop.signal });
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) text += (await body?.read())?.value ?? '';
    };
    await until('event: hello');
    tell({ kind: 'began', leg: someLeg });
    const channels = [{ media: 'audio', channelIndex: 1, inbound: { loss: 1.5 }, outbound: {} }] as const;
    tell({ kind: 'measured', figures: { mediaLegId: knownId, startedAt: 1_700_000_000, seconds: 5, channels } });
    tell({ kind: 'report', mediaLegId: knownId, delivery: { state: 'delivered', at: 1_700_000_060 } });
    await until('event: report');
    const data = new Map(
      text.split('\n\n').map((one) => [/event: (\w+)/.exec(one)?.[1], /data: (.*)/.exec(one)?.[1] ?? 'null']),
    );
    expect(JSON.parse(data.get('hello') ?? '')).toEqual({ version: '1.2.3', slotSeconds: 5 });
    expect(JSON.parse(data.get('began') ?? '')).toMatchObject({
      mediaLegId: knownId,
      state: 'live',
      startedAt: '2023-11-14T22:13:20.250Z',
    });
    expect(JSON.parse(data.get('measured') ?? '')).toEqual({
      mediaLegId: knownId,
      startedAt: '2023-11-14T22:13:20.000Z',
      seconds: 5,
      channels,
    });
    expect(JSON.parse(data.get('report') ?? '')).toEqual({
      mediaLegId: knownId,
      delivery: { state: 'delivered', at: '2023-11-14T22:14:20.000Z' },
    });
    await until('data: {"mediaLegId"');
    await until(`\n\n`);
    expect(listeners.size).toBe(1);
    stop.abort();
    await vi.waitFor(() => {
      tell({ kind: 'changed', leg: someLeg });
      expect(listeners.size).toBe(0);
    }, 15_000);
    await app.close();
  });

  it('asks again for the token that a stream was opened with', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    let token = 'the-token-of-the-desk';
    const { agent } = fakeAgent({ events: source().events });
    const tokens = [{ name: 'desk', scope: 'read', reveal: () => token }] as const;
    const app = await buildServer(agent, pino({ level: 'silent' }), 'read', { tokens });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo; // it listens on TCP
    const headers = { authorization: `Bearer ${token}` };
    const ended = (await fetch(`http://127.0.0.1:${port}/v1/events`, { headers })).text();
    vi.advanceTimersByTime(15_000);
    token = 'another-token-of-the-desk';
    vi.advanceTimersByTime(15_000);
    expect((await ended).match(/event: alive/g)).toHaveLength(1);
    await app.close();
  });

  it('has no answer to HEAD, which would never end', async () => {
    const { app } = await serverOf({ events: source().events });
    const answer = await app.inject({ method: 'HEAD', url: '/v1/events', headers: { host: 'localhost' } });
    expect(answer.statusCode).toBe(404);
  });

  it('ends with the server, which waits for nobody', async () => {
    const { events } = source();
    const { app } = await serverOf({ events });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo; // it listens on TCP
    const response = await fetch(`http://127.0.0.1:${port}/v1/events`);
    const ended = response.text();
    await app.close();
    expect(await ended).toContain('event: hello');
  });
});
