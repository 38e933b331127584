import { createCipheriv, createHmac } from 'node:crypto';
import { concat, u32 } from './wire.ts';

/**
 * The sender's side of SRTCP, written from the formulas of RFC 3711, RFC 6188 and RFC 7714 over big integers and single
 * AES blocks: it shares nothing with what it checks.
 */
export type Sender = {
  readonly masterKey: Uint8Array;
  readonly masterSalt: Uint8Array;
  readonly gcm?: boolean;
  readonly tagLength?: number;
  readonly mki?: Uint8Array;
  /** E = 0. */
  readonly inClear?: boolean;
};

export const numberOf = (octets: Uint8Array): bigint => BigInt(`0x0${Buffer.from(octets).toString('hex')}`);

export const octetsOf = (value: bigint, length: number): Uint8Array =>
  Uint8Array.from(Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex'));

function block(key: Uint8Array, value: bigint): Uint8Array {
  const cipher = createCipheriv(`aes-${8 * key.length}-ecb`, key, null).setAutoPadding(false);
  return concat(cipher.update(octetsOf(value, 16)), cipher.final());
}

/** AES counter mode from `from` on (RFC 3711, 4.1.1). */
function keystream(key: Uint8Array, from: bigint, length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 16) }, (_, i) => block(key, from + BigInt(i)));
  return concat(...blocks).subarray(0, length);
}

/** RFC 3711, 4.3.1 and 4.3.3, key derivation rate 0. */
export function derive({ masterKey, masterSalt }: Sender, label: number, length: number): Uint8Array {
  const salt = numberOf(masterSalt) << BigInt(8 * (14 - masterSalt.length));
  return keystream(masterKey, (salt ^ (BigInt(label) << 48n)) << 16n, length);
}

/** One compound as `sender` sends it with this index. */
export function protect(sender: Sender, compound: Uint8Array, index: number): Uint8Array {
  const { masterKey, masterSalt, gcm = false, inClear = false, mki = new Uint8Array() } = sender;
  const header = compound.subarray(0, 8);
  const ssrc = numberOf(compound.subarray(4, 8));
  const key = derive(sender, 3, masterKey.length);
  const salt = numberOf(derive(sender, 5, masterSalt.length));
  const word = u32(inClear ? index : (index | 0x8000_0000) >>> 0);
  if (gcm) {
    const cipher = createCipheriv(
      masterKey.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm',
      key,
      octetsOf(salt ^ (ssrc << 48n) ^ BigInt(index), 12),
    );
    cipher.setAAD(concat(inClear ? compound : header, word));
    const body = cipher.update(inClear ? new Uint8Array() : compound.subarray(8));
    cipher.final();
    return concat(inClear ? compound : concat(header, body), cipher.getAuthTag(), word, mki);
  }
  const counter = (salt << 16n) ^ (ssrc << 64n) ^ (BigInt(index) << 16n);
  const body = compound.subarray(8);
  const stream = keystream(key, counter, body.length);
  const encrypted = inClear ? body : octetsOf(numberOf(body) ^ numberOf(stream), body.length);
  const covered = concat(header, encrypted, word);
  const tag = createHmac('sha1', derive(sender, 4, 20))
    .update(covered)
    .digest();
  return concat(covered, mki, tag.subarray(0, sender.tagLength ?? 10));
}
