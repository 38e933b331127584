import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chosenLines, cryptoLines, srtpKeysOf, withoutKeys } from '../../src/session/sdes.ts';
import { parseSdp } from '../../src/session/sdp.ts';

const KEY = Buffer.alloc(30, 1).toString('base64');
const OTHER = Buffer.alloc(30, 2).toString('base64');
const LONG = Buffer.alloc(46, 3).toString('base64');
const SUITE = 'AES_CM_128_HMAC_SHA1_80';

const sdp = (...lines: readonly string[]): string =>
  `${['v=0', 'o=- 1 1 IN IP4 10.0.0.1', 's=-', 'c=IN IP4 10.0.0.1', 't=0 0', ...lines].join('\r\n')}\r\n`;
const AUDIO = 'm=audio 2000 RTP/SAVP 0';
const VIDEO = 'm=video 2002 RTP/SAVP 96';

describe('a=crypto', () => {
  it('is read with all its parts, by m-line', () => {
    const text = sdp(
      `a=crypto:9 ${SUITE} inline:${OTHER}`, // not of any medium
      AUDIO,
      `a=crypto:1 ${SUITE} inline:${KEY}|2^20|1:4;inline:${OTHER}|2^20|2:4 UNENCRYPTED_SRTCP KDR=0`,
      VIDEO,
      `a=crypto:2 AES_256_CM_HMAC_SHA1_80 inline:${LONG}`,
      'a=crypto:3 F8_128_HMAC_SHA1_80 inline:AAAA FEC_ORDER=SRTP_FEC',
    );
    const [audio, video, unsupported, ...more] = cryptoLines(text);
    expect(audio).toEqual({
      mLine: 0,
      tag: 1,
      suite: SUITE,
      keys: [`${KEY}|2^20|1:4`, `${OTHER}|2^20|2:4`],
      parameters: ['UNENCRYPTED_SRTCP', 'KDR=0'],
    });
    expect(video).toEqual({
      mLine: 1,
      tag: 2,
      suite: 'AES_256_CM_HMAC_SHA1_80',
      keys: [LONG],
      parameters: [],
    });
    expect(unsupported).toMatchObject({ mLine: 1, tag: 3, problem: 'the suite F8_128_HMAC_SHA1_80 is not supported' });
    expect(more).toEqual([]);
    expect(audio && srtpKeysOf(audio).map(({ mki }) => mki?.[3])).toEqual([1, 2]);
    expect(unsupported && srtpKeysOf(unsupported)).toEqual([]);
    expect(parseSdp(text).map(({ crypto, security }) => [crypto, security])).toEqual([
      [[audio], 'sdes'],
      [[video, unsupported], 'sdes'],
    ]);
  });

  it.each([
    ['nothing', '', /no tag/],
    ['a tag alone', '1', /not inline/],
    ['no method', `1 ${SUITE} ${KEY}`, /not inline/],
    ['another method beside', `1 ${SUITE} inline:${KEY};other:abc`, /not inline/],
    ['a tag that is none', `1a ${SUITE} inline:${KEY}`, /no tag/],
    ['a short key', `1 ${SUITE} inline:AAAA`, /has 3 octets/],
    ['no base64', `1 ${SUITE} inline:%%%`, /no base64/],
    ['a key derivation rate', `1 ${SUITE} inline:${KEY} KDR=24`, /derivation rate/],
    ['a long tag', `999999999 ${SUITE} inline:${KEY}`, undefined],
    ['a tag with a zero', `01 ${SUITE} inline:${KEY}`, undefined],
    ['blanks', ` 1  ${SUITE}  inline:${KEY}  `, undefined],
  ])('of %s', (_, line, problem) => {
    const [read, ...more] = cryptoLines(sdp(AUDIO, `a=crypto:${line}`));
    expect(more).toEqual([]);
    if (problem === undefined) expect(read).toMatchObject({ keys: [KEY], suite: SUITE });
    else expect(read?.problem).toMatch(problem);
    expect(read !== undefined && 'problem' in read).toBe(problem !== undefined);
  });
});

