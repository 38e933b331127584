import { BlockList, isIP } from 'node:net';
import type { Device } from '../model/device.ts';
import type { LegControl, LegDevice } from '../model/leg.ts';
import { isPattern, uriMatches } from './device-uri.ts';

/** What goes out where nobody knows better: Graph requires both. */
const UNKNOWN = { name: 'unknown device', description: '-' };

/**
 * The configured device of a leg: by an exact URI, then by a pattern, then by the longest address prefix that holds the
 * signalling address. Ties: the first in the file. Undefined: none is meant.
 */
export function matchDevice(
  devices: readonly Device[],
  { deviceUri, deviceAddress }: Pick<LegControl, 'deviceUri' | 'deviceAddress'>,
): Device | undefined {
  return (
    (deviceUri === undefined ? undefined : (byUri(devices, deviceUri, false) ?? byUri(devices, deviceUri, true))) ??
    (deviceAddress === undefined ? undefined : byAddress(devices, deviceAddress))
  );
}

const byUri = (devices: readonly Device[], deviceUri: string, patterns: boolean): Device | undefined =>
  devices.find(({ match }) => match.uris.some((uri) => isPattern(uri) === patterns && uriMatches(uri, deviceUri)));

function byAddress(devices: readonly Device[], deviceAddress: string): Device | undefined {
  const address = plain(deviceAddress);
  if (isIP(address) === 0) return undefined;
  let best: { readonly device: Device; readonly length: number } | undefined;
  for (const device of devices) {
    const length = Math.max(-1, ...device.match.addresses.map((range) => prefixThatHolds(range, address)));
    if (length > (best?.length ?? -1)) best = { device, length };
  }
  return best?.device;
}

/** The prefix length of `range` (an address or CIDR) if it holds the address; otherwise −1. */
function prefixThatHolds(range: string, address: string): number {
  const [network = '', prefix] = range.split('/', 2);
  const family = isIP(plain(network));
  if (family === 0 || family !== isIP(address)) return -1;
  const bits = family === 4 ? 32 : 128;
  const length = prefix === undefined ? bits : Number(prefix);
  if (!Number.isInteger(length) || length < 0 || length > bits) return -1;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(plain(network), length, type);
  return list.check(address, type) ? length : -1;
}

/** Without zone and brackets; an IPv4 address that a dual-stack socket showed as IPv6 is the IPv4 address. */
function plain(address: string): string {
  const bare = address
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '');
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
}

/** The device as it goes out: what PUT said, then the configuration, then what the wire told. Never without name and description. */
export function resolveDevice(control: LegControl, device: Device | undefined, userAgent?: string): LegDevice {
  const name = firstText(control.device?.name, device?.name, userAgent) ?? UNKNOWN.name;
  const told = firstText(control.device?.description, device?.description, control.deviceUri, control.deviceAddress);
  return {
    name,
    description: told ?? UNKNOWN.description,
    ...(device === undefined ? {} : { configured: device.name }),
    ...(device?.room === undefined ? {} : { room: device.room }),
    ...(device?.timeZone === undefined ? {} : { timeZone: device.timeZone }),
    ...(device?.linkSpeed === undefined ? {} : { linkSpeed: device.linkSpeed }),
    ...(device?.sources === undefined ? {} : { sources: device.sources }),
    ...(device?.webex ? { webex: true } : {}),
  };
}

const firstText = (...texts: readonly (string | undefined)[]): string | undefined =>
  texts.find((text) => text !== undefined && text.trim() !== '');

/** The tenant of the call, in whose name its report is sent: PUT, then device, then configuration. */
export const resolveTenant = (
  control: Pick<LegControl, 'tenantId'>,
  device: Pick<Device, 'tenantId'> | undefined,
  defaultTenantId: string | undefined,
): string | undefined => control.tenantId ?? device?.tenantId ?? defaultTenantId;
