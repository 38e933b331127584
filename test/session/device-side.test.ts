import { describe, expect, it } from 'vitest';
import { deviceSides } from '../../src/session/device-side.ts';
import type { SipCall } from '../../src/session/sip-call.ts';
import { callOf, SOCKETS, sdpOf } from './sip-messages.ts';

type Side = 'caller' | 'callee';

const call = (
  caller: Partial<SipCall['parties']['caller']> = {},
  callee: Partial<SipCall['parties']['callee']> = {},
): SipCall => {
  const plain = callOf(
    { at: 1, by: 'room', line: 'INVITE', sdp: sdpOf('room', 2000) },
    { at: 2, by: 'gateway', line: '200 INVITE', sdp: sdpOf('gateway', 3000), tag: 'g' },
  );
  return {
    ...plain,
    parties: { caller: { ...plain.parties.caller, ...caller }, callee: { ...plain.parties.callee, ...callee } },
  };
};

const sideOf = (one: SipCall, isDevice?: (address: string) => boolean): Side | undefined =>
  deviceSides([one], isDevice).get(one);

describe('deviceSides', () => {
  it.each([
    [{}, {}, 'caller'],
    [{ agent: 'Pexip Infinity Conferencing Node' }, {}, 'callee'],
    [{}, { agent: 'Cisco-RoomOS/11' }, 'callee'],
    [{ agent: 'PolycomRealPresenceGroup500/6.2' }, { agent: 'TANDBERG/530' }, 'caller'],
    [{ agent: 'Asterisk PBX 18' }, { agent: 'Yealink VC800' }, 'callee'],
    [{ agent: 'baresip v1' }, { agent: 'baresip v1' }, 'caller'],
  ] as const)('caller %j, callee %j: the %s', (caller, callee, side) => {
    expect(sideOf(call(caller, callee))).toBe(side);
  });

  it('takes the address that fewer calls share', () => {
    const endpoint = (address: string) => ({ endpoint: { address, port: 5060 } });
    const incoming = call(endpoint('10.1.0.5'), endpoint('10.0.0.1'));
    const outgoing = call(endpoint('10.0.0.1'), endpoint('10.1.0.6'));
    const sides = deviceSides([incoming, outgoing]);
    expect([sides.get(incoming), sides.get(outgoing)]).toEqual(['caller', 'callee']);
  });

  it('believes who names the address, of the media first', () => {
    expect(sideOf(call(), (address) => address === SOCKETS.gateway.address)).toBe('callee');
    const proxied = call({ endpoint: { address: '192.0.2.1', port: 5060 } });
    expect(sideOf(proxied, (address) => address === SOCKETS.room.address)).toBe('caller');
    expect(sideOf(proxied, (address) => address === '192.0.2.1')).toBe('caller');
    expect(sideOf(call(), () => false)).toBeUndefined();
    expect(sideOf(call(), () => true)).toBe('caller');
  });
});
