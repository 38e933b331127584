/** Where a page of a list stands. */
export type PagePlace = { readonly offset: number; readonly max: number; readonly total: number };

/**
 * The `Link` header of a page (RFC 8288): first, prev, next and last, each a whole URL; `at` is the address that was asked.
 * Undefined where all is on one page.
 */
export function pageLinks(at: URL, { offset, max, total }: PagePlace): string | undefined {
  const last = Math.max(0, Math.ceil(total / max) - 1) * max;
  const places: readonly (readonly [string, number, boolean])[] = [
    ['first', 0, offset > 0],
    ['prev', Math.min(Math.max(0, offset - max), last), offset > 0],
    ['next', offset + max, offset + max < total],
    ['last', last, offset + max < total],
  ];
  const links = places.filter(([, , isThere]) => isThere).map(([rel, to]) => `<${moved(at, to, max)}>; rel="${rel}"`);
  return links.length === 0 ? undefined : links.join(', ');
}

function moved(at: URL, offset: number, max: number): string {
  const url = new URL(at);
  url.searchParams.set('max', String(max));
  url.searchParams.set('offset', String(offset));
  return url.href;
}
