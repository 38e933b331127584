import { randomUUID } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import axios, { type AxiosInstance } from 'axios';
import type { Clock } from '../model/clock.ts';
import type { Report } from '../model/delivery.ts';
import { OtherlegError } from '../model/error.ts';
import { withDeadline } from './deadline.ts';
import type { Graph, PostResult } from './graph.ts';
import { type Answer, judge } from './graph-answer.ts';
import { assertNoProxy, networkFailure } from './network-failure.ts';
import { redact } from './redact.ts';
import type { TokenProvider } from './tokens.ts';

/** Where and as whom to post. */
export type GraphClientOptions = {
  /** Of the cloud, or as configured: https://graph.microsoft.com. */
  readonly baseUrl: string;
  readonly apiVersion: 'v1.0' | 'beta';
  /** `otherleg/VERSION` unless configured; Graph requires one. */
  readonly userAgent: string;
  readonly tokens: TokenProvider;
  readonly clock: Clock;
  /** Longest time of one attempt, from asking for the token to the answer's end, in seconds; 30. A 401 makes two. */
  readonly deadlineSeconds?: number;
};

/** Enough for any error of Graph; what is beyond is not read. Octets. */
const LONGEST_ANSWER = 65_536;

/** Idle connections are closed after five seconds: an older one may be dead without our knowing. */
const KEEP_ALIVE = { keepAlive: true, timeout: 5_000 } as const;

/** Graph over HTTP. Throws CONFIG_INVALID for a `baseUrl` that no report should go to. */
export function graphClient(options: GraphClientOptions): Graph {
  return new GraphClient(options);
}

type Attempt = { readonly result: PostResult; readonly token?: string };
type Agents = { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };

class GraphClient implements Graph {
  readonly #options: GraphClientOptions;
  readonly #url: URL;
  readonly #axios: AxiosInstance;
  #agents: Agents = newAgents();

  constructor(options: GraphClientOptions) {
    this.#options = options;
    this.#url = postUrl(options);
    this.#axios = axios.create({
      // Status decides, so no status is an error; the body is for people only and read within bounds.
      validateStatus: () => true,
      responseType: 'stream',
      maxRedirects: 0,
      // A loopback Graph is never behind the proxy of the environment.
      ...(isLoopback(this.#url) && { proxy: false as const }),
    });
  }

  async postReport(report: Report, signal?: AbortSignal): Promise<PostResult> {
    const first = await this.#attempt(report, signal);
    // One renewal: the token may have been revoked before its time (RFC 6750, 3.1).
    if (first.result.trace.status !== 401 || first.token === undefined) return first.result;
    return (await this.#attempt(report, signal, first.token)).result;
  }

  async #attempt(report: Report, signal?: AbortSignal, refused?: string): Promise<Attempt> {
    const clientRequestId = randomUUID();
    return withDeadline(this.#options.deadlineSeconds ?? 30, signal, async (cut) => {
      try {
        const ask = { signal: cut, ...(refused !== undefined && { refused }) };
        const token = await this.#options.tokens.token(report.tenantId, ask);
        const answer = await this.#post(report.body, this.#headers(clientRequestId, token), cut);
        // Graph asks for a new connection after a 503: this one leads to what is overloaded. Idle ones close by themselves.
        if (answer.status === 503) this.#agents = newAgents();
        const result = judge(redacted(answer, token), clientRequestId, this.#options.clock.now());
        return { result, ...(token !== undefined && { token }) };
      } catch (error) {
        return { result: kept(error, cut, clientRequestId) };
      }
    });
  }

  #headers(clientRequestId: string, token: string | undefined) {
    return {
      'User-Agent': this.#options.userAgent,
      'Content-Type': 'application/json',
      Accept: 'application/json',
      'client-request-id': clientRequestId,
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    };
  }

  async #post(body: string, headers: Record<string, string>, signal: AbortSignal): Promise<Answer> {
    // As a buffer the stored octets go out as they are; a string axios would parse and trim.
    const octets = Buffer.from(body);
    const response = await this.#axios.post<Readable>(this.#url.href, octets, { headers, signal, ...this.#agents });
    assertNoProxy(this.#url.href, response);
    const header = (name: string) => response.headers[name]?.toString();
    return { status: response.status, header, body: await readBounded(response.data) };
  }
}

const newAgents = (): Agents => ({
  httpAgent: new HttpAgent(KEEP_ALIVE),
  httpsAgent: new HttpsAgent(KEEP_ALIVE),
});

function postUrl({ baseUrl, apiVersion }: GraphClientOptions): URL {
  const path = `${apiVersion}/communications/calls/logTeleconferenceDeviceQuality`;
  const url = URL.parse(`${baseUrl.replace(/\/+$/, '')}/${path}`);
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
async function readBounded(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let octets = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      octets += chunk.length;
      if (octets >= LONGEST_ANSWER) break;
    }
  } catch {
    // Cut off: the chunks that came are kept.
  }
  return Buffer.concat(chunks).toString('utf8', 0, LONGEST_ANSWER);
}

/** An answer may echo what it answers; the token is in no trace. */
function redacted({ status, header, body }: Answer, token = ''): Answer {
  return { status, header: (name) => redact(header(name) ?? '', [token]) || undefined, body: redact(body, [token]) };
}

/** No answer and no token are no verdict on the report. A refused token holds the tenant: asking at once is no use. */
function kept(error: unknown, cut: AbortSignal, clientRequestId: string): PostResult {
  if (cut.aborted || !(error instanceof OtherlegError)) {
    return { kind: 'keep', trace: { ...networkFailure(error, cut), clientRequestId }, throttled: false };
  }
  const { code, message, hint } = error;
  const trace = { code, message, ...(hint !== undefined && { hint }) };
  return { kind: 'keep', trace, throttled: code === 'TOKEN_REFUSED' };
}
