import { isIP } from 'node:net';

/** The text of an address as `Datagram` holds it: dotted quad, or RFC 5952 for IPv6 (IPv4-mapped ones as `::ffff:a.b.c.d`). */
export function addressText(words: Int32Array, family: number): string {
  if (family === 4) return quad(words[3] ?? 0);
  const [first = 0, second = 0, third = 0, last = 0] = words;
  if (first === 0 && second === 0 && third === 0xffff) return `::ffff:${quad(last)}`;
  const groups = [first, second, third, last].flatMap((word) => [word >>> 16, word & 0xffff]);
  const zeros = longestZeros(groups);
  if (zeros.length < 2) return groups.map(hexadecimal).join(':');
  const before = groups.slice(0, zeros.at).map(hexadecimal).join(':');
  const after = groups
    .slice(zeros.at + zeros.length)
    .map(hexadecimal)
    .join(':');
  return `${before}::${after}`;
}

const quad = (word: number): string => `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;

const hexadecimal = (group: number): string => group.toString(16);

/** RFC 5952, 4.2: the first of the longest runs of zero groups is shortened, if it is longer than one. */
function longestZeros(groups: readonly number[]): { at: number; length: number } {
  let longest = { at: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) longest = { at: index - length + 1, length };
  }
  return longest;
}

/**
 * The four words of an address as text, as `Datagram` holds them; undefined where it is no address (RFC 4291, 2.2), or one
 * with a zone.
 */
export function addressWords(text: string): Int32Array | undefined {
  const family = isIP(text);
  if (family === 4) return Int32Array.of(0, 0, 0, quadWord(text));
  if (family !== 6 || text.includes('%')) return undefined;
  // The dotted tail of a mapped address is two groups like any other.
  const tail = /[^:]*\.[^:]*$/.exec(text)?.[0];
  const plain = tail === undefined ? text : text.slice(0, -tail.length) + groupsOf(quadWord(tail));
  const [before = [], after] = plain.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const zeros = after === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  const groups = [...before, ...zeros, ...(after ?? [])].map((group) => Number.parseInt(group, 16));
  return Int32Array.from([0, 2, 4, 6], (at) => ((groups[at] ?? 0) << 16) | (groups[at + 1] ?? 0));
}

const quadWord = (text: string): number => text.split('.').reduce((word, octet) => (word << 8) | Number(octet), 0);

const groupsOf = (word: number): string => [word >>> 16, word & 0xffff].map(hexadecimal).join(':');
