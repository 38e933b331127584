import { multipartBodies } from './multipart.ts';
import { afterEmptyLines, afterHeaders, looksLikeSip, SIP_VERSION } from './sip-lines.ts';

/** A SIP message (RFC 3261, 7). Header names in lower case and in their long form. */
export type SipMessage = {
  /** Of a request. */
  readonly method?: string;
  readonly requestUri?: string;
  /** Of a response: 100–699. */
  readonly status?: number;
  readonly reason?: string;
  /** In the order of the message; a header that comes twice is there twice, folded lines are joined (7.3.1). */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
  /** The capture, or the datagram, ended before the body did. */
  readonly truncated?: true;
};

/** A message, and where the octets behind it begin. */
export type SipReading = { readonly message: SipMessage; readonly next: number };

/** Compact forms (IANA, SIP header fields). */
const LONG_NAMES: ReadonlyMap<string, string> = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['n', 'identity-info'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity'],
]);

const LONGEST_HEADERS = 16 * 1024;
const MOST_HEADERS = 512;

const text = new TextDecoder();

/** The messages of one datagram (several may lie in one). Unreadable rests are left out. */
export function readSip(octets: Uint8Array, start: number, end: number): SipMessage[] {
  const messages: SipMessage[] = [];
  let at = start;
  while (at < end && looksLikeSip(octets, at, end)) {
    const reading = readMessage(octets, at, end);
    if (reading === undefined) break;
    messages.push(reading.message);
    at = reading.next;
  }
  return messages;
}

/** The message whose start line begins here (after empty lines). Undefined if its headers do not end in `octets`. */
export function readMessage(octets: Uint8Array, start: number, end: number): SipReading | undefined {
  const begin = afterEmptyLines(octets, start, end);
  const body = afterHeaders(octets, begin, Math.min(end, begin + LONGEST_HEADERS));
  if (body < 0) return undefined;
  const [startLine = '', ...lines] = unfold(text.decode(octets.subarray(begin, body)));
  const headers = lines.slice(0, MOST_HEADERS).flatMap(readHeader);
  const length = contentLength(headers) ?? end - body;
  const next = Math.min(end, body + length);
  const message: SipMessage = {
    ...readStartLine(startLine),
    headers,
    body: octets.slice(body, next),
    ...(body + length > end && { truncated: true as const }),
  };
  return { message, next: body + length };
}

/** First value of a header, by its long name in lower case. */
export function sipHeader(message: SipMessage, name: string): string | undefined {
  return message.headers.find(([found]) => found === name)?.[1];
}

/** The session descriptions of a message as text: its body, or those parts of a multipart body (RFC 5621) that are SDP. */
export function sessionDescriptions(message: SipMessage): string[] {
  if (message.body.length === 0) return [];
  const type = sipHeader(message, 'content-type') ?? 'application/sdp';
  return multipartBodies(type, text.decode(message.body)).flatMap((part) =>
    /^application\/sdp\s*(;|$)/i.test(part.type) ? [part.body] : [],
  );
}

function readStartLine(line: string): Pick<SipMessage, 'method' | 'requestUri' | 'status' | 'reason'> {
  const [first = '', second = '', ...rest] = line.split(' ');
  if (first !== SIP_VERSION) return { method: first, requestUri: second };
  const reason = rest.join(' ');
  return { status: /^[1-6]\d\d$/.test(second) ? Number(second) : 0, ...(reason !== '' && { reason }) };
}

function readHeader(line: string): [name: string, value: string][] {
  const colon = line.indexOf(':');
  if (colon <= 0) return [];
  const name = line.slice(0, colon).trim().toLowerCase();
  return [[LONG_NAMES.get(name) ?? name, line.slice(colon + 1).trim()]];
}

/** Lines, those that begin with a space or tab joined to the one before (RFC 3261, 7.3.1). */
function unfold(head: string): string[] {
  return head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
}

function contentLength(headers: SipMessage['headers']): number | undefined {
  const value = headers.find(([name]) => name === 'content-length')?.[1];
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
}
