import axios from 'axios';
import { z } from 'zod';
import { isLoopback, nextLink } from './link-header.ts';
import { type WebexItem, webexItems } from './shape.ts';
import type { TokenResult } from './webex-tokens.ts';

/** What came of asking for a meeting. `rest`: the page that could not be had yet; never a rejection. */
export type Qualities =
  | {
      readonly kind: 'items';
      readonly items: readonly WebexItem[];
      readonly rest?: string;
      readonly retryAfter?: number;
    }
  | {
      readonly kind: 'failed';
      readonly reason: string;
      readonly status?: number;
      /** Seconds. */
      readonly retryAfter?: number;
      /** Of Webex' own log. */
      readonly trackingId?: string;
    };

export type WebexClientOptions = {
  /** https://analytics.webexapis.com, or one of a region. */
  readonly baseUrl: string;
  readonly userAgent: string;
  readonly token: (refused?: string) => Promise<TokenResult>;
  /** What a Retry-After header asks for, seconds; `date`: the answer's own. */
  readonly retryAfter: (header: string | undefined, date: string | undefined) => number | undefined;
  /** Longest time of one request, seconds. */
  readonly timeoutSeconds: number;
};

/** A hundred participants of a day with six media have some megabytes. Octets. */
const LONGEST_ANSWER = 67_108_864;
const MOST_PAGES = 20;

type Answer = {
  readonly status: number;
  readonly body: unknown;
  readonly header: (name: string) => string | undefined;
};

/** Webex' Get Meeting Qualities, read page by page. */
export class WebexClient {
  readonly #options: WebexClientOptions;

  constructor(options: WebexClientOptions) {
    this.#options = options;
  }

  /** All participants of a meeting, as far as they can be had now; `from`: the page to go on with. */
  async qualities(meetingId: string, from?: string): Promise<Qualities> {
    const items: WebexItem[] = [];
    let url = from ?? this.#first(meetingId);
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const page = await this.#page(url);
      if (page.kind === 'failed') {
        if (pages === 0) return page;
        const { retryAfter } = page;
        return { kind: 'items', items, rest: url, ...(retryAfter !== undefined && { retryAfter }) };
      }
      items.push(...page.items);
      if (page.next === undefined || page.next === url) break;
      url = page.next;
    }
    return { kind: 'items', items };
  }

  #first(meetingId: string): string {
    const query = new URLSearchParams({ meetingId, max: '100' });
    return `${this.#options.baseUrl.replace(/\/+$/, '')}/v1/meeting/qualities?${query}`;
  }

  async #page(url: string): Promise<Page> {
    try {
      const answer = await this.#ask(url);
      if ('refused' in answer) return { kind: 'failed', reason: `no token for Webex: ${answer.refused}` };
      return answer.status === 200 ? this.#read(answer, url) : this.#failed(answer);
    } catch (error) {
      // Its message may hold the address with the meeting; the code is enough.
      const code = axios.isAxiosError(error) ? error.code : undefined;
      return { kind: 'failed', reason: code ?? (error instanceof Error ? error.name : 'unknown') };
    }
  }

  /** One renewal: a token may be revoked before its time (RFC 6750, 3.1). */
  async #ask(url: string): Promise<Answer | { readonly refused: string }> {
    const first = await this.#options.token();
    if ('refused' in first) return first;
    const answer = await this.#get(url, first.token);
    if (answer.status !== 401) return answer;
    const second = await this.#options.token(first.token);
    return 'refused' in second || second.token === first.token ? answer : this.#get(url, second.token);
  }

  async #get(url: string, token: string): Promise<Answer> {
    const millis = this.#options.timeoutSeconds * 1000;
    const { status, data, headers } = await axios.get<unknown>(url, {
      headers: { Authorization: `Bearer ${token}`, Accept: 'application/json', 'User-Agent': this.#options.userAgent },
      timeout: millis,
      signal: AbortSignal.timeout(millis),
      maxContentLength: LONGEST_ANSWER,
      maxRedirects: 0,
      ...(isLoopback(url) && { proxy: false as const }),
      validateStatus: () => true,
    });
    return { status, body: data, header: (name) => headers[name]?.toString() };
  }

  #read({ body, header }: Answer, asked: string): Page {
    const items = webexItems(body);
    if (items === undefined) return { kind: 'failed', reason: 'an answer that is no list of qualities', status: 200 };
    const next = nextLink(header('link'), asked, this.#options.baseUrl);
    return { kind: 'page', items, ...(next !== undefined && { next }) };
  }

  #failed({ status, body, header }: Answer): Page {
    const { message, trackingId } = problem.safeParse(body).data ?? {};
    const retryAfter = this.#options.retryAfter(header('retry-after'), header('date'));
    return {
      kind: 'failed',
      status,
      reason: message === undefined ? `Webex answered ${status}` : `Webex answered ${status}: ${message.slice(0, 500)}`,
      ...(retryAfter !== undefined && { retryAfter }),
      ...(trackingId !== undefined && { trackingId }),
    };
  }
}

type Page =
  | { readonly kind: 'page'; readonly items: readonly WebexItem[]; readonly next?: string }
  | Extract<Qualities, { kind: 'failed' }>;

const problem = z.looseObject({
  message: z.string().optional().catch(undefined),
  trackingId: z.string().optional().catch(undefined),
});
