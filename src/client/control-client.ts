import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '../model/error.ts';
import type { RtcStatsReport } from '../model/rtc-stats.ts';
import { ControlError } from './control-error.ts';
import { type Answer, type Call, exchange, type Target, targetOf } from './exchange.ts';
import type { CallAnswer } from './read-shapes.ts';
import type {
  EndAnswer,
  EndRequest,
  HealthAnswer,
  LegAnswer,
  LegEntry,
  LegName,
  LegPatch,
  Listing,
  ReconcileAnswer,
  ReportBody,
  RtcpCompound,
  SourceEntry,
} from './shapes.ts';

const JSON_TYPE = 'application/json';
const FIRST_PAUSE_SECONDS = 0.2;

export type ControlClientOptions = {
  /** Bearer token, where the agent asks for one. */
  readonly token?: string;
  /** For one attempt; 5 s if absent. */
  readonly timeoutSeconds?: number;
  /** How often a call that may be repeated is tried while no connection comes about; 3 if absent. */
  readonly attempts?: number;
};

/** Values of a query; absent ones are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/**
 * The agent's control API from the other side. Every method rejects with ControlError and nothing else. Calls that may be
 * repeated (all but stats and WHIP) are, a few times, when the agent cannot be reached.
 */
export class ControlClient {
  readonly #target: Target;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #timeoutSeconds: number;
  readonly #attempts: number;

  /** `address`: `http://127.0.0.1:7741` or `unix:/run/otherleg/control.sock`. */
  constructor(address: string, options: ControlClientOptions = {}) {
    this.#target = targetOf(address);
    this.#headers = options.token === undefined ? {} : { Authorization: `Bearer ${options.token}` };
    this.#timeoutSeconds = options.timeoutSeconds ?? 5;
    this.#attempts = options.attempts ?? 3;
  }

