import type { ServerResponse } from 'node:http';

/** A client that reads slower than this much piles up is cut: it comes back by itself and asks anew. Octets. */
const MOST_WAITING = 1024 * 1024;
const MOST_CLIENTS = 64;
/** Proxies take a connection without a word for dead. Milliseconds. */
const HEARTBEAT_MILLIS = 15_000;
/** The comment for proxies, the event for pages: a script never hears of comments. */
const ALIVE = ': alive\nevent: alive\ndata: {}\n\n';
const RETRY_MILLIS = 2_000;

const HEAD = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store',
  'x-accel-buffering': 'no',
};

/** What a stream is written to: of a `ServerResponse` only this. */
export type EventSocket = Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'destroy' | 'once' | 'writableLength'>;

/** One event in the form of the HTML standard, section 9.2. JSON has no line ends in it. */
export const eventText = (name: string, data: unknown): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;

/** The clients of `/v1/events`. Each is bounded in what may wait for it; together they are bounded in number. */
export class EventStreams {
  /** Each with whether it may still listen. */
  readonly #clients = new Map<EventSocket, () => boolean>();
  #heartbeat: NodeJS.Timeout | undefined;
  readonly counters = { cut: 0, refused: 0 };

  get size(): number {
    return this.#clients.size;
  }

  /**
   * Takes a client over; false: there are as many as there may be. `first` is sent to it alone. `mayStay` is asked with each
   * sign of life: a stream must not outlive the token that it was opened with.
   */
  attach(client: EventSocket, first: string, mayStay: () => boolean = () => true): boolean {
    if (this.#clients.size >= MOST_CLIENTS) {
      this.counters.refused += 1;
      return false;
    }
    this.#clients.set(client, mayStay);
    client.once('close', () => this.#drop(client));
    client.writeHead(200, HEAD);
    client.write(`retry: ${RETRY_MILLIS}\n\n${first}`);
    this.#heartbeat ??= setInterval(() => this.#live(), HEARTBEAT_MILLIS).unref();
    return true;
  }

  /** Sends one text to all. Who does not read is cut off. */
  send(text: string): void {
    for (const client of this.#clients.keys()) {
      if (client.writableLength > MOST_WAITING) {
        this.counters.cut += 1;
        this.#drop(client);
        client.destroy();
      } else client.write(text);
    }
  }

  /** Ends every stream: the server is about to close. */
  close(): void {
    for (const client of this.#clients.keys()) client.end();
    this.#clients.clear();
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  #live(): void {
    for (const [client, mayStay] of this.#clients) {
      if (mayStay()) continue;
      this.#drop(client);
      client.end();
    }
    this.send(ALIVE);
  }

  #drop(client: EventSocket): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }
}
