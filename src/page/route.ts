/** Where the page is: the part of the address after `#`. */
export type Route = {
  readonly view: 'calls' | 'live' | 'room' | 'call' | 'leg' | 'outbox';
  /** Which room, call or leg. */
  readonly of: string;
  readonly query: URLSearchParams;
};

const views: Readonly<Record<string, Route['view']>> = { live: 'live', outbox: 'outbox', calls: 'calls' };
const single: Readonly<Record<string, Route['view']>> = { rooms: 'room', calls: 'call', legs: 'leg' };

/** The route of `#/legs/{id}?from=…`; the list of calls for what names none. */
export function routeOf(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const [first = '', ...rest] = path.split('/');
  const of = decoded(rest.join('/'));
  const view = (of === '' ? views[first] : single[first]) ?? 'calls';
  return { view, of, query: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** `#/calls?q=…` without the members that are undefined or empty. */
export function hashOf(path: string, query: Query = {}): string {
  const known = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
  return `#/${path}${text === '' ? '' : `?${text}`}`;
}

export const legHash = (mediaLegId: string): string => `#/legs/${mediaLegId}`;
export const callHash = (callChainId: string): string => `#/calls/${callChainId}`;
export const roomHash = (room: string): string => `#/rooms/${encodeURIComponent(room)}`;
