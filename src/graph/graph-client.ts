import type { CallRecord, CallSession } from '../model/call-record.ts';
import type { Clock } from '../model/clock.ts';
import type { GraphTrace, Report } from '../model/delivery.ts';
import { failedRecord, judgeRecord, unreadablePage } from './call-record-answer.ts';
import { callRecordPage, type RecordPage, sessionsPage } from './call-record-body.ts';
import type { CallRecordResult, CallRecords, Graph, PostResult } from './graph.ts';
import { judge } from './graph-answer.ts';
import { GraphHttp, type GraphHttpOptions, type GraphReply } from './graph-http.ts';

export type GraphClientOptions = GraphHttpOptions & { readonly clock: Clock };

/** Enough for any error of Graph; what is beyond is not read. Octets. */
const LONGEST_ANSWER = 65_536;
/** A page of sixty sessions with all their segments has some megabytes at most. Octets. */
const LONGEST_PAGE = 33_554_432;
/** Sixty thousand sessions: a link that goes round must end. */
const MOST_PAGES = 1000;

/** Records of which Graph wants us to wait before their next page: Graph gives fifty pages in five minutes. */
const MOST_BEGUN = 4;

const ACTION = 'communications/calls/logTeleconferenceDeviceQuality';
const RECORDS = 'communications/callRecords/';
const EXPAND = '?$expand=sessions($expand=segments)';

/** Sessions as they are (docs/metrics.md, section 9): members that are newer than the published ones, and no nulls. */
const PREFER = 'include-unknown-enum-members, omit-values=nulls, odata.maxpagesize=60';

/** Graph over HTTP. Throws CONFIG_INVALID for a `baseUrl` that no report should go to. */
export function graphClient(options: GraphClientOptions): Graph & CallRecords {
  return new GraphClient(options);
}

class GraphClient implements Graph, CallRecords {
  readonly #http: GraphHttp;
  readonly #clock: Clock;
  /** By tenant and call. In memory only: whoever starts anew begins with the first page. */
  readonly #begun = new Map<string, Begun>();

  constructor({ clock, ...options }: GraphClientOptions) {
    this.#http = new GraphHttp(options);
    this.#clock = clock;
  }

  async postReport(report: Report, signal?: AbortSignal): Promise<PostResult> {
    const { tenantId, body } = report;
    const url = this.#http.at(ACTION);
    const reply = await this.#http.ask({ method: 'POST', url, tenantId, body, longest: LONGEST_ANSWER, signal });
    if ('answer' in reply) return judge(reply.answer, reply.clientRequestId, this.#clock.now());
    const { trace, refused } = reply.failed;
    // A refused token holds the tenant: its other reports would fare no better.
    return { kind: 'keep', trace, throttled: refused };
  }

  async callRecord(callChainId: string, tenantId: string, signal?: AbortSignal): Promise<CallRecordResult> {
    const get: Get = (url) =>
      this.#http.ask({ method: 'GET', url, tenantId, headers: { Prefer: PREFER }, longest: LONGEST_PAGE, signal });
    const key = `${tenantId}/${callChainId}`;
    const url = this.#http.at(`${RECORDS}${encodeURIComponent(callChainId)}${EXPAND}`);
    const begun = this.#begun.get(key) ?? (await this.#first(url, get));
    this.#begun.delete(key);
    if ('failed' in begun) return begun.failed;
    const rest = await this.#sessions(begun.next, get);
    const record: CallRecord = { ...begun.record, sessions: [...begun.record.sessions, ...rest.sessions] };
    if (!('failed' in rest))
      return { kind: 'found', record, trace: begun.trace, ...(rest.stray !== undefined && { stray: rest.stray }) };
    if (rest.failed.kind === 'keep' && rest.failed.throttled) this.#goOnLater(key, { ...begun, record, next: rest.at });
    return rest.failed;
  }

  /** A record of more pages than Graph gives at a time would else never be read to its end. */
  #goOnLater(key: string, begun: Begun): void {
    this.#begun.set(key, begun);
    for (const oldest of [...this.#begun.keys()].slice(0, -MOST_BEGUN)) this.#begun.delete(oldest);
  }

  async #first(url: URL, get: Get): Promise<Begun | { readonly failed: NotFound }> {
    const reply = await get(url);
    if (!('answer' in reply)) return { failed: failedRecord(reply.failed) };
    const judged = judgeRecord(reply.answer, reply.clientRequestId, this.#clock.now());
    if (judged.kind !== 'found') return { failed: judged };
    const page = callRecordPage(judged.body);
    return page === undefined ? { failed: unreadablePage(judged.trace) } : { ...page, trace: judged.trace };
  }

  /** The further pages. A link that leads elsewhere is not followed: what came before it is what there is. */
  async #sessions(first: string | undefined, get: Get): Promise<Rest> {
    const sessions: CallSession[] = [];
    const asked = new Set<string>();
    let next = first;
    while (next !== undefined) {
      const url = this.#http.link(next);
      if (url === undefined || asked.has(url.href) || asked.size >= MOST_PAGES) return { sessions, stray: next };
      asked.add(url.href);
      const reply = await get(url);
      if (!('answer' in reply)) return { sessions, at: next, failed: failedRecord(reply.failed) };
      const judged = judgeRecord(reply.answer, reply.clientRequestId, this.#clock.now());
      if (judged.kind !== 'found') return { sessions, at: next, failed: later(judged) };
      const page = sessionsPage(judged.body);
      if (page === undefined) return { sessions, at: next, failed: unreadablePage(judged.trace) };
      sessions.push(...page.sessions);
      next = page.next;
    }
    return { sessions };
  }
}

/** The record is there, and its tenant lets us: whatever a further page says, another time it may be had. */
function later(judged: NotFound): NotFound {
  return judged.kind === 'keep' ? judged : { kind: 'keep', trace: judged.trace, throttled: false };
}

type NotFound = Exclude<CallRecordResult, { kind: 'found' }>;
type Rest =
  | { readonly sessions: readonly CallSession[]; readonly stray?: string }
  | { readonly sessions: readonly CallSession[]; readonly at: string; readonly failed: NotFound };
type Get = (url: URL) => Promise<GraphReply>;
/** What was read of a record so far, and the page to go on with. */
type Begun = RecordPage & { readonly trace: GraphTrace };
