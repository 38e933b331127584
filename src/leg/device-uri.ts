/** A device's URI or alias in the form in which two of them are compared. `scheme` is empty for a bare alias. */
type Comparable = { readonly scheme: string; readonly text: string };

const DEFAULT_PORT: Readonly<Record<string, string>> = { sip: ':5060', sips: ':5061', h323: ':1720' };

/**
 * Whether `pattern` (a URI or alias, `*` standing for any text) means the device that called itself `uri`. Display names,
 * parameters, headers, a password and the scheme's own port do not count. The user of sip: and h323: is compared with
 * case, the host without (RFC 3261, 19.1.4; RFC 3508, 2); numbers without separators (RFC 3966, 5), also with the user of
 * a SIP URI; aliases without case. Where one side has no scheme the schemes are not compared.
 */
export function uriMatches(pattern: string, uri: string): boolean {
  const wanted = comparable(pattern);
  const told = comparable(uri);
  if (wanted.scheme !== '' && told.scheme !== '')
    return wanted.scheme === told.scheme && globMatches(wanted.text, told.text);
  if (isNumber(wanted.text) && isNumber(userOf(told.text))) return globMatches(wanted.text, digits(userOf(told.text)));
  return globMatches(wanted.text.toLowerCase(), told.text.toLowerCase());
}

/** Whether a configured URI is a pattern. */
export const isPattern = (uri: string): boolean => uri.includes('*');

function comparable(uri: string): Comparable {
  const bare = (/<([^<>]*)>/.exec(uri)?.[1] ?? uri).trim();
  const [, scheme = '', rest = bare] = /^(sips?|h323|tel):(.*)$/is.exec(bare) ?? [];
  const [address = ''] = rest.split(scheme.toLowerCase() === 'tel' ? ';' : /[;?]/, 1);
  if (scheme.toLowerCase() === 'tel' || isNumber(address)) return { scheme: '', text: digits(address) };
  return { scheme: scheme.toLowerCase(), text: withoutDefaultPort(scheme.toLowerCase(), hostLowered(address)) };
}

/** A dialled or E.164 number, perhaps with visual separators, perhaps a pattern of one. */
const isNumber = (text: string): boolean => /^\+?[\d*().\- ]+$/.test(text) && /\d/.test(text);

const digits = (number: string): string => number.replace(/[().\- ]/g, '');

const userOf = (address: string): string => address.split('@', 1)[0] ?? '';

/** `user:password@HOST` → `user@host`; without a user all of it is host. */
function hostLowered(address: string): string {
  const at = address.lastIndexOf('@');
  const user = at < 0 ? '' : (address.slice(0, at).split(':', 1)[0] ?? '');
  return `${user}${at < 0 ? '' : '@'}${address.slice(at + 1).toLowerCase()}`;
}

function withoutDefaultPort(scheme: string, address: string): string {
  const port = DEFAULT_PORT[scheme];
  return port !== undefined && address.endsWith(port) ? address.slice(0, -port.length) : address;
}

/** `*` stands for any text, also none. One pass: the leftmost place of each piece is always as good as a later one. */
function globMatches(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0] ?? '';
  const last = pieces.at(-1) ?? '';
  if (pieces.length === 1) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, from);
    if (found < 0 || found + piece.length > end) return false;
    from = found + piece.length;
  }
  return true;
}