describe('the lines that count', () => {
  const lines = (...told: readonly (readonly [mLine: number, tag: number])[]) =>
    told.map(([mLine, tag]) => ({ mLine, tag, suite: SUITE, keys: [`${mLine}.${tag}`], parameters: [] }));
  it.each([
    [
      'the answer has the tag of the offer',
      [
        [0, 1],
        [0, 2],
        [0, 3],
      ],
      [[0, 2]],
      ['0.2'],
      ['0.2'],
    ],
    [
      'the other side offered',
      [[0, 1]],
      [
        [0, 1],
        [0, 2],
      ],
      ['0.1'],
      ['0.1'],
    ],
    [
      'for each m-line',
      [
        [0, 1],
        [0, 2],
        [1, 1],
        [1, 2],
      ],
      [
        [0, 2],
        [1, 1],
      ],
      ['0.2', '1.1'],
      ['0.2', '1.1'],
    ],
    [
      'no answer yet',
      [
        [0, 1],
        [0, 2],
      ],
      [],
      ['0.1', '0.2'],
      [],
    ],
    [
      'an answer of another m-line',
      [
        [0, 1],
        [0, 2],
      ],
      [[1, 1]],
      ['0.1', '0.2'],
      ['1.1'],
    ],
    [
      'a tag that was not offered',
      [
        [0, 1],
        [0, 2],
      ],
      [[0, 7]],
      ['0.1', '0.2'],
      ['0.7'],
    ],
    ['one on both sides, tags differ', [[0, 1]], [[0, 2]], ['0.1'], ['0.2']],
    [
      'several on both sides',
      [
        [0, 1],
        [0, 2],
      ],
      [
        [0, 1],
        [0, 2],
      ],
      ['0.1', '0.2'],
      ['0.1', '0.2'],
    ],
  ] as const)('%s', (_, ours, theirs, oursChosen, theirsChosen) => {
    const chosen = chosenLines(lines(...ours), lines(...theirs));
    expect(chosen.ours.flatMap(({ keys }) => keys)).toEqual(oursChosen);
    expect(chosen.theirs.flatMap(({ keys }) => keys)).toEqual(theirsChosen);
  });
});

