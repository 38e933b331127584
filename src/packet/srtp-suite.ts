/** A crypto suite of SRTP as far as RTCP needs it. Lengths in octets. */
export type SrtpSuite = {
  /** As the registry of RFC 4568, 10.3.2.1 has it. */
  readonly name: string;
  readonly keyLength: number;
  readonly saltLength: number;
  /** Cipher of the key derivation (RFC 3711, 4.3.3; RFC 6188, 3; RFC 7714, 11): always counter mode. */
  readonly derivation: 'aes-128-ctr' | 'aes-192-ctr' | 'aes-256-ctr';
} & (
  | {
      readonly kind: 'counter';
      /**
       * Lengths of the SRTCP tag, the likely one first. The suites that end in 32 shorten that of SRTP only (RFC 4568,
       * 6.2.2), but some senders shorten both.
       */
      readonly tagLengths: readonly number[];
    }
  | { readonly kind: 'gcm'; readonly cipher: 'aes-128-gcm' | 'aes-256-gcm' }
);

/** Octets: RFC 3711, 4.2.1 with 5.2; of AEAD RFC 7714, 13.1. */
const TAG_80 = 10;
const TAG_32 = 4;

const counter = (name: string, bits: 128 | 192 | 256, tagLengths: readonly number[]): SrtpSuite => ({
  name,
  kind: 'counter',
  keyLength: bits / 8,
  saltLength: 14,
  derivation: `aes-${bits}-ctr`,
  tagLengths,
});

const gcm = (name: string, bits: 128 | 256): SrtpSuite => ({
  name,
  kind: 'gcm',
  keyLength: bits / 8,
  saltLength: 12,
  derivation: `aes-${bits}-ctr`,
  cipher: `aes-${bits}-gcm`,
});

const SUITES: readonly SrtpSuite[] = [
  counter('AES_CM_128_HMAC_SHA1_80', 128, [TAG_80]),
  counter('AES_CM_128_HMAC_SHA1_32', 128, [TAG_80, TAG_32]),
  counter('AES_192_CM_HMAC_SHA1_80', 192, [TAG_80]),
  counter('AES_192_CM_HMAC_SHA1_32', 192, [TAG_80, TAG_32]),
  counter('AES_256_CM_HMAC_SHA1_80', 256, [TAG_80]),
  counter('AES_256_CM_HMAC_SHA1_32', 256, [TAG_80, TAG_32]),
  gcm('AEAD_AES_128_GCM', 128),
  gcm('AEAD_AES_256_GCM', 256),
];

/** Names of the same suites elsewhere: in drafts that devices were built by, and in DTLS-SRTP (RFC 5764, RFC 7714). */
const ALIASES: Readonly<Record<string, string>> = {
  AES_CM_192_HMAC_SHA1_80: 'AES_192_CM_HMAC_SHA1_80',
  AES_CM_192_HMAC_SHA1_32: 'AES_192_CM_HMAC_SHA1_32',
  AES_CM_256_HMAC_SHA1_80: 'AES_256_CM_HMAC_SHA1_80',
  AES_CM_256_HMAC_SHA1_32: 'AES_256_CM_HMAC_SHA1_32',
  SRTP_AES128_CM_HMAC_SHA1_80: 'AES_CM_128_HMAC_SHA1_80',
  SRTP_AES128_CM_HMAC_SHA1_32: 'AES_CM_128_HMAC_SHA1_32',
  SRTP_AES128_CM_SHA1_80: 'AES_CM_128_HMAC_SHA1_80',
  SRTP_AES128_CM_SHA1_32: 'AES_CM_128_HMAC_SHA1_32',
  SRTP_AEAD_AES_128_GCM: 'AEAD_AES_128_GCM',
  SRTP_AEAD_AES_256_GCM: 'AEAD_AES_256_GCM',
};

const byName: ReadonlyMap<string, SrtpSuite> = new Map(SUITES.map((suite) => [suite.name, suite]));
const aliases: ReadonlyMap<string, string> = new Map(Object.entries(ALIASES));

/** The suite of that name; undefined for one that is unknown to us. */
export function srtpSuite(name: string): SrtpSuite | undefined {
  const upper = name.toUpperCase();
  return byName.get(aliases.get(upper) ?? upper);
}
