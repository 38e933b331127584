import { type SrtpSuite, srtpSuite } from './srtp-suite.ts';

/** A master key with its salt (RFC 3711, 3.2.1), and how packets name it where there are several. In memory only. */
export type SrtpKey = {
  readonly suite: SrtpSuite;
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
  /** Octets of the master key identifier that packets carry (RFC 3711, 3.1); none: they carry none. */
  readonly mki?: Uint8Array;
};

/** Why a key cannot be used, in words that do not hold it. */
export type KeyProblem = { readonly problem: string; readonly unsupported?: true };

/** RFC 4568, 6.1: no identifier is longer. Octets. */
const LONGEST_MKI = 128;

/**
 * The key of `suite` from the text of RFC 4568, 6.1: `[inline:]<base64 of key and salt>[|lifetime][|MKI:length]`.
 * The lifetime is the business of those who send.
 */
export function srtpKey(suite: string, text: string): SrtpKey | KeyProblem {
  const known = srtpSuite(suite);
  if (known === undefined) return { problem: `the suite ${shown(suite)} is not supported`, unsupported: true };
  const [key = '', ...rest] = text
    .trim()
    .replace(/^inline:/i, '')
    .split('|');
  const octets = decoded(key);
  const { keyLength, saltLength } = known;
  if (octets === undefined) return { problem: 'the key is no base64' };
  if (octets.length !== keyLength + saltLength) {
    return {
      problem: `the key has ${octets.length} octets, ${known.name} takes ${keyLength + saltLength}: key and salt`,
    };
  }
  const mki = mkiOf(rest);
  if (mki === null) return { problem: 'what follows the key is neither a lifetime nor MKI:length' };
  return {
    suite: known,
    masterKey: octets.subarray(0, keyLength),
    masterSalt: octets.subarray(keyLength),
    ...(mki === undefined ? {} : { mki }),
  };
}

/** Undefined: not base64. Some leave its padding out. */
function decoded(text: string): Uint8Array | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? new Uint8Array(Buffer.from(text, 'base64')) : undefined;
}

/** Undefined: none is told; null: not as the grammar has it. */
function mkiOf(parts: readonly string[]): Uint8Array | undefined | null {
  const [first = '', second] = parts;
  const told = second ?? (first.includes(':') ? first : undefined);
  const lifetime = told === first ? undefined : first;
  if (parts.length > 2 || (lifetime !== undefined && !/^(?:2\^)?\d*$/.test(lifetime))) return null;
  if (told === undefined || told === '') return undefined;
  const [, value, length] = /^(\d{1,40}):(\d{1,3})$/.exec(told) ?? [];
  if (value === undefined || Number(length) < 1 || Number(length) > LONGEST_MKI) return null;
  return bigEndian(BigInt(value), Number(length));
}

function bigEndian(value: bigint, length: number): Uint8Array {
  const octets = new Uint8Array(length);
  let rest = value;
  for (let at = length - 1; at >= 0; at -= 1, rest >>= 8n) octets[at] = Number(rest & 0xffn);
  return octets;
}

/** Names are words joined by low lines; anything else may be a key in the wrong place. */
export const isSuiteName = (text: string): boolean => text.length <= 40 && /^[A-Z0-9]+(?:_[A-Z0-9]+)+$/i.test(text);

const shown = (suite: string): string => (isSuiteName(suite) ? suite : 'that is told');
