/** A call record as Graph keeps it: with all its sessions. */
export type RawCallRecord = { readonly id: string; readonly sessions?: readonly object[] } & Readonly<
  Record<string, unknown>
>;

/** Graph's own page size for sessions. */
const MOST_SESSIONS = 60;

const RECORD = /^\/(v1\.0|beta)\/communications\/callRecords\/([^/]+)(\/sessions)?$/;

/** The id that a request for a call record, or for further sessions of one, asks for; undefined for all other requests. */
export function askedRecord(path: string): string | undefined {
  const id = RECORD.exec(path.split('?')[0] ?? '')?.[2];
  return id === undefined ? undefined : decodeURIComponent(id);
}

/**
 * The page of a record that was asked for, as Graph gives it: the first within the record, further ones as a plain list, each
 * with a link to the next. `prefer` is the header of that name, `url` where Graph is.
 */
export function recordPage(record: RawCallRecord, path: string, prefer: string, url: string): object {
  const asked = new URL(path, url);
  const [, version = '', , further] = RECORD.exec(asked.pathname) ?? [];
  const told = Number(/odata\.maxpagesize=(\d+)/.exec(prefer)?.[1] ?? MOST_SESSIONS);
  const size = Math.min(told, MOST_SESSIONS);
  const from = Number(asked.searchParams.get('$skiptoken') ?? 0);
  const { sessions = [], ...rest } = record;
  const page = sessions.slice(from, from + size);
  const isLast = from + size >= sessions.length;
  const link = `${url}/${version}/communications/callRecords/${record.id}/sessions?$expand=segments&$skiptoken=${from + size}`;
  const context = `${url}/${version}/$metadata#communications/callRecords/$entity`;
  if (further !== undefined)
    return { '@odata.context': context, value: page, ...(isLast ? {} : { '@odata.nextLink': link }) };
  if (!asked.searchParams.has('$expand')) return { '@odata.context': context, ...rest };
  return {
    '@odata.context': context,
    ...rest,
    sessions: page,
    ...(isLast ? {} : { 'sessions@odata.nextLink': link }),
  };
}
