import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SrtcpOpener } from '../../src/packet/srtcp-opener.ts';
import { indexOf, openSealed, wasEncrypted } from '../../src/packet/srtcp-packet.ts';
import { type SrtpKey, srtpKey } from '../../src/packet/srtp-key.ts';
import { protect, type Sender } from './srtcp-protect.ts';
import { concat, hex } from './wire.ts';

/** RFC 7714, 17: the packet of all four examples. Their key and salt are those of the session, not the master's. */
const RFC_7714 = hex(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
  deadbeef deadbeef deadbeef deadbeef deadbeef`);
const SESSION = {
  encryption: hex('000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f'),
  authentication: new Uint8Array(),
  salt: hex('51756964 2070726f 2071756f'),
};

describe('AEAD of SRTCP by RFC 7714, 17', () => {
  const packets = [
    {
      section: '17.1',
      cipher: 'aes-128-gcm',
      sealed: `81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
        4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`,
    },
    {
      section: '17.2',
      cipher: 'aes-256-gcm',
      sealed: `81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be
        8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4`,
    },
    {
      section: '17.3',
      cipher: 'aes-128-gcm',
      sealed: `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
        deadbeef deadbeef deadbeef deadbeef deadbeef 841dd968 3dd78ec9 2ae58790 125f62b3 000005d4`,
    },
    {
      section: '17.4',
      cipher: 'aes-256-gcm',
      sealed: `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
        deadbeef deadbeef deadbeef deadbeef deadbeef 91db4afb feee5a97 8fab4393 ed2615fe 000005d4`,
    },
  ] as const;

  it.each(packets)('$section is opened', ({ section, cipher, sealed }) => {
    const keys = { ...SESSION, encryption: SESSION.encryption.subarray(0, cipher === 'aes-128-gcm' ? 16 : 32) };
    const opened = openSealed(cipher, keys, hex(sealed), undefined);
    if (opened === undefined) expect.fail('refused');
    expect(Buffer.from(opened.clear).toString('hex')).toBe(Buffer.from(RFC_7714).toString('hex'));
    expect(indexOf(opened)).toBe(0x5d4);
    expect(wasEncrypted(opened)).toBe(section < '17.3');
  });
});

const SUITES = [
  { suite: 'AES_CM_128_HMAC_SHA1_80', key: 16, salt: 14, tags: [10] },
  { suite: 'AES_CM_128_HMAC_SHA1_32', key: 16, salt: 14, tags: [10, 4] },
  { suite: 'AES_192_CM_HMAC_SHA1_80', key: 24, salt: 14, tags: [10] },
  { suite: 'AES_192_CM_HMAC_SHA1_32', key: 24, salt: 14, tags: [10, 4] },
  { suite: 'AES_256_CM_HMAC_SHA1_80', key: 32, salt: 14, tags: [10] },
  { suite: 'AES_256_CM_HMAC_SHA1_32', key: 32, salt: 14, tags: [10, 4] },
  { suite: 'AEAD_AES_128_GCM', key: 16, salt: 12, tags: [16] },
  { suite: 'AEAD_AES_256_GCM', key: 32, salt: 12, tags: [16] },
] as const;

function read(suite: string, master: Uint8Array, rest = ''): SrtpKey {
  const key = srtpKey(suite, Buffer.from(master).toString('base64') + rest);
  if ('problem' in key) throw new Error(key.problem);
  return key;
}

const master = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 37 + seed * 101) & 255);

function senderOf({ key, salt }: (typeof SUITES)[number], seed = 1, more: Partial<Sender> = {}): Sender {
  const octets = master(key + salt, seed);
  return { masterKey: octets.subarray(0, key), masterSalt: octets.subarray(key), gcm: salt === 12, ...more };
}

/** A sender report with a source description, of SSRC 0x11223344. */
const COMPOUND = hex(`80c80006 11223344 e1f2a3b4 80000000 00001000 00000064 00003e80
  81ca0002 11223344 01026162`);
const opened = (opener: SrtcpOpener, packet: Uint8Array): Uint8Array | undefined =>
  opener.open(packet, 0, packet.length);

describe.each(SUITES)('SRTCP of $suite', (suite) => {
  const key = read(suite.suite, master(suite.key + suite.salt, 1));

  it.each(suite.tags)(
    'is opened with a tag of %d octets, encrypted or not, with an identifier or without',
    (tagLength) => {
      for (const [inClear, mki, rest] of [
        [false, undefined, ''],
        [true, undefined, '|2^31'],
        [false, hex('00 00 00 07'), '|2^20|7:4'],
        [true, hex('07'), '|7:1'],
        // Told, but not sent.
        [false, undefined, '|2^20|7:4'],
      ] as const) {
        const sender = senderOf(suite, 1, { tagLength, inClear, ...(mki && { mki }) });
        const opener = new SrtcpOpener([read(suite.suite, master(suite.key + suite.salt, 1), rest)]);
        const before = protect(sender, COMPOUND, 41);
        const padded = Buffer.concat([Buffer.from([1, 2, 3]), before, Buffer.from([9])]);
        const copy = Buffer.from(padded);
        expect(opener.open(padded, 3, 3 + before.length)).toEqual(COMPOUND);
        expect(padded).toEqual(copy);
        expect(opener.counters).toEqual({ opened: 1, inClear: inClear ? 1 : 0, repeated: 0, refused: 0 });
      }
    },
  );

  it('is opened for any compound and any index of 31 bits', () => {
    const opener = new SrtcpOpener([key]);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 300 }),
        fc.oneof(fc.integer({ min: 0, max: 0x7fff_ffff }), fc.constantFrom(0, 0x7fff_ffff)),
        fc.boolean(),
        (compound, index, inClear) => {
          expect(opened(opener, protect(senderOf(suite, 1, { inClear }), compound, index))).toEqual(compound);
        },
      ),
      { numRuns: 60 },
    );
    expect(opener.counters.refused).toBe(0);
  });

  it('is refused when one bit differs, when it is cut, and under another key', () => {
    const packet = protect(senderOf(suite), COMPOUND, 5);
    const opener = new SrtcpOpener([key]);
    const bits = 8 * packet.length;
    for (let bit = 0; bit < bits; bit += 1) {
      const damaged = Uint8Array.from(packet);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(opened(opener, damaged)).toBeUndefined();
    }
    // A tag of 80 bits without its end is one of 32.
    const lengths = Array.from(packet.keys()).filter((end) => suite.tags.length === 1 || end !== packet.length - 6);
    for (const end of lengths) expect(opener.open(packet, 0, end)).toBeUndefined();
    expect(opened(opener, protect(senderOf(suite, 2), COMPOUND, 5))).toBeUndefined();
    expect(opener.counters).toEqual({ opened: 0, inClear: 0, repeated: 0, refused: bits + lengths.length + 1 });
  });
});

describe('the keys of a direction', () => {
  const [suite] = SUITES;
  const keyOf = (seed: number): SrtpKey => read(suite.suite, master(30, seed));

  it('are all tried after a re-key, the one that fitted last first', () => {
    const opener = new SrtcpOpener([1, 2, 3, 4].map(keyOf));
    for (const [index, seed] of [3, 3, 1, 3, 4, 2].entries()) {
      expect(opened(opener, protect(senderOf(suite, seed), COMPOUND, index))).toEqual(COMPOUND);
    }
    expect(opened(opener, protect(senderOf(suite, 5), COMPOUND, 9))).toBeUndefined();
    expect(opener.counters).toEqual({ opened: 6, inClear: 0, repeated: 0, refused: 1 });
  });

  it('may be of several suites, and none at all', () => {
    const opener = new SrtcpOpener(SUITES.map((one) => read(one.suite, master(one.key + one.salt, 1))));
    for (const one of SUITES) expect(opened(opener, protect(senderOf(one), COMPOUND, 1))).toEqual(COMPOUND);
    const none = new SrtcpOpener([]);
    expect(opened(none, protect(senderOf(suite), COMPOUND, 1))).toBeUndefined();
    expect(none.counters.refused).toBe(1);
  });

  it('are told apart by their identifiers', () => {
    const told = (seed: number) => read(suite.suite, master(30, seed), `|2^20|${seed}:2`);
    const sent = (seed: number) => protect(senderOf(suite, seed, { mki: hex(`000${seed}`) }), COMPOUND, seed);
    const opener = new SrtcpOpener([told(1), told(2)]);
    expect(opened(opener, sent(2))).toEqual(COMPOUND);
    expect(opened(opener, sent(1))).toEqual(COMPOUND);
    // The right key under the name of the other.
    expect(opened(opener, protect(senderOf(suite, 1, { mki: hex('0002') }), COMPOUND, 3))).toBeUndefined();
  });
});

describe('a packet that comes again', () => {
  const [suite] = SUITES;
  const other = hex(`80c80006 55667788 e1f2a3b4 80000000 00001000 00000064 00003e80`);
  const counted = (indices: readonly (number | readonly [number, Uint8Array])[]): number => {
    const opener = new SrtcpOpener([read(suite.suite, master(30, 1))]);
    for (const one of indices) {
      const [index, compound] = typeof one === 'number' ? [one, COMPOUND] : one;
      expect(opened(opener, protect(senderOf(suite), compound, index))).toEqual(compound);
    }
    return opener.counters.repeated;
  };

  it.each([
    ['none', [1, 2, 3], 0],
    ['at once', [1, 1, 2, 2], 2],
    ['out of order', [1, 3, 2, 4], 0],
    ['late', [1, 2, 3, 4, 1, 3], 2],
    ['three times', [7, 7, 7], 2],
    ['at the edge of what is remembered', [1, 32, 1], 1],
    ['too long ago to know', [1, 33, 1], 0],
    ['after a jump', [1, 1000, 1000], 1],
    ['of another sender', [1, [1, other], 2, [2, other], [2, other]], 1],
  ] as const)('%s: is opened again and counted', (_, indices, repeated) => {
    expect(counted(indices)).toBe(repeated);
  });
});

/** werift-rtp, by the sender's side of another implementation. */
type WeriftSession = { encrypt(compound: Buffer): Buffer };
type Werift = { SrtcpSession: new (config: object) => WeriftSession };

describe('packets that werift-rtp protects', () => {
  const { SrtcpSession } = createRequire(import.meta.url)('werift-rtp') as Werift; // its types need the DOM's
  it.each([
    ['AES_CM_128_HMAC_SHA1_80', 1, 14],
    ['AEAD_AES_128_GCM', 7, 12],
  ])('under %s are opened', (suite, profile, salt) => {
    const octets = Buffer.from(master(16 + salt, 3));
    const keys = {
      localMasterKey: octets.subarray(0, 16),
      localMasterSalt: octets.subarray(16),
      remoteMasterKey: octets.subarray(0, 16),
      remoteMasterSalt: octets.subarray(16),
    };
    const session = new SrtcpSession({ keys, profile });
    const opener = new SrtcpOpener([read(suite, octets)]);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 100 }), (rest) => {
        const compound = concat(hex('80c80001 0badcafe'), rest);
        expect(opened(opener, session.encrypt(Buffer.from(compound)))).toEqual(compound);
      }),
      { numRuns: 50 },
    );
    expect(opener.counters).toEqual({ opened: 50, inClear: 0, repeated: 0, refused: 0 });
  });
});

/** What libsrtp 2.5 made of one compound by GStreamer's srtpenc, the third packet of each session. */
const BY_LIBSRTP = [
  [
    'AES_CM_128_HMAC_SHA1_80',
    'HiUsMzpBSE9WXWRrcnmAh46VnKOqsbi/xs3U2+Lp',
    '80c80006112233449eb2904d3309fff6bd3bea7a9872c306891c0a39d783ec1710ce7c7ea40fc8c180000003e3c845aaeb6e433b540c',
  ],
  [
    'AES_CM_128_HMAC_SHA1_32',
    'HiUsMzpBSE9WXWRrcnmAh46VnKOqsbi/xs3U2+Lp',
    '80c80006112233449eb2904d3309fff6bd3bea7a9872c306891c0a39d783ec1710ce7c7ea40fc8c180000003e3c845aa',
  ],
  [
    'AES_256_CM_HMAC_SHA1_80',
    'LjU8Q0pRWF9mbXR7gomQl56lrLO6wcjP1t3k6/L5AAcOFRwjKjE4P0ZNVFtiaQ==',
    '80c8000611223344f405e434815b0901cbecb04012e1bd2452aa8b8b95feed8c3305cd87dda0065a8000000384ec737b15e509e8c667',
  ],
  [
    'AES_256_CM_HMAC_SHA1_32',
    'LjU8Q0pRWF9mbXR7gomQl56lrLO6wcjP1t3k6/L5AAcOFRwjKjE4P0ZNVFtiaQ==',
    '80c8000611223344f405e434815b0901cbecb04012e1bd2452aa8b8b95feed8c3305cd87dda0065a8000000384ec737b',
  ],
  [
    'AEAD_AES_128_GCM',
    'HCMqMTg/Rk1UW2JpcHd+hYyTmqGor7a9xMvS2Q==',
    '80c8000611223344eb48ae7e2deb8a5c309e60196519143cc2b2494a5d3d70f5a624378be8313994de471d78e5a864cea1e481e132a7272080000003',
  ],
  [
    'AEAD_AES_256_GCM',
    'LDM6QUhPVl1ka3J5gIeOlZyjqrG4v8bN1Nvi6fD3/gUMExohKC82PURLUlk=',
    '80c8000611223344643c3731687a9dd39f07dae19653e58b29dd17ebe61f680ee4d955422a836028abc5b889a3db9c713002b8d4538bda6980000003',
  ],
  [
    'AES_CM_128_HMAC_SHA1_80',
    'HiUsMzpBSE9WXWRrcnmAh46VnKOqsbi/xs3U2+Lp|2^31|5:4',
    '80c80006112233449eb2904d3309fff6bd3bea7a9872c306891c0a39d783ec1710ce7c7ea40fc8c18000000300000005e3c845aaeb6e433b540c',
  ],
] as const;

describe('packets that libsrtp protects', () => {
  it.each(BY_LIBSRTP)('under %s are opened', (suite, text, octets) => {
    const key = srtpKey(suite, text);
    if ('problem' in key) expect.fail(key.problem);
    const clear = opened(new SrtcpOpener([key]), hex(octets));
    expect(clear).toEqual(
      hex('80c80006 11223344 e1f2a3b4 80000000 00001000 00000064 00003e82 81ca0002 11223344 01026162'),
    );
  });
});

it('bears any octets', () => {
  const opener = new SrtcpOpener(
    SUITES.flatMap((one) => ['', '|9:128'].map((rest) => read(one.suite, master(one.key + one.salt, 1), rest))),
  );
  const valid = SUITES.map((one) => protect(senderOf(one), COMPOUND, 3));
  const cut = fc
    .tuple(fc.constantFrom(...valid), fc.nat(80), fc.nat(80))
    .map(([packet, from, to]) => packet.slice(from, to));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), cut), fc.integer(), fc.integer(), (octets, start, end) => {
      const clear = opener.open(octets, start, end);
      if (clear !== undefined) expect(clear).toEqual(COMPOUND);
      opener.open(octets, 0, octets.length);
    }),
    { numRuns: 500 },
  );
});
