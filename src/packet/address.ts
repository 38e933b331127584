/** The text of an address as `Datagram` holds it: dotted quad, or RFC 5952 for IPv6 (IPv4-mapped ones as `::ffff:a.b.c.d`). */
export function addressText(words: Int32Array, family: number): string {
  const [first = 0, second = 0, third = 0, last = 0] = words;
  if (family === 4) return quad(last);
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
