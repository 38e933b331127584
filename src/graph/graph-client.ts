import type { CallRecord, CallSession } from '../model/call-record.ts';
import type { Clock } from '../model/clock.ts';
import type { Report } from '../model/delivery.ts';
import { failedRecord, judgeRecord, unreadablePage } from './call-record-answer.ts';
import { callRecordPage, sessionsPage } from './call-record-body.ts';
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
    const get = (url: URL): Promise<GraphReply> =>
      this.#http.ask({ method: 'GET', url, tenantId, headers: { Prefer: PREFER }, longest: LONGEST_PAGE, signal });
    const reply = await get(this.#http.at(`${RECORDS}${encodeURIComponent(callChainId)}${EXPAND}`));
    if (!('answer' in reply)) return failedRecord(reply.failed);
    const judged = judgeRecord(reply.answer, reply.clientRequestId, this.#clock.now());
    if (judged.kind !== 'found') return judged;
    const first = callRecordPage(judged.body);
    if (first === undefined) return unreadablePage(judged.trace);
    const rest = await this.#sessions(first.next, get);
    if ('failed' in rest) return rest.failed;
    const record: CallRecord = { ...first.record, sessions: [...first.record.sessions, ...rest.sessions] };
    return { kind: 'found', record, trace: judged.trace, ...(rest.stray !== undefined && { stray: rest.stray }) };
  }

  /** The further pages. A link that leads elsewhere is not followed: what came before it is what there is. */
  async #sessions(first: string | undefined, get: (url: URL) => Promise<GraphReply>): Promise<Rest> {
    const sessions: CallSession[] = [];
    const asked = new Set<string>();
    let next = first;
    while (next !== undefined) {
      const url = this.#http.link(next);
      if (url === undefined || asked.has(url.href) || asked.size >= MOST_PAGES) return { sessions, stray: next };
      asked.add(url.href);
      const reply = await get(url);
      if (!('answer' in reply)) return { failed: failedRecord(reply.failed) };
      const judged = judgeRecord(reply.answer, reply.clientRequestId, this.#clock.now());
      if (judged.kind !== 'found') return { failed: judged };
      const page = sessionsPage(judged.body);
      if (page === undefined) return { failed: unreadablePage(judged.trace) };
      sessions.push(...page.sessions);
      next = page.next;
    }
    return { sessions };
  }
}

type Rest =
  | { readonly sessions: readonly CallSession[]; readonly stray?: string }
  | { readonly failed: Exclude<CallRecordResult, { kind: 'found' }> };
