import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionKey, srtcpKeys } from '../../src/packet/srtcp-keys.ts';
import type { SrtpKey } from '../../src/packet/srtp-key.ts';
import { srtpSuite } from '../../src/packet/srtp-suite.ts';
import { derive } from './srtcp-protect.ts';
import { hex } from './wire.ts';

function key(name: string, masterKey: Uint8Array, masterSalt: Uint8Array): SrtpKey {
  const suite = srtpSuite(name);
  if (suite === undefined) throw new Error(name);
  return { suite, masterKey, masterSalt };
}

const text = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

describe('key derivation', () => {
  it('is that of RFC 3711, B.3', () => {
    const master = key(
      'AES_CM_128_HMAC_SHA1_80',
      hex('e1f97a0d3e018be0d64fa32c06de4139'),
      hex('0ec675ad498afeebb6960b3aabe6'),
    );
    expect(text(sessionKey(master, 0, 16))).toBe('c61e7a93744f39ee10734afe3ff7a087');
    expect(text(sessionKey(master, 2, 14))).toBe('30cbbc08863d8c85d49db34a9ae1');
    expect(text(sessionKey(master, 1, 94))).toBe(
      [
        'cebe321f6ff7716b6fd4ab49af256a15 6d38baa48f0a0acf3c34e2359e6cdbce e049646c43d9327ad175578ef7227098',
        '6371c10c9a369ac2f94a8c5fbcdddc25 6d6e919a48b610ef17c2041e47403576 6b68642c59bbfc2f34db60dbdfb2',
      ]
        .join('')
        .replace(/ /g, ''),
    );
  });

  it('is that of RFC 6188, 7.2', () => {
    const master = key(
      'AES_256_CM_HMAC_SHA1_80',
      hex('f0f04914b513f2763a1b1fa130f10e29 98f6f6e43e4309d1e622a0e332b9f1b6'),
      hex('3b04803de51ee7c96423ab5b78d2'),
    );
    expect(text(sessionKey(master, 0, 32))).toBe('5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4');
    expect(text(sessionKey(master, 2, 14))).toBe('fa31791685ca444a9e07c6c64e93');
    expect(text(sessionKey(master, 1, 20))).toBe('fd9c32d39ed5fbb5a9dc96b30818454d1313dc05');
  });

  it.each([
    ['AES_CM_128_HMAC_SHA1_80', 16, 14],
    ['AES_192_CM_HMAC_SHA1_80', 24, 14],
    ['AES_256_CM_HMAC_SHA1_32', 32, 14],
    ['AEAD_AES_128_GCM', 16, 12],
    ['AEAD_AES_256_GCM', 32, 12],
  ])('of %s is the closed form, with the labels of SRTCP', (name, keyLength, saltLength) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: keyLength, maxLength: keyLength }),
        fc.uint8Array({ minLength: saltLength, maxLength: saltLength }),
        (masterKey, masterSalt) => {
          const keys = srtcpKeys(key(name, masterKey, masterSalt));
          const sender = { masterKey, masterSalt };
          expect(text(keys.encryption)).toBe(text(derive(sender, 3, keyLength)));
          expect(text(keys.authentication)).toBe(text(derive(sender, 4, saltLength === 14 ? 20 : 0)));
          expect(text(keys.salt)).toBe(text(derive(sender, 5, saltLength)));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('is done once for a key', () => {
    const master = key('AEAD_AES_128_GCM', new Uint8Array(16), new Uint8Array(12));
    expect(srtcpKeys(master)).toBe(srtcpKeys(master));
    expect(srtcpKeys({ ...master })).not.toBe(srtcpKeys(master));
  });
});
