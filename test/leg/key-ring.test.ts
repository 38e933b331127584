import { describe, expect, it } from 'vitest';
import { KeyRing, keyProblems } from '../../src/leg/key-ring.ts';

const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const key = (seed: number): string => Buffer.alloc(30, seed).toString('base64');
const line = (tag: number, seed: number, suite = SUITE): string => `a=crypto:${tag} ${suite} inline:${key(seed)}`;
const sdp = (...media: readonly (readonly string[])[]): string =>
  ['v=0', ...media.flatMap((lines) => ['m=audio 2000 RTP/SAVP 0', ...lines]), ''].join('\r\n');

const told = (ring: KeyRing): readonly string[] =>
  ring.of('a').map((one) => `${one.direction} ${Buffer.from(one.key, 'base64')[0]} ${one.channel ?? one.mLine}`);

describe('KeyRing', () => {
  it('has the keys of both descriptions: who wrote it sends under it', () => {
    const ring = new KeyRing();
    ring.put('a', { sdp: { local: sdp([line(1, 1)], [line(1, 2)]), remote: sdp([line(1, 3)], [line(1, 4)]) } });
    expect(told(ring)).toEqual(['outbound 1 0', 'outbound 2 1', 'inbound 3 0', 'inbound 4 1']);
    expect(ring.of('a')[0]).toEqual({ direction: 'outbound', suite: SUITE, key: key(1), mLine: 0 });
  });

  it('has all that is offered until the answer chooses', () => {
    const ring = new KeyRing();
    ring.put('a', { sdp: { remote: sdp([line(1, 1), line(2, 2), line(3, 3, 'F8_128_HMAC_SHA1_80')]) } });
    expect(told(ring)).toEqual(['inbound 1 0', 'inbound 2 0']);
    ring.put('a', { sdp: { local: sdp([line(2, 9)]) } });
    expect(told(ring)).toEqual(['outbound 9 0', 'inbound 2 0']);
  });

  it('keeps the keys before a re-key behind the new ones', () => {
    const ring = new KeyRing();
    ring.put('a', { sdp: { local: sdp([line(1, 1)]), remote: sdp([line(1, 2)]) } });
    ring.put('a', { sdp: { local: sdp([line(1, 3)]) } });
    expect(told(ring)).toEqual(['outbound 3 0', 'inbound 2 0', 'outbound 1 0']);
    ring.put('a', { sdp: { remote: sdp([line(1, 4)]) } });
    expect(told(ring)).toEqual(['outbound 3 0', 'inbound 4 0', 'inbound 2 0', 'outbound 1 0']);
    ring.put('a', { sdp: { remote: sdp([line(1, 2)]) } });
    expect(told(ring)).toEqual(['outbound 3 0', 'inbound 2 0', 'inbound 4 0', 'outbound 1 0']);
  });

  it('keeps what it has where descriptions tell none', () => {
    const ring = new KeyRing();
    ring.put('a', { sdp: { local: sdp([line(1, 1)]) } });
    ring.put('a', { sdp: { local: sdp([`a=crypto:1 ${SUITE} inline:withheld`]) } });
    ring.put('a', { sdp: { local: null, remote: sdp([]) } });
    ring.put('a', { sdp: null });
    ring.put('a', {});
    expect(told(ring)).toEqual(['outbound 1 0']);
  });

  it('has the keys of channels', () => {
    const ring = new KeyRing();
    const crypto = (direction: 'inbound' | 'outbound', seed: number) => ({ direction, suite: SUITE, key: key(seed) });
    ring.put('a', {
      channels: [{ media: 'video', channelIndex: 2, crypto: [crypto('inbound', 1), crypto('outbound', 2)] }],
    });
    expect(told(ring)).toEqual(['inbound 1 video/2', 'outbound 2 video/2']);
    ring.put('a', { channels: [{ media: 'audio', channelIndex: 1, crypto: [crypto('inbound', 3)] }] });
    ring.put('a', { channels: [{ media: 'video', channelIndex: 2, crypto: [crypto('inbound', 4)] }] });
    expect(told(ring)).toEqual(['inbound 4 video/2', 'inbound 3 audio/1', 'inbound 1 video/2', 'outbound 2 video/2']);
  });

  it('knows a leg until it is forgotten, and no other', () => {
    const ring = new KeyRing();
    ring.put('a', { sdp: { local: sdp([line(1, 1)]) } });
    expect(ring.of('b')).toEqual([]);
    ring.forget('a');
    expect(ring.of('a')).toEqual([]);
  });

  it('has an end, with the newest in it', () => {
    const ring = new KeyRing();
    for (let seed = 1; seed <= 100; seed += 1) ring.put('a', { sdp: { local: sdp([line(1, seed)]) } });
    expect(told(ring)).toHaveLength(64);
    expect(told(ring).slice(0, 2)).toEqual(['outbound 100 0', 'outbound 99 0']);
  });
});

describe('keyProblems', () => {
  const ofChannel = (suite: string, text: string) => ({
    channels: [{ media: 'audio', channelIndex: 1, crypto: [{ direction: 'inbound', suite, key: text }] }] as const,
  });

  it('names suites that are not supported, and no key', () => {
    expect(keyProblems(ofChannel(SUITE, `inline:${key(1)}|2^31`))).toEqual([]);
    expect(keyProblems(ofChannel('SEED_CTR_128_HMAC_SHA1_80', key(1)))).toEqual([
      'audio/1, crypto 1: the suite SEED_CTR_128_HMAC_SHA1_80 is not supported',
    ]);
  });

  it('refuses a key of a channel that is none, with its place', () => {
    const wrong = Buffer.alloc(20, 7).toString('base64');
    const refused = (): unknown => keyProblems(ofChannel(SUITE, wrong));
    expect(refused).toThrow('audio/1, crypto 1: the key has 20 octets, AES_CM_128_HMAC_SHA1_80 takes 30: key and salt');
    expect(refused).toThrow(expect.objectContaining({ code: 'BODY_INVALID', hint: expect.stringContaining('base64') }));
  });

  it('names the m-lines none of whose keys can be used', () => {
    const remote = sdp([line(1, 1), line(2, 2, 'X_Y')], [line(1, 3, 'X_Y'), 'a=crypto:2'], []);
    expect(keyProblems({ sdp: { local: sdp([line(1, 1)]), remote } })).toEqual([
      'sdp.remote, m-line 2: a=crypto 1: the suite X_Y is not supported; a=crypto 2: its key is not inline',
    ]);
  });
});
