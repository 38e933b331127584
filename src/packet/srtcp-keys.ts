import { createCipheriv } from 'node:crypto';
import type { SrtpKey } from './srtp-key.ts';

/** What SRTCP packets are protected with: session keys (RFC 3711, 4.3). */
export type SrtcpKeys = {
  readonly encryption: Uint8Array;
  /** Of HMAC-SHA1; AEAD suites have none. */
  readonly authentication: Uint8Array;
  /** As long as the master salt. */
  readonly salt: Uint8Array;
};

/** Labels of SRTCP (RFC 3711, 4.3.2). */
const LABEL = { encryption: 3, authentication: 4, salt: 5 };

/** HMAC-SHA1 (RFC 3711, 5.2). Octets. */
const AUTHENTICATION_KEY = 20;

/** The label is the first of the 7 octets of key_id, which ends where the salt of 14 octets does (RFC 3711, 4.3.1). */
const LABEL_AT = 7;

const derived = new WeakMap<SrtpKey, SrtcpKeys>();

/** The session keys of a master key; derived once. A key derivation rate is not supported: it is taken as 0. */
export function srtcpKeys(key: SrtpKey): SrtcpKeys {
  const known = derived.get(key);
  if (known !== undefined) return known;
  const { keyLength, saltLength, kind } = key.suite;
  const keys = {
    encryption: sessionKey(key, LABEL.encryption, keyLength),
    authentication: sessionKey(key, LABEL.authentication, kind === 'counter' ? AUTHENTICATION_KEY : 0),
    salt: sessionKey(key, LABEL.salt, saltLength),
  };
  derived.set(key, keys);
  return keys;
}

/**
 * `length` octets of the generator for a label (RFC 3711, 4.3.3): AES counter mode over zeros, from
 * (label · 2^48 XOR salt) · 2^16 on. A salt of 96 bits stands in its upper part (RFC 7714, 11).
 */
export function sessionKey({ suite, masterKey, masterSalt }: SrtpKey, label: number, length: number): Uint8Array {
  const counter = new Uint8Array(16);
  counter.set(masterSalt);
  counter[LABEL_AT] = (counter[LABEL_AT] ?? 0) ^ label;
  return createCipheriv(suite.derivation, masterKey, counter).update(new Uint8Array(length));
}
