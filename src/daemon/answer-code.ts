/** Statuses that mean something of their own (docs/operating.md); others count as their class. */
const KNOWN: ReadonlySet<number> = new Set([
  200, 202, 204, 400, 401, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504,
]);

/** How a request or an attempt ended, as a label of few values: `429`, `5xx`, `no_answer`, `no_token`. */
export function answerCode(by: number | string | undefined): string {
  if (typeof by === 'number') return KNOWN.has(by) ? String(by) : `${Math.floor(by / 100)}xx`;
  return by === 'TOKEN_REFUSED' || by === 'TOKEN_UNREACHABLE' ? 'no_token' : 'no_answer';
}
