/** The lines of a SIP message in its octets (RFC 3261, 7 and 25.1), found without making text of them. */
export const SIP_VERSION = 'SIP/2.0';
const LONGEST_METHOD = 32;
const LONGEST_START_LINE = 4096;

const CR = 13;
const LF = 10;
const SPACE = 32;

/** True if a request or status line of SIP begins here: cheap enough to ask for every datagram. */
export function looksLikeSip(octets: Uint8Array, start: number, end: number): boolean {
  const at = afterEmptyLines(octets, start, end);
  if (matches(octets, at, end, SIP_VERSION)) return octets[at + SIP_VERSION.length] === SPACE;
  const method = endOfMethod(octets, at, end);
  if (method === at || octets[method] !== SPACE) return false;
  const line = endOfLine(octets, method, Math.min(end, at + LONGEST_START_LINE));
  const versionAt = line - SIP_VERSION.length - (octets[line - 1] === CR ? 1 : 0);
  return line < end && versionAt > method && matches(octets, versionAt, end, SIP_VERSION);
}

/** Empty lines before a message keep connections and bindings alive (RFC 3261, 7.5; RFC 5626, 3.5.1). */
export function afterEmptyLines(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (octets[at] === CR || octets[at] === LF)) at += 1;
  return at;
}

function endOfMethod(octets: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + LONGEST_METHOD);
  let at = start;
  while (at < limit && isUpperCase(octets[at] ?? 0)) at += 1;
  return at;
}

const isUpperCase = (octet: number): boolean => octet >= 65 && octet <= 90;

/** Index of the line feed, or `end`. */
export function endOfLine(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && octets[at] !== LF) at += 1;
  return at;
}

/** Where the body begins: behind the first empty line; -1 without one. */
export function afterHeaders(octets: Uint8Array, start: number, end: number): number {
  for (let line = endOfLine(octets, start, end); line < end; line = endOfLine(octets, line + 1, end)) {
    const next = octets[line + 1] === CR ? line + 2 : line + 1;
    if (next < end && octets[next] === LF) return next + 1;
  }
  return -1;
}

function matches(octets: Uint8Array, at: number, end: number, word: string): boolean {
  if (at + word.length > end) return false;
  for (let index = 0; index < word.length; index++) if (octets[at + index] !== word.charCodeAt(index)) return false;
  return true;
}