describe('withoutKeys', () => {
  it.each([
    [`a=crypto:1 ${SUITE} inline:${KEY}|2^20|1:4 KDR=1`, `a=crypto:1 ${SUITE} inline:withheld`],
    [`a=crypto:2 AEAD_AES_256_GCM inline:${KEY};inline:${KEY}`, 'a=crypto:2 AEAD_AES_256_GCM inline:withheld'],
    // A key in the wrong place.
    [`a=crypto:1 ${KEY} ${SUITE}`, 'a=crypto:0 unknown inline:withheld'],
    [`a=crypto:${KEY}`, 'a=crypto:0 unknown inline:withheld'],
    [` A=CRYPTO: 1 ${SUITE} ${KEY}`, ` A=CRYPTO:1 ${SUITE} inline:withheld`],
    [`a=acap:1 crypto:1 ${SUITE} inline:${KEY}|2^20`, `a=acap:1 crypto:1 ${SUITE} inline:withheld`],
    [`a=x:FEC_KEY=inline:${KEY};y`, 'a=x:FEC_KEY=inline:withheld;y'],
    [`a=key-mgmt:mikey ${KEY}`, 'a=key-mgmt:mikey withheld'],
    [`k=base64:${KEY}`, 'k=prompt'],
    [`k=clear:${KEY}`, 'k=prompt'],
    ['a=rtpmap:0 PCMU/8000', 'a=rtpmap:0 PCMU/8000'],
    ['a=fingerprint:sha-256 AA:BB', 'a=fingerprint:sha-256 AA:BB'],
  ])('%s', (line, left) => {
    const text = sdp(AUDIO, line, 'a=sendrecv');
    expect(withoutKeys(text)).toBe(sdp(AUDIO, left, 'a=sendrecv'));
    expect(withoutKeys(withoutKeys(text))).toBe(withoutKeys(text));
    expect(withoutKeys(text)).not.toContain(KEY);
  });

  it('leaves no key, wherever it stands and however lines end, and the rest as it was', () => {
    const place = fc.constantFrom(
      `a=crypto:1 ${SUITE} inline:${KEY}`,
      `a=crypto:x ${KEY} inline:${KEY} ${KEY}`,
      `a=acap:2 crypto:3 ${SUITE} INLINE:${KEY}|2^31`,
      `k=base64:${KEY}`,
    );
    const other = fc.constantFrom(AUDIO, VIDEO, 'a=sendonly', 'b=AS:64', '', 'a=mid:inline');
    const lines = fc.array(fc.tuple(fc.oneof(place, other), fc.constantFrom('\r\n', '\n', '\r')));
    fc.assert(
      fc.property(lines, (parts) => {
        const text = parts.flat().join('');
        const left = withoutKeys(text);
        expect(left).not.toContain(KEY);
        expect(left.split(/\r\n|\r|\n/)).toHaveLength(text.split(/\r\n|\r|\n/).length);
        expect(cryptoLines(left).flatMap(({ keys }) => keys)).toEqual([]);
        if (!text.includes(KEY)) expect(left).toBe(text);
      }),
    );
  });

  it('leaves an SDP that reads the same but for its keys', () => {
    const text = sdp(AUDIO, `a=crypto:1 ${SUITE} inline:${KEY}`, 'a=rtcp-mux', VIDEO, 'a=rtpmap:96 H264/90000');
    const without = (media: ReturnType<typeof parseSdp>) => media.map(({ crypto: _, ...rest }) => rest);
    expect(without(parseSdp(withoutKeys(text)))).toEqual(without(parseSdp(text)));
    expect(parseSdp(withoutKeys(text))[0]).not.toHaveProperty('crypto');
  });
});

const HOSTILE = '../shared/captures/hostile/payload-sdes';
const isThere = existsSync(HOSTILE);

describe.skipIf(!isThere && process.env['OTHERLEG_TEST_ALL'] !== '1')(
  `hostile session descriptions${isThere ? '' : ` (none in ${HOSTILE})`}`,
  () => {
    const files = isThere ? readdirSync(HOSTILE) : [];
    it('are read, and lose their keys', () => {
      expect(files.length).toBeGreaterThan(0);
      const problems = files.flatMap((name) => {
        const text = readFileSync(join(HOSTILE, name), 'utf8');
        expect(withoutKeys(text)).not.toMatch(/AAECAwQ/);
        return cryptoLines(text).map(({ problem }) => `${name.replace(/.*crypto-|\.sdp/g, '')}: ${problem}`);
      });
      expect(problems.toSorted()).toEqual([
        'large-tag: the key has 28 octets, AES_CM_128_HMAC_SHA1_80 takes 30: key and salt',
        'leading-zero-tag: the key has 28 octets, AES_CM_128_HMAC_SHA1_80 takes 30: key and salt',
        'missing-components: its key is not inline',
        'missing-method: its key is not inline',
        'multiple-tags: the key has 28 octets, AES_CM_128_HMAC_SHA1_32 takes 30: key and salt',
        'multiple-tags: the key has 28 octets, AES_CM_128_HMAC_SHA1_80 takes 30: key and salt',
        'multiple-tags: the key has 47 octets, AES_256_CM_HMAC_SHA1_80 takes 46: key and salt',
        'non-decimal-tag: it has no tag',
        'short-key: the key has 3 octets, AES_CM_128_HMAC_SHA1_80 takes 30: key and salt',
      ]);
    });
  },
);
