import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A meeting as Webex knows it: what `../shared/openapi/webex-qualities.json` calls MediaSessionQuality. Epoch seconds. */
export type Meeting = { readonly startedAt: number; readonly items: readonly object[] };

type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: unknown };

const READY = 600;
const KEPT = 7 * 86_400;
const PAUSE = 300;

const problem = (status: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status,
  headers,
  body: { message, errors: [{ description: message }], trackingId: 'ROUTER_1' },
});

/**
 * Plays Webex' Get Meeting Qualities with its limits: an administrator's token, told from ten minutes after the begin on for
 * seven days, one call in five minutes for a page of a meeting, pages by Link; and its token endpoint.
 */
export class WebexStandIn {
  readonly meetings = new Map<string, Meeting>();
  readonly asked: string[] = [];
  readonly tokenForms: URLSearchParams[] = [];
  /** The access token that is taken, and what a refresh token brings. */
  token = 'token-1';
  pageSize = 100;
  fault: ((url: URL) => Answer | 'hang' | undefined) | undefined;
  /** In place of the Link that is right. */
  link: ((right: string) => string) | undefined;
  readonly #now: () => number;
  readonly #last = new Map<string, number>();
  readonly #server: Server;

  private constructor(now: () => number) {
    this.#now = now;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
  }

  static async open(now: () => number = () => Date.now() / 1000): Promise<WebexStandIn> {
    const standIn = new WebexStandIn(now);
    standIn.#server.listen(0, '127.0.0.1');
    await once(standIn.#server, 'listening');
    return standIn;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new TypeError('the stand-in is closed');
    return `http://127.0.0.1:${address.port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const answer = request.method === 'POST' ? await this.#tokens(request) : this.#qualities(request, url);
    if (answer === 'hang') return;
    const { status, headers, body } = answer;
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body ?? {}));
  }

  async #tokens(request: IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    this.tokenForms.push(form);
    if (form.get('grant_type') !== 'refresh_token') return problem(400, 'no refresh_token');
    return { status: 200, body: { access_token: this.token, expires_in: 1_209_600, refresh_token: 'refresh-2' } };
  }

  #qualities({ headers }: IncomingMessage, url: URL): Answer | 'hang' {
    this.asked.push(`${url.pathname}${url.search}`);
    const fault = this.fault?.(url);
    if (fault !== undefined) return fault;
    if (headers.authorization !== `Bearer ${this.token}`) return problem(401, 'The request requires a valid token.');
    const meetingId = url.searchParams.get('meetingId');
    if (url.pathname !== '/v1/meeting/qualities' || meetingId === null) return problem(400, 'meetingId is missing');
    const meeting = this.meetings.get(meetingId);
    const age = this.#now() - (meeting?.startedAt ?? 0);
    if (meeting === undefined || age < READY || age > KEPT) return problem(404, 'Data not found.');
    const wait = (this.#last.get(url.search) ?? Number.NEGATIVE_INFINITY) + PAUSE - this.#now();
    if (wait > 0) return problem(429, 'Too many requests.', { 'Retry-After': String(Math.ceil(wait)) });
    this.#last.set(url.search, this.#now());
    return this.#page(meeting, url);
  }

  #page({ items }: Meeting, url: URL): Answer {
    const offset = Number(url.searchParams.get('offset') ?? 0);
    const end = offset + Math.min(this.pageSize, Number(url.searchParams.get('max') ?? 100));
    const next = new URL(url);
    next.searchParams.set('offset', String(end));
    const right = `<${next.href}>; rel="next"`;
    const link = end < items.length ? (this.link?.(right) ?? right) : undefined;
    return { status: 200, ...(link && { headers: { Link: link } }), body: { items: items.slice(offset, end) } };
  }
}

/** A participant with audio and video each way, one sample a minute from `joinTime` (epoch seconds) on. */
export function participant(more: {
  readonly joinTime: number;
  readonly minutes: number;
  readonly loss?: number;
  readonly [key: string]: unknown;
}): object {
  const { joinTime, minutes, loss = 2, ...rest } = more;
  const at = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const series = (value: number): number[] => Array.from({ length: minutes }, () => value);
  const run = (offset: number, codec: string, height: number) => ({
    samplingInterval: 60,
    startTime: at(joinTime + offset),
    endTime: at(joinTime + offset + minutes * 60),
    packetLoss: series(loss),
    latency: series(80),
    jitter: series(12),
    resolutionHeight: height === 0 ? [] : series(height),
    frameRate: height === 0 ? [] : series(30),
    mediaBitRate: series(height === 0 ? 64_000 : 1_600_000),
    codec,
    transportType: 'UDP',
  });
  return {
    meetingInstanceId: 'm',
    webexUserName: 'Boardroom',
    webexUserEmail: 'boardroom@example.com',
    participantSessionId: '3324C9D0-9EA7-45A2-B249-5B62A384AFEF',
    joinTime: at(joinTime),
    leaveTime: at(joinTime + minutes * 60),
    // The two ways and media are sampled at different seconds.
    audioIn: [run(0.3, 'opus', 0)],
    audioOut: [run(7.1, 'opus', 0)],
    videoIn: [run(12.9, 'H.264', 720)],
    videoOut: [run(31.2, 'H.264', 720)],
    ...rest,
  };
}
