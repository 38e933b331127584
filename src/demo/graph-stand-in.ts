import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { askedRecord, type RawCallRecord, recordPage } from './call-record-pages.ts';
import { violations } from './report-contract.ts';
import { headerViolations } from './request-contract.ts';

const ACTION = /^\/(?:v1\.0|beta)\/communications\/calls\/logTeleconferenceDeviceQuality$/;

/** A request as it came. `body` is absent where it was not JSON; `status` where it was not answered. Epoch seconds. */
export type GraphRequest = {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body?: unknown;
  readonly violations: readonly string[];
  status?: number;
  answeredAt?: number;
};

/**
 * What goes wrong instead of an answer on the merits: an error, no answer ever, one whose body never ends, or a connection
 * that is closed or reset.
 */
export type Fault =
  | {
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      /** Seconds, or an HTTP date. */
      readonly retryAfter?: string;
    }
  | 'hang'
  | 'hang-in-body'
  | 'close'
  | 'reset';

export type GraphStandInOptions = {
  /** Graph's page says 200, its OpenAPI 204; 204 if absent. */
  readonly success?: 200 | 204;
  /** Whether a request has to bring a token. */
  readonly bearer?: boolean;
  /** Asked for every request, with how many came before it. */
  readonly fault?: (request: GraphRequest, before: number) => Fault | undefined;
  /** The record of a call as it is now; undefined: Graph knows of none. Without it there are none at all. */
  readonly callRecord?: (callChainId: string) => RawCallRecord | undefined;
  /** How long it thinks before it answers, seconds. A sender that is gone by then is not answered, nor its report taken. */
  readonly delay?: () => number;
  /** Hears of every answer as it is sent. */
  readonly onAnswer?: (request: GraphRequest) => void;
};

/**
 * Plays what otherleg calls of Microsoft Graph: the one action, of which it accepts what keeps the published contract and
 * names every violation of what does not, and call records, page by page. It remembers what it accepted, so that a report
 * that came twice is seen.
 */
export class GraphStandIn {
  readonly requests: GraphRequest[] = [];
  readonly #server: Server;
  readonly #options: GraphStandInOptions;

  private constructor(options: GraphStandInOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      // A sender that breaks off while it is being read has nobody left to answer.
      this.#answer(request, response).catch(() => response.destroy());
    });
  }

  /** Listens on a free loopback port. */
  static async open(options: GraphStandInOptions = {}): Promise<GraphStandIn> {
    const standIn = new GraphStandIn(options);
    standIn.#server.listen(0, '127.0.0.1');
    await once(standIn.#server, 'listening');
    return standIn;
  }

  /** What goes into `graph.baseUrl`. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new TypeError('the stand-in is closed');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Reports that were right and answered with success, in order. */
  get accepted(): readonly GraphRequest[] {
    return this.requests.filter(
      ({ method, status = 0, violations: wrong }) =>
        method === 'POST' && Math.trunc(status / 100) === 2 && wrong.length === 0,
    );
  }

  /** mediaLegId of every report that was accepted although it had been before. */
  get duplicates(): readonly string[] {
    const ids = this.accepted.map(({ body }) => mediaLegIdOf(body));
    return ids.filter((id, at) => ids.indexOf(id) < at);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await read(incoming, this.#options.bearer ?? false);
    const record = this.#record(request);
    const fault =
      this.#options.fault?.(request, this.requests.length) ?? (record === undefined ? this.#judge(request) : undefined);
    this.requests.push(request);
    if (this.#options.delay) await sleep(this.#options.delay() * 1000);
    if (fault === 'hang' || incoming.socket.destroyed) return;
    if (fault === 'close') return void incoming.socket.destroy();
    if (fault === 'reset') return void incoming.socket.resetAndDestroy();
    if (fault === 'hang-in-body') {
      request.status = 502;
      response.writeHead(502, { 'Content-Type': 'application/json', 'Content-Length': 100 }).write('{"error"');
      return;
    }
    const status = fault?.status ?? (record === undefined ? (this.#options.success ?? 204) : 200);
    request.status = status;
    request.answeredAt = Date.now() / 1000;
    const requestId = randomUUID();
    response.writeHead(status, {
      'request-id': requestId,
      'client-request-id': incoming.headers['client-request-id'] ?? requestId,
      'x-ms-ags-diagnostic': JSON.stringify({ ServerInfo: { DataCenter: 'Stand-in', Slice: 'E', Ring: '1' } }),
      ...(fault?.retryAfter === undefined ? {} : { 'Retry-After': fault.retryAfter }),
      ...(fault === undefined && record === undefined ? {} : { 'Content-Type': 'application/json' }),
    });
    const body = fault === undefined ? record : errorBody(fault, request, requestId);
    response.end(body && JSON.stringify(body));
    this.#options.onAnswer?.(request);
  }

  /** The page of a call record that was asked for. */
  #record({ method, path, headers }: GraphRequest): object | undefined {
    const id = method === 'GET' ? askedRecord(path) : undefined;
    const record = id === undefined ? undefined : this.#options.callRecord?.(id);
    return record && recordPage(record, path, String(headers['prefer'] ?? ''), this.url);
  }

  #judge(request: GraphRequest): ErrorFault | undefined {
    if (request.method !== 'GET' || askedRecord(request.path) === undefined) return judge(request);
    return { status: 404, code: 'NotFound', message: '' };
  }
}

type ErrorFault = Exclude<Fault, string>;

async function read(incoming: IncomingMessage, bearer: boolean): Promise<GraphRequest> {
  const text = Buffer.concat(await incoming.toArray()).toString('utf8');
  const { method = '', url: path = '', headers } = incoming;
  const body = parsed(text);
  const wrong = [...headerViolations(headers, { bearer }), ...violations(body)];
  const known = { at: Date.now() / 1000, method, path, headers, text, violations: wrong };
  return body === undefined ? known : { ...known, body };
}

function judge({ method, path, headers, violations: wrong }: GraphRequest): ErrorFault | undefined {
  if (!ACTION.test(path)) return { status: 404, code: 'NotFound', message: `Resource not found: ${path}` };
  if (method !== 'POST') return { status: 405, code: 'MethodNotAllowed', message: `${method} is not allowed` };
  if (wrong.some((violation) => violation.startsWith('Authorization'))) {
    return { status: 401, code: 'InvalidAuthenticationToken', message: 'Access token is empty.' };
  }
  if (!/json/i.test(headers['content-type'] ?? '')) {
    return { status: 415, code: 'RequestBodyRead', message: 'A JSON body is expected.' };
  }
  if (wrong.length === 0) return undefined;
  return { status: 400, code: 'BadRequest', message: wrong.join('; ') };
}

/** Graph's error shape; its dates come without a zone. */
function errorBody(fault: ErrorFault, request: GraphRequest, requestId: string): object {
  return {
    error: {
      code: fault.code ?? 'UnknownError',
      message: fault.message ?? '',
      ...(fault.status === 400 && { details: request.violations.map(detail) }),
      innerError: {
        date: new Date().toISOString().slice(0, 19),
        'request-id': requestId,
        'client-request-id': request.headers['client-request-id'] ?? requestId,
      },
    },
  };
}

function detail(violation: string): unknown {
  const [target, message] = violation.split(/: (.*)/s);
  return { code: 'InvalidValue', target, message };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function mediaLegIdOf(body: unknown): string {
  const { quality } = body as { quality: { mediaLegId: string } }; // only accepted bodies are asked, which have it
  return quality.mediaLegId.toLowerCase();
}
