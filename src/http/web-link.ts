/** Where a page of a list stands. */
export type PagePlace = { readonly offset: number; readonly max: number; readonly total: number };

/**
 * The `Link` header of a page (RFC 8288): the whole URL of the next one; `at` is the address that was asked. Undefined on the
 * last page. No other relation: Webex promises `next` alone, and some of its clients follow the first link whatever it is.
 */
export function nextPage(at: URL, { offset, max, total }: PagePlace): string | undefined {
  if (offset + max >= total) return undefined;
  const url = new URL(at);
  url.searchParams.set('max', String(max));
  url.searchParams.set('offset', String(offset + max));
  return `<${url.href}>; rel="next"`;
}
