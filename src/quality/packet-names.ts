import { RecordPool } from './record-pool.ts';

/*
 * Canonical names of SSRCs (RFC 3550, 6.5.1) in lists, told by their first. Names are only compared, so that 64 bits of
 * hash stand for each.
 */

const SSRC = 1;
const HASH = 2;
const WORDS = 4;
const LONGEST = 255;

/** None yet. */
export function newNames(): RecordPool {
  return new RecordPool(WORDS);
}

/** The list with the name of an SSRC, if there are not so many others that are named. */
export function putName(names: RecordPool, first: number, ssrc: number, cname: string, most: number): number {
  const held = names.find(first, SSRC, ssrc | 0);
  if (held === 0 && names.count(first) >= most) return first;
  const name = held === 0 ? names.add() : held;
  names.words[name + SSRC] = ssrc;
  putHash(names.words, name + HASH, cname);
  return held === 0 ? names.append(first, name) : first;
}

/** Whether two SSRCs are named, and alike. */
export function isSameName(names: RecordPool, first: number, ssrc: number, other: number): boolean {
  const { words } = names;
  const one = names.find(first, SSRC, ssrc | 0);
  const two = names.find(first, SSRC, other | 0);
  return (
    one !== 0 && two !== 0 && words[one + HASH] === words[two + HASH] && words[one + HASH + 1] === words[two + HASH + 1]
  );
}

/** FNV-1a in 32 bits, and once more with another prime and the upper bits mixed in. */
function putHash(words: Int32Array, at: number, name: string): void {
  let one = 0x811c9dc5 | 0;
  let other = 0x9e3779b1 | 0;
  const end = Math.min(LONGEST, name.length);
  for (let i = 0; i < end; i += 1) {
    one = Math.imul(one ^ name.charCodeAt(i), 0x01000193);
    other = Math.imul(other ^ name.charCodeAt(i), 0x85ebca6b);
    other ^= other >>> 15;
  }
  words[at] = one;
  words[at + 1] = other;
}
