import type { CallSide } from './negotiation.ts';
import type { SipCall } from './sip-call.ts';

/** Products that only stand in rooms, as they call themselves in User-Agent and Server. */
const ROOM_DEVICE =
  /tandberg|telepresence|roomos|\bcisco[-/ ](?:ce|tc|sx|mx|dx|ex|codec|room|desk|board)|poly(?:com)?.*(?:group|hdx|realpresence|studio|trio|g7500|x[357]0|debut)|lifesize|yealink.*(?:vc|meeting)|huawei.*te\d|sony.*pcs|aver.*evc|logitech/i;

/** Software that stands beside the meeting. */
const GATEWAY =
  /pexip|acano|meeting server|rmx|mcu|conference|asterisk|freeswitch|kamailio|opensips|sbc|gateway|b2bua/i;

type IsAddress = (address: string) => boolean;

/** What tells the sides of calls apart besides what they say. */
export type KnownSides = {
  /** Somebody named the address as a device's. Where anything was named, calls of nobody named are none of ours. */
  readonly isDevice?: IsAddress | undefined;
  /** The address is one of the gateway's host. */
  readonly isGateway?: IsAddress | undefined;
  /** The addresses of calls that are forgotten. */
  readonly past?: Iterable<readonly string[]>;
};

/**
 * Which side of each call is the device. In order: an address that somebody named as the device's; the side whose other
 * side has the gateway's address; a side that calls itself a room device, or whose other side calls itself a gateway; the
 * side that has the address fewer calls share (the gateway takes part in all of them); the caller, because rooms dial in.
 */
export function deviceSides(
  calls: readonly SipCall[],
  { isDevice, isGateway, past = [] }: KnownSides = {},
): ReadonlyMap<SipCall, CallSide> {
  const shared = addressCounts(calls, past);
  const sides = new Map<SipCall, CallSide>();
  for (const call of calls) {
    const opposite = isGateway && sideWith(call, isGateway);
    const facing = opposite && other(opposite);
    const side = isDevice === undefined ? (facing ?? guessed(call, shared)) : named(call, isDevice, facing);
    if (side !== undefined) sides.set(call, side);
  }
  return sides;
}

/** Named networks may hold the gateway, too: then the side that faces it. */
function named(call: SipCall, isDevice: IsAddress, facing: CallSide = 'caller'): CallSide | undefined {
  const both = mediaOf(call, 'caller', isDevice) && mediaOf(call, 'callee', isDevice);
  return sideWith(call, isDevice) ?? (both ? facing : undefined);
}

/** The one side whose media or signalling come from such an address; media first: signalling may go through proxies. */
const sideWith = (call: SipCall, isSuch: IsAddress): CallSide | undefined =>
  onlyOne((side) => mediaOf(call, side, isSuch)) ?? onlyOne((side) => isSuch(call.parties[side].endpoint.address));

const mediaOf = ({ agreements }: SipCall, side: CallSide, isSuch: IsAddress): boolean =>
  agreements.some((agreement) => agreement[side]?.some(({ endpoint }) => endpoint && isSuch(endpoint.address)));

function guessed(call: SipCall, shared: ReadonlyMap<string, number>): CallSide {
  const agent = (side: CallSide): string => call.parties[side].agent ?? '';
  const room = onlyOne((side) => ROOM_DEVICE.test(agent(side)));
  const gateway = onlyOne((side) => GATEWAY.test(agent(side)));
  const calls = (side: CallSide): number => shared.get(call.parties[side].endpoint.address) ?? 0;
  const rarer = onlyOne((side) => calls(side) < calls(other(side)));
  return room ?? (gateway && other(gateway)) ?? rarer ?? 'caller';
}

function onlyOne(holds: (side: CallSide) => boolean): CallSide | undefined {
  const [caller, callee] = [holds('caller'), holds('callee')];
  if (caller === callee) return undefined;
  return caller ? 'caller' : 'callee';
}

const other = (side: CallSide): CallSide => (side === 'caller' ? 'callee' : 'caller');

/** In how many calls each signalling address takes part. */
function addressCounts(calls: readonly SipCall[], past: Iterable<readonly string[]>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const addresses of [...calls.map(addressesOf), ...past]) {
    for (const address of new Set(addresses)) counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  return counts;
}

/** From where and to where a call is signalled. */
export const addressesOf = ({ parties: { caller, callee } }: SipCall): readonly string[] => [
  caller.endpoint.address,
  callee.endpoint.address,
];