  /** Begins a leg or changes it. */
  async putLeg(leg: LegName, patch: LegPatch): Promise<LegEntry> {
    return json(await this.#repeat('PUT', legPath(leg), patch));
  }

  /** Hands over one W3C stats report of a live leg. */
  async postStats(leg: LegName, report: RtcStatsReport): Promise<void> {
    await this.#once(this.#call('POST', `${legPath(leg)}/stats`, report));
  }

  /** Hands over clear RTCP compounds of a live leg whose packets are encrypted. */
  async postRtcp(leg: LegName, compounds: readonly RtcpCompound[]): Promise<void> {
    await this.#once(this.#call('POST', `${legPath(leg)}/rtcp`, compounds));
  }

  /** After a gateway's restart: its legs that are not in `live` (ids or aliases) end. */
  async reconcile(gateway: string, live: readonly string[]): Promise<ReconcileAnswer> {
    return json(await this.#repeat('POST', '/v1/legs/reconcile', { gateway, live }));
  }

  /** Ends a leg; repeating it changes nothing. */
  async end(leg: LegName, request: EndRequest = {}): Promise<EndAnswer> {
    return json(await this.#repeat('POST', `${legPath(leg)}/end`, request));
  }

  async leg(leg: LegName): Promise<LegAnswer> {
    return json(await this.#repeat('GET', legPath(leg)));
  }

  async legs(query: Query = {}): Promise<Listing<LegEntry>> {
    return json(await this.#repeat('GET', `/v1/legs${queryText(query)}`));
  }

  /** Both legs of a call, and which was bad. */
  async call(callChainId: string): Promise<CallAnswer> {
    return json(await this.#repeat('GET', `/v1/calls/${encodeURIComponent(callChainId)}`));
  }

  /** The body as sent, or as it would be. */
  async report(leg: LegName): Promise<ReportBody> {
    return json(await this.#repeat('GET', `${legPath(leg)}/report`));
  }

  async series(leg: LegName): Promise<Readonly<Record<string, unknown>>> {
    return json(await this.#repeat('GET', `${legPath(leg)}/series`));
  }

  /** How each source of measurements is. */
  async sources(): Promise<Listing<SourceEntry>> {
    return json(await this.#repeat('GET', '/v1/sources'));
  }

  /** Whether the agent can take legs and write them down; `status` is `ok`, or why not. */
  async health(): Promise<HealthAnswer> {
    return json(await exchange(this.#target, this.#call('GET', '/readyz')));
  }

  /** The outbox. */
  async reports(query: Query = {}): Promise<Listing<Readonly<Record<string, unknown>>>> {
    return json(await this.#repeat('GET', `/v1/reports${queryText(query)}`));
  }

  /** One report of the outbox: where it stands, every attempt at it, its body. */
  async outboxReport(mediaLegId: string): Promise<Readonly<Record<string, unknown>>> {
    return json(await this.#repeat('GET', `/v1/reports/${encodeURIComponent(mediaLegId)}`));
  }

  /** Tries a report again that is not delivered: at once, or `heldUntil` then (RFC 3339) where Graph asked to be left alone. */
  async retryReport(mediaLegId: string): Promise<{ readonly heldUntil?: string }> {
    const answer = await this.#repeat('POST', `/v1/reports/${encodeURIComponent(mediaLegId)}/retry`);
    return answer.text === '' ? {} : json(answer);
  }

  /** Gives a report up. */
  async dropReport(mediaLegId: string): Promise<void> {
    await this.#repeat('DELETE', `/v1/reports/${encodeURIComponent(mediaLegId)}`);
  }

  /** Makes Graph's record of a call due now. */
  async askCallRecord(callChainId: string): Promise<{ readonly state: string; readonly dueAt?: string }> {
    return json(await this.#repeat('POST', `/v1/calls/${encodeURIComponent(callChainId)}/record`));
  }

  /** Lets the agent's own peer connection receive the leg (RFC 9725); `session` is what ends it. */
  async whip(leg: LegName, offer: string): Promise<{ readonly answer: string; readonly session: string }> {
    const call = this.#call('POST', `${legPath(leg)}/whip`);
    const headers = { ...call.headers, 'Content-Type': 'application/sdp' };
    const answer = await this.#once({ ...call, headers, body: offer });
    return { answer: answer.text, session: answer.headers.location ?? '' };
  }

  /** Ends what `whip` began. */
  async endWhip(session: string): Promise<void> {
    await this.#repeat('DELETE', session);
  }

  #call(method: Call['method'], path: string, body?: unknown): Call {
    const call = { method, path, headers: this.#headers, timeoutSeconds: this.#timeoutSeconds };
    if (body === undefined) return call;
    return { ...call, headers: { ...call.headers, 'Content-Type': JSON_TYPE }, body: JSON.stringify(body) };
  }

  async #once(call: Call): Promise<Answer> {
    const answer = await exchange(this.#target, call);
    if (answer.status < 200 || answer.status > 299) throw refusal(call, answer);
    return answer;
  }

  async #repeat(method: Call['method'], path: string, body?: unknown): Promise<Answer> {
    const call = this.#call(method, path, body);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#once(call);
      } catch (error) {
        const unreachable = error instanceof ControlError && error.code === 'AGENT_UNREACHABLE';
        if (!unreachable || attempt >= this.#attempts) throw error;
      }
      await sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * 1000);
    }
  }
}

const legPath = (leg: LegName): string =>
  typeof leg === 'string'
    ? `/v1/legs/${encodeURIComponent(leg)}`
    : `/v1/legs/by-alias/${encodeURIComponent(leg.alias)}`;

function queryText(query: Query): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) text.set(name, String(value));
  return text.size === 0 ? '' : `?${text}`;
}

function json<T>(answer: Answer): T {
  try {
    return JSON.parse(answer.text) as T; // the agent's contract says what it answers with
  } catch (cause) {
    throw new ControlError('ANSWER_UNREADABLE', 'the answer is not JSON: is this an otherleg agent?', { cause });
  }
}

type Problem = { readonly code?: ErrorCode; readonly detail?: string; readonly title?: string; readonly hint?: string };

function refusal(call: Call, answer: Answer): ControlError {
  const { status } = answer;
  try {
    const { code, detail, title, hint } = json<Problem>(answer);
    if (code !== undefined) {
      return new ControlError(code, detail ?? title ?? code, { status, ...(hint === undefined ? {} : { hint }) });
    }
  } catch {
    // Not a problem+json: something else answers at this address.
  }
  return new ControlError('ANSWER_UNREADABLE', `${call.method} ${call.path} was answered with ${status}`, { status });
}
