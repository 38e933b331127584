import { randomUUID } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import axios, { type AxiosInstance } from 'axios';
import type { GraphTrace } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import { withDeadline } from './deadline.ts';
import type { Answer } from './graph-answer.ts';
import { assertNoProxy, networkFailure } from './network-failure.ts';
import { redact } from './redact.ts';
import type { TokenProvider } from './tokens.ts';

/** Where and as whom to ask. */
export type GraphHttpOptions = {
  /** Of the cloud, or as configured: https://graph.microsoft.com. */
  readonly baseUrl: string;
  readonly apiVersion: 'v1.0' | 'beta';
  /** `otherleg/VERSION` unless configured; Graph requires one. */
  readonly userAgent: string;
  readonly tokens: TokenProvider;
  /** Longest time of one attempt, from asking for the token to the answer's end, in seconds; 30. A 401 makes two. */
  readonly deadlineSeconds?: number;
  /** Hears of every request as it ends. */
  readonly onExchange?: (exchanged: Exchanged) => void;
};

/** A request that went out: what came back, if anything, and after how long. Not told of one that we cut off ourselves. */
export type Exchanged = { readonly method: GraphAsk['method']; readonly status?: number; readonly seconds: number };

/** One request, with the token of its tenant. */
export type GraphAsk = {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly tenantId: string;
  /** JSON text, sent octet for octet. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the answer's body no more is read. Octets. */
  readonly longest: number;
  readonly signal?: AbortSignal | undefined;
};

/** Why there is no answer; `refused`: no token was to be had, so that asking at once is no use. */
export type NoAnswer = { readonly trace: GraphTrace; readonly refused: boolean };

/** What came of a request: never a rejection. */
export type GraphReply = { readonly answer: Answer; readonly clientRequestId: string } | { readonly failed: NoAnswer };

/** Idle connections are closed after five seconds: an older one may be dead without our knowing. */
const KEEP_ALIVE = { keepAlive: true, timeout: 5_000 } as const;

type Attempt = { readonly reply: GraphReply; readonly token?: string };
type Agents = { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };

/** HTTP to the configured Graph and nowhere else: tokens and their renewal, deadlines, answers within bounds. */
export class GraphHttp {
  readonly #options: GraphHttpOptions;
  readonly #base: URL;
  readonly #axios: AxiosInstance;
  #agents: Agents = newAgents();

  /** Throws CONFIG_INVALID for a `baseUrl` that no token should go to. */
  constructor(options: GraphHttpOptions) {
    this.#options = options;
    this.#base = baseOf(options);
    this.#axios = axios.create({
      // Status decides, so no status is an error; the body is read within bounds.
      validateStatus: () => true,
      responseType: 'stream',
      maxRedirects: 0,
      // A loopback Graph is never behind the proxy of the environment.
      ...(isLoopback(this.#base) && { proxy: false as const }),
    });
  }

  /** The address of a resource below the configured Graph and version. */
  at(path: string): URL {
    return new URL(path, this.#base);
  }

  /** A link that Graph gave, if it leads to the configured Graph and version: no token goes anywhere else. */
  link(text: string): URL | undefined {
    const url = URL.parse(text);
    if (url === null || url.origin !== this.#base.origin || url.username !== '' || url.password !== '')
      return undefined;
    return url.pathname.startsWith(this.#base.pathname) && url.hash === '' ? url : undefined;
  }

  async ask(ask: GraphAsk): Promise<GraphReply> {
    const first = await this.#attempt(ask);
    const status = 'answer' in first.reply ? first.reply.answer.status : undefined;
    // One renewal: the token may have been revoked before its time (RFC 6750, 3.1).
    if (status !== 401 || first.token === undefined) return first.reply;
    return (await this.#attempt(ask, first.token)).reply;
  }

  async #attempt(ask: GraphAsk, refused?: string): Promise<Attempt> {
    const clientRequestId = randomUUID();
    return withDeadline(this.#options.deadlineSeconds ?? 30, ask.signal, async (cut) => {
      try {
        const token = await this.#options.tokens.token(ask.tenantId, {
          signal: cut,
          ...(refused !== undefined && { refused }),
        });
        const answer = await this.#timed(ask, this.#headers(ask, clientRequestId, token), cut);
        // Graph asks for a new connection after a 503: this one leads to what is overloaded. Idle ones close by themselves.
        if (answer.status === 503) this.#agents = newAgents();
        const reply = { answer: redacted(answer, token), clientRequestId };
        return { reply, ...(token !== undefined && { token }) };
      } catch (error) {
        return { reply: { failed: noAnswer(error, cut, clientRequestId) } };
      }
    });
  }

