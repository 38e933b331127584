import type { Direction } from '../model/channel.ts';
import type { LegKey } from '../model/leg.ts';
import { isSuiteName, type KeyProblem, type SrtpKey, srtpKey } from '../packet/srtp-key.ts';

/** One `a=crypto` line (RFC 4568, 9.1): what the side that wrote it protects its own packets with, if it is chosen. */
export type CryptoLine = {
  /** Position among the m-lines, from 0. */
  readonly mLine: number;
  readonly tag?: number;
  readonly suite: string;
  /** Key and salt in base64, with lifetime and identifier where told: `<base64>[|lifetime][|MKI:length]`. */
  readonly keys: readonly string[];
  /** Session parameters, such as `UNENCRYPTED_SRTCP`. */
  readonly parameters: readonly string[];
  /** Why packets under it cannot be read, in words that hold no key. */
  readonly problem?: string;
};

/** What stands in the place of a key that was taken out. */
const WITHHELD = 'withheld';

const LINE_END = /\r\n|\r|\n/;

/** An offer of every suite for every m-line of the largest SDP has fewer. */
const MOST_LINES = 1024;

/** The `a=crypto` lines of an SDP. One that cannot be used has a `problem`; lines whose key was taken out are left out. */
export function cryptoLines(sdp: string): readonly CryptoLine[] {
  const found: CryptoLine[] = [];
  let mLine = -1;
  for (const line of sdp.split(LINE_END)) {
    if (line.startsWith('m=')) mLine += 1;
    const told = mLine < 0 ? undefined : /^a=crypto:(.*)$/i.exec(line)?.[1];
    if (told === undefined) continue;
    const read = cryptoLine(mLine, told.trim());
    if (!read.keys.includes(WITHHELD) && found.length < MOST_LINES) found.push(read);
  }
  return found;
}

function cryptoLine(mLine: number, text: string): CryptoLine {
  const [tag = '', suite = '', methods = '', ...parameters] = text.split(/\s+/);
  const keys = methods.split(';').map((method) => /^inline:(.+)$/i.exec(method)?.[1]);
  const numbered = /^\d{1,9}$/.test(tag) ? { tag: Number(tag) } : {};
  const read = { mLine, ...numbered, suite, keys: keys.filter((key) => key !== undefined), parameters };
  const problem = 'tag' in numbered ? problemOf(read, keys.length) : 'it has no tag';
  return problem === undefined ? read : { ...read, problem };
}

function problemOf({ suite, keys, parameters }: CryptoLine, methods: number): string | undefined {
  if (keys.length < methods) return 'its key is not inline';
  // Session keys that change on the way (RFC 4568, 6.3.1): nobody is known to use them.
  if (parameters.some((parameter) => /^KDR=(?!0$)/i.test(parameter))) return 'a key derivation rate is not supported';
  return keys.map((key) => keyProblem({ suite, key })?.problem).find((problem) => problem !== undefined);
}

/** Why a key cannot be used; undefined: it can. */
export function keyProblem({ suite, key }: { readonly suite: string; readonly key: string }): KeyProblem | undefined {
  const read = srtpKey(suite, key);
  return 'problem' in read ? read : undefined;
}

/** A crypto line's keys, ready for use; none where it has a problem. */
export const srtpKeysOf = ({ suite, keys }: Pick<CryptoLine, 'suite' | 'keys'>): readonly SrtpKey[] =>
  keys.map((key) => srtpKey(suite, key)).filter((key) => 'masterKey' in key);

/**
 * The lines that count of both sides' descriptions, by m-line: the answer has one line, and its tag says which of the
 * offer's is taken (RFC 4568, 5.1.3). Which side offered is seen from the number of its lines; as long as that cannot
 * be told, all count.
 */
export function chosenLines(
  ours: readonly CryptoLine[],
  theirs: readonly CryptoLine[],
): { readonly ours: readonly CryptoLine[]; readonly theirs: readonly CryptoLine[] } {
  return { ours: chosenOf(ours, theirs), theirs: chosenOf(theirs, ours) };
}

function chosenOf(side: readonly CryptoLine[], other: readonly CryptoLine[]): readonly CryptoLine[] {
  return [...Map.groupBy(side, ({ mLine }) => mLine)].flatMap(([mLine, lines]) => {
    const [answer, ...more] = other.filter((line) => line.mLine === mLine);
    if (answer === undefined || more.length > 0 || lines.length === 1) return lines;
    const tagged = lines.filter(({ tag }) => tag === answer.tag);
    return tagged.length > 0 ? tagged : lines;
  });
}

/**
 * The usable keys of the gateway's (`ours`) and the device's descriptions: who writes one protects with its keys what it
 * sends itself (RFC 4568, 5.1).
 */
export function sdesKeys(ours: readonly CryptoLine[], theirs: readonly CryptoLine[]): readonly LegKey[] {
  const chosen = chosenLines(ours, theirs);
  return [
    ...chosen.ours.flatMap((line) => keysOfLine(line, 'outbound')),
    ...chosen.theirs.flatMap((line) => keysOfLine(line, 'inbound')),
  ];
}

const keysOfLine = ({ mLine, suite, keys, problem }: CryptoLine, direction: Direction): readonly LegKey[] =>
  problem === undefined ? keys.map((key) => ({ direction, suite, key, mLine })) : [];

/**
 * An SDP in which no key is left: of `a=crypto` stay tag and suite, so that one still sees how the media is keyed. Goes for
 * every other place that may hold a key as well: capabilities (RFC 5939), `k=` (RFC 4566, 5.12), MIKEY (RFC 4567).
 */
export function withoutKeys(sdp: string): string {
  return sdp
    .split(/(\r\n|\r|\n)/)
    .map((line) => withoutKey(line))
    .join('');
}

function withoutKey(line: string): string {
  const crypto = /^(\s*a\s*=\s*crypto\s*:)(.*)$/i.exec(line);
  if (crypto !== null) {
    const [tag = '', suite = ''] = (crypto[2] ?? '').trim().split(/\s+/);
    const known = /^\d{1,9}$/.test(tag) && isSuiteName(suite);
    return `${crypto[1]}${known ? `${tag} ${suite}` : '0 unknown'} inline:${WITHHELD}`;
  }
  if (/^\s*k\s*=/i.test(line)) return `k=prompt`;
  return line.replace(/inline:[^\s;]+/gi, `inline:${WITHHELD}`).replace(/(key-mgmt:\s*\w+\s+)\S.*$/i, `$1${WITHHELD}`);
}
