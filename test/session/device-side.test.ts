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
  deviceSides([one], { isDevice }).get(one);

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

  it('takes the side that faces the gateway, whoever called and whatever they call themselves', () => {
    const endpoint = (address: string) => ({ endpoint: { address, port: 5060 } });
    const at = (own: string) => ({ isGateway: (address: string) => address === own });
    const dialled = call({ agent: 'Cisco-RoomOS/11' }, {});
    expect(deviceSides([dialled], at(SOCKETS.room.address)).get(dialled)).toBe('callee');
    expect(deviceSides([dialled], at(SOCKETS.gateway.address)).get(dialled)).toBe('caller');
    // Signalling by a proxy: the media tell. Where they do not, the signalling does.
    const proxied = call(endpoint('192.0.2.1'), endpoint('192.0.2.2'));
    expect(deviceSides([proxied], at(SOCKETS.room.address)).get(proxied)).toBe('callee');
    expect(deviceSides([proxied], at('192.0.2.1')).get(proxied)).toBe('callee');
    // It stands elsewhere, or both ends are its own: what they call themselves.
    expect(deviceSides([dialled], at('192.0.2.9')).get(dialled)).toBe('caller');
    expect(deviceSides([dialled], { isGateway: () => true }).get(dialled)).toBe('caller');
  });

  it("knows the gateway also in the devices' own network, but not calls of no device", () => {
    const isGateway = (address: string): boolean => address === SOCKETS.room.address;
    const one = call();
    expect(deviceSides([one], { isDevice: () => true, isGateway }).get(one)).toBe('callee');
    expect(deviceSides([one], { isDevice: () => false, isGateway }).get(one)).toBeUndefined();
    const isDevice = (address: string): boolean => address === SOCKETS.room.address;
    expect(deviceSides([one], { isDevice, isGateway }).get(one)).toBe('caller');
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
