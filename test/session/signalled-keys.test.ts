import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../src/model/channel.ts';
import { readSip } from '../../src/packet/sip.ts';
import { parseSdp } from '../../src/session/sdp.ts';
import { SipSignalling } from '../../src/session/sip-signalling.ts';
import { protect } from '../packet/srtcp-protect.ts';
import { hex } from '../packet/wire.ts';
import { SOCKETS, sdpOf, type Who } from './sip-messages.ts';

const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const master = (seed: number): Buffer => Buffer.alloc(30, seed);
const crypto = (tag: number, seed: number, suite = SUITE): string =>
  `a=crypto:${tag} ${suite} inline:${master(seed).toString('base64')}`;

/** A description with keys, and other attributes, of its one audio line. */
const keyed = (who: Who, port: number, ...lines: readonly string[]): string =>
  `${sdpOf(who, port)}${lines.join('\r\n')}\r\n`.replace('RTP/AVP', 'RTP/SAVP');

function said(signalling: SipSignalling, who: Who, sequence: number, sdp: string, status = ''): void {
  const to: Who = who === 'room' ? 'gateway' : 'room';
  const lines = [
    status === '' ? 'INVITE sip:meeting@example.com SIP/2.0' : `SIP/2.0 ${status}`,
    'From: <sip:room@example.com>;tag=r',
    `To: <sip:meeting@example.com>${status === '' && sequence === 1 ? '' : ';tag=g'}`,
    'Call-ID: c',
    `CSeq: ${sequence} INVITE`,
    'Content-Type: application/sdp',
    `Content-Length: ${Buffer.byteLength(sdp)}`,
    '',
    sdp,
  ];
  const octets = Buffer.from(lines.join('\r\n'));
  const [message] = readSip(octets, 0, octets.length);
  if (message === undefined) throw new Error('no SIP');
  signalling.message(message, { at: sequence, source: SOCKETS[who], destination: SOCKETS[to] });
}

const COMPOUND = hex('81c90007 11223344 55667788 00000000 00000064 00000003 00000000 00000000');
let index = 0;
const sent = (seed: number): Uint8Array => {
  const octets = master(seed);
  index += 1;
  return protect({ masterKey: octets.subarray(0, 16), masterSalt: octets.subarray(16) }, COMPOUND, index);
};

const at = (who: Who, port: number): Endpoint => ({ address: SOCKETS[who].address, port });

/** Whether RTCP under the key `seed` that goes this way is opened. */
function opens(signalling: SipSignalling, seed: number, source = at('room', 2001), destination = at('gateway', 3001)) {
  const octets = sent(seed);
  const clear = signalling.openRtcp({ source, destination }, octets, 0, octets.length);
  if (clear !== undefined) expect(clear).toEqual(COMPOUND);
  return clear !== undefined;
}

function call(offer: string, answer?: string): SipSignalling {
  const signalling = new SipSignalling();
  said(signalling, 'room', 1, offer);
  if (answer !== undefined) said(signalling, 'gateway', 1, answer, '200 OK');
  return signalling;
}

describe('the keys of signalled calls', () => {
  const signalling = call(keyed('room', 2000, crypto(1, 1)), keyed('gateway', 3000, crypto(1, 2)));

  it('open what their writers send, on the next port or the same', () => {
    expect(opens(signalling, 1)).toBe(true);
    expect(opens(signalling, 1, at('room', 2000), at('gateway', 3000))).toBe(true);
    expect(opens(signalling, 2, at('gateway', 3001), at('room', 2001))).toBe(true);
    expect(opens(signalling, 2)).toBe(false);
    expect(opens(signalling, 1, at('gateway', 3001), at('room', 2001))).toBe(false);
  });

  it('are found by where it goes to, when it comes from elsewhere than was signalled', () => {
    const nat = { address: '203.0.113.9', port: 61_001 };
    expect(opens(signalling, 1, nat)).toBe(true);
    expect(opens(signalling, 2, nat)).toBe(false);
    expect(opens(signalling, 1, nat, { address: '203.0.113.10', port: 9 })).toBe(false);
  });

  it('are found where a=rtcp tells', () => {
    const apart = call(keyed('room', 2000, 'a=rtcp:2777', crypto(1, 1)), keyed('gateway', 3000, crypto(1, 2)));
    expect(opens(apart, 1, at('room', 2777), at('gateway', 3001))).toBe(true);
  });

  it('are those of the answer’s tag, and before it all that were offered', () => {
    const offer = keyed('room', 2000, crypto(1, 1), crypto(2, 3), crypto(3, 4, 'SEED_128_CCM_80'));
    const ringing = call(offer);
    expect([opens(ringing, 1), opens(ringing, 3)]).toEqual([true, true]);
    said(ringing, 'gateway', 1, keyed('gateway', 3000, crypto(2, 2)), '200 OK');
    expect([opens(ringing, 1), opens(ringing, 3)]).toEqual([false, true]);
  });

  it('change with a new description', () => {
    const changed = call(keyed('room', 2000, crypto(1, 1)), keyed('gateway', 3000, crypto(1, 2)));
    said(changed, 'room', 2, keyed('room', 2000, crypto(1, 5)));
    said(changed, 'gateway', 2, keyed('gateway', 3000, crypto(1, 6)), '200 OK');
    expect([opens(changed, 1), opens(changed, 5)]).toEqual([false, true]);
    expect(opens(changed, 6, at('gateway', 3001), at('room', 2001))).toBe(true);
  });

  it('may be in a description beside the capture', () => {
    const described = new SipSignalling([parseSdp(keyed('room', 2000, crypto(1, 1))), undefined]);
    expect(opens(described, 1)).toBe(true);
    expect(opens(described, 1, at('room', 9001), at('gateway', 9003))).toBe(true);
    expect(opens(described, 2)).toBe(false);
  });

  it('are none in a call in the clear', () => {
    expect(opens(call(sdpOf('room', 2000), sdpOf('gateway', 3000)), 1)).toBe(false);
  });
});
