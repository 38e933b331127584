import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { srtpKey } from '../../src/packet/srtp-key.ts';
import { hex } from './wire.ts';

/** RFC 4568, 4.1: the example of the specification. */
const KEY = 'PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR';
const SUITE = 'AES_CM_128_HMAC_SHA1_80';

describe('a key as RFC 4568 writes it', () => {
  it.each([
    ['alone', KEY, undefined],
    ['with its method', `inline:${KEY}`, undefined],
    ['with a lifetime', `inline:${KEY}|2^20`, undefined],
    ['with a lifetime in decimals', `${KEY}|1048576`, undefined],
    ['with all', `inline:${KEY}|2^20|1:32`, hex(`${'00'.repeat(31)}01`)],
    ['with an identifier and no lifetime', `${KEY}|258:2`, hex('0102')],
    ['with an identifier that is longer than its field', `${KEY}|259:1`, hex('03')],
    ['with an empty lifetime', `${KEY}||66051:4`, hex('00010203')],
  ])('%s', (_, text, mki) => {
    const key = srtpKey(SUITE, text);
    if ('problem' in key) expect.fail(key.problem);
    expect(Buffer.concat([key.masterKey, key.masterSalt]).toString('base64')).toBe(KEY);
    expect([key.masterKey.length, key.masterSalt.length]).toEqual([16, 14]);
    expect(key.mki).toEqual(mki);
  });

  it.each([
    [SUITE, 30, 16, 14],
    ['AES_CM_128_HMAC_SHA1_32', 30, 16, 14],
    ['AES_192_CM_HMAC_SHA1_80', 38, 24, 14],
    ['AES_256_CM_HMAC_SHA1_80', 46, 32, 14],
    ['AES_CM_256_HMAC_SHA1_80', 46, 32, 14],
    ['AES_256_CM_HMAC_SHA1_32', 46, 32, 14],
    ['AEAD_AES_128_GCM', 28, 16, 12],
    ['AEAD_AES_256_GCM', 44, 32, 12],
    ['aead_aes_256_gcm', 44, 32, 12],
    ['SRTP_AES128_CM_HMAC_SHA1_80', 30, 16, 14],
    ['SRTP_AEAD_AES_256_GCM', 44, 32, 12],
  ])('of %s has %d octets', (suite, length, keyLength, saltLength) => {
    const octets = Buffer.alloc(length, 7);
    for (const text of [octets.toString('base64'), octets.toString('base64').replace(/=/g, '')]) {
      const key = srtpKey(suite, text);
      if ('problem' in key) expect.fail(key.problem);
      expect([key.masterKey.length, key.masterSalt.length]).toEqual([keyLength, saltLength]);
    }
    const longer = srtpKey(suite, Buffer.alloc(length + 1).toString('base64'));
    expect(longer).toEqual({ problem: expect.stringMatching(`has ${length + 1} octets, .* takes ${length}`) });
  });

  it.each([
    ['F8_128_HMAC_SHA1_80', KEY, /suite F8_128_HMAC_SHA1_80 is not supported/],
    // A key where the suite should be is not repeated.
    [KEY, KEY, /suite that is told is not supported/],
    ['NULL', KEY, /suite that is told is not supported/],
    [SUITE, '', /no base64/],
    [SUITE, 'not base64 at all', /no base64/],
    [SUITE, 'AAAA', /has 3 octets, AES_CM_128_HMAC_SHA1_80 takes 30/],
    [SUITE, `${KEY}|soon`, /neither a lifetime nor MKI:length/],
    [SUITE, `${KEY}|2^20|1:0`, /neither/],
    [SUITE, `${KEY}|2^20|1:129`, /neither/],
    [SUITE, `${KEY}|2^20|x:4`, /neither/],
    [SUITE, `${KEY}|1:4|2^20`, /neither/],
    [SUITE, `${KEY}|2^20|1:4|more`, /neither/],
  ])('%s %s is none', (suite, text, problem) => {
    const key = srtpKey(suite, text);
    if (!('problem' in key)) expect.fail('taken');
    expect(key.problem).toMatch(problem);
    expect(key.problem).not.toContain(KEY.slice(0, 8));
    expect(key.unsupported).toBe(/supported/.test(key.problem) ? true : undefined);
  });

  it('that is anything else is refused without being repeated', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string().map((rest) => `inline:${KEY}${rest}`),
      fc.base64String(),
    );
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(SUITE, 'AEAD_AES_128_GCM'), fc.string()), text, (suite, told) => {
        const key = srtpKey(suite, told);
        if ('problem' in key) expect(key.problem).not.toContain(KEY.slice(0, 8));
        else expect(key.masterKey.length + key.masterSalt.length).toBe(key.suite.keyLength + key.suite.saltLength);
      }),
    );
  });
});
