import type {
  CallAnswer,
  PlotsAnswer,
  ReportAnswer,
  ReportEntry,
  ShownLeg,
  ShownLegFigures,
} from '../client/read-shapes.ts';
import type { Listing, ReportBody } from '../client/shapes.ts';

/** What the agent answered instead of what was asked: its problem (RFC 9457), or that it cannot be reached. */
export class Refused extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  constructor(status: number, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.hint = hint;
  }
}

export type Query = { readonly [name: string]: string | number | undefined };

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const init = { headers: { accept: 'application/json' }, ...(signal && { signal }) };
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new Refused(0, 'The agent cannot be reached.', 'Is it running? The page tries again when you do.');
  });
  const body: unknown = await response.json().catch(() => ({}));
  if (response.ok) return body as T; // the agent's own answers; their shapes are under test
  const { detail, hint } = body as { detail?: string; hint?: string }; // RFC 9457
  throw new Refused(response.status, detail ?? `The agent answered ${response.status}.`, hint);
}

const search = (query: Query): string => {
  const known = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) known.set(name, String(value));
  return known.size === 0 ? '' : `?${known}`;
};

const id = encodeURIComponent;

/** What is wanted of a list, and when to stop: lists of years are not read to their end. */
async function all<T>(path: string, query: Query, most: number, signal?: AbortSignal): Promise<readonly T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const page: Listing<T> = await get(`${path}${search({ ...query, after })}`, signal);
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined && items.length < most);
  return items;
}

/** The read API, as the page uses it. */
export const api = {
  legs: (query: Query, signal?: AbortSignal): Promise<Listing<ShownLeg>> => get(`/v1/legs${search(query)}`, signal),
  allLegs: (query: Query, most: number, signal?: AbortSignal): Promise<readonly ShownLeg[]> =>
    all('/v1/legs', { limit: Math.min(500, most), ...query }, most, signal),
  leg: (leg: string, signal?: AbortSignal): Promise<ShownLegFigures> => get(`/v1/legs/${id(leg)}`, signal),
  plots: (leg: string, signal?: AbortSignal, part?: 'first'): Promise<PlotsAnswer> =>
    get(`/v1/legs/${id(leg)}/plots${search({ part })}`, signal),
  draft: (leg: string, signal?: AbortSignal): Promise<ReportBody> => get(`/v1/legs/${id(leg)}/report`, signal),
  call: (call: string, signal?: AbortSignal): Promise<CallAnswer> => get(`/v1/calls/${id(call)}`, signal),
  report: (leg: string, signal?: AbortSignal): Promise<ReportAnswer> => get(`/v1/reports/${id(leg)}`, signal),
  reports: (query: Query, signal?: AbortSignal): Promise<Listing<ReportEntry>> =>
    get(`/v1/reports${search(query)}`, signal),
  /** Trades a token for a cookie. */
  login: async (token: string): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch('/login', { method: 'POST', headers, body: JSON.stringify({ token }) });
    if (response.ok) return;
    const { detail } = (await response.json().catch(() => ({}))) as { detail?: string }; // RFC 9457
    throw new Refused(response.status, detail ?? 'This token is not known.');
  },
};

/** The answer, or undefined where the agent has no such thing. */
export async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused && (error.status === 404 || error.status === 409)) return undefined;
    throw error;
  }
}