  #headers({ body, headers }: GraphAsk, clientRequestId: string, token: string | undefined) {
    return {
      'User-Agent': this.#options.userAgent,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      Accept: 'application/json',
      'client-request-id': clientRequestId,
      ...headers,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
  }

  async #timed(ask: GraphAsk, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    const begun = performance.now();
    const { onExchange } = this.#options;
    const told = (status?: number): void =>
      onExchange?.({
        method: ask.method,
        seconds: (performance.now() - begun) / 1000,
        ...(status !== undefined && { status }),
      });
    const answer = await this.#exchange(ask, headers, signal).catch((error: unknown) => {
      if (ask.signal?.aborted !== true) told();
      throw error;
    });
    told(answer.status);
    return answer;
  }

  async #exchange(ask: GraphAsk, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    const { method, url, body, longest } = ask;
    // As a buffer the stored octets go out as they are; a string axios would parse and trim.
    const data = body === undefined ? {} : { data: Buffer.from(body) };
    const response = await this.#axios.request<Readable>({
      ...{ method, url: url.href, headers, signal },
      ...data,
      ...this.#agents,
    });
    assertNoProxy(url.href, response);
    const header = (name: string) => response.headers[name]?.toString();
    return { status: response.status, header, body: await readBounded(response.data, longest) };
  }
}

const newAgents = (): Agents => ({
  httpAgent: new HttpAgent(KEEP_ALIVE),
  httpsAgent: new HttpsAgent(KEEP_ALIVE),
});

function baseOf({ baseUrl, apiVersion }: GraphHttpOptions): URL {
  const url = URL.parse(`${baseUrl.replace(/\/+$/, '')}/${apiVersion}/`);
  // Credentials in the address would take the place of the token, and clear text would show it.
  const plain = url !== null && url.username === '' && url.search === '' && url.hash === '';
  if (plain && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) return url;
  throw new OtherlegError('CONFIG_INVALID', 'graph.baseUrl is no address that a report can go to', {
    hint: 'Leave it out, or give scheme, host and port: https://graph.microsoft.com; http is for loopback only.',
  });
}

const isLoopback = ({ hostname }: URL) =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/** What came of the body, up to the bound; a body that breaks off does not change what the status said. */
async function readBounded(stream: Readable, longest: number): Promise<string> {
  const chunks: Buffer[] = [];
  let octets = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      octets += chunk.length;
      if (octets >= longest) break;
    }
  } catch {
    // Cut off: the chunks that came are kept.
  }
  return Buffer.concat(chunks).toString('utf8', 0, longest);
}

/** An answer may echo what it answers; the token is in no trace. */
function redacted({ status, header, body }: Answer, token = ''): Answer {
  return { status, header: (name) => redact(header(name) ?? '', [token]) || undefined, body: redact(body, [token]) };
}

/** No answer and no token are no verdict on what was asked. */
function noAnswer(error: unknown, cut: AbortSignal, clientRequestId: string): NoAnswer {
  if (cut.aborted || !(error instanceof OtherlegError)) {
    return { trace: { ...networkFailure(error, cut), clientRequestId }, refused: false };
  }
  const { code, message, hint } = error;
  return { trace: { code, message, ...(hint !== undefined && { hint }) }, refused: code === 'TOKEN_REFUSED' };
}
