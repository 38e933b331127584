import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
};

/** What is answered instead: a status with a body, or nothing at all. */
export type Canned =
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | 'hang'
  | 'cut';

/** Answers the writing half of the control API from memory, over real HTTP; can be taken down and brought back. */
export class FakeAgent {
  readonly seen: Seen[] = [];
  readonly legs = new Map<string, unknown>();
  /** Asked before anything else; undefined lets the request through. */
  canned: (seen: Seen) => Canned | undefined = () => undefined;
  #server: Server = createServer();
  #where: number | string;

  /** `where`: a port (0: a free one) or the path of a socket. */
  constructor(where: number | string = 0) {
    this.#where = where;
  }

  async up(): Promise<this> {
    this.#server = createServer((request, response) => {
      const take = (chunks: Buffer[]): void => {
        const text = Buffer.concat(chunks).toString('utf8');
        const { method = '', url: path = '', headers } = request;
        const isJson = headers['content-type'] === 'application/json';
        const seen = { method, path, headers, body: isJson ? JSON.parse(text) : text };
        this.seen.push(seen);
        const answer = this.canned(seen) ?? this.#answer(seen);
        if (answer === 'hang') return;
        if (answer === 'cut') {
          request.socket.destroy();
          return;
        }
        response.writeHead(answer.status, { 'Content-Type': 'application/json', ...answer.headers });
        response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
      };
      // Who is taken down in the middle of a request has not seen it.
      request.toArray().then(take, () => undefined);
    });
    if (typeof this.#where === 'number') this.#server.listen(this.#where, '127.0.0.1');
    else this.#server.listen(this.#where);
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (address !== null && typeof address === 'object') this.#where = address.port;
    return this;
  }

  async down(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  get url(): string {
    return typeof this.#where === 'number' ? `http://127.0.0.1:${this.#where}` : `unix:${this.#where}`;
  }

  /** Bodies of the requests whose method and end of path these are. */
  bodies(method: string, end: string): Record<string, unknown>[] {
    return this.seen
      .filter((seen) => seen.method === method && seen.path.endsWith(end))
      .map(({ body }) => body as Record<string, unknown>); // tests say what they expect in it
  }

  #answer({ method, path, body }: Seen): Exclude<Canned, string> {
    const [, id = '', verb] = /^\/v1\/legs\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
    if (method === 'PUT') {
      this.legs.set(id, body);
      return { status: 201, body: { mediaLegId: id, state: 'live' } };
    }
    if (!this.legs.has(id)) return problem(404, 'LEG_UNKNOWN', `no leg ${id}`);
    if (verb === 'stats') return { status: 202, body: { entries: 1, ignored: 0 } };
    if (verb === 'end') return { status: 202, body: { mediaLegId: id, delivery: { state: 'queued' } } };
    return { status: 200, body: { mediaLegId: id } };
  }
}

export const problem = (status: number, code: string, detail: string, hint?: string): Exclude<Canned, string> => ({
  status,
  headers: { 'Content-Type': 'application/problem+json' },
  body: { type: 'about:blank', title: 'no', status, code, detail, ...(hint === undefined ? {} : { hint }) },
});
