import { isIP } from 'node:net';
import type { Endpoint } from '../model/channel.ts';
import type { ChannelSummary } from '../model/figures.ts';
import type { Leg } from '../model/leg.ts';

/** One end of a channel as far as it is known. */
export type PartialEndpoint = { readonly address?: string; readonly port?: number };

/** Gateway and device side of a channel: the pair on the wire, else the device's signalling address. */
export function endpointsOf(
  leg: Pick<Leg, 'control'>,
  channel: Pick<ChannelSummary, 'local' | 'remote'>,
): { readonly local: PartialEndpoint; readonly remote: PartialEndpoint } {
  const device = ipText(leg.control.deviceAddress);
  const remote = channel.remote === undefined ? {} : known(channel.remote);
  return {
    local: channel.local === undefined ? {} : known(channel.local),
    remote: remote.address === undefined && device !== undefined ? { address: device } : remote,
  };
}

/** A name where an address should be (mDNS candidates are such) is no address; port 0 is no port. */
function known({ address, port }: Endpoint): PartialEndpoint {
  const ip = ipText(address);
  if (ip === undefined) return {};
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? { address: ip, port } : { address: ip };
}

/** The address without a zone, which means something on its own host only (RFC 4007, 6). */
function ipText(address: string | undefined): string | undefined {
  const bare = address?.trim().replace(/%.*$/, '');
  return bare !== undefined && isIP(bare) !== 0 ? bare : undefined;
}

/**
 * The network of an address instead of the address: IPv4 /24, IPv6 /48, written as an address with the rest zero.
 * Undefined for what is no address: a name could tell more than the address it stands for.
 */
export function maskAddress(address: string): string | undefined {
  const ip = ipText(address);
  if (ip === undefined) return undefined;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1] ?? ip;
  if (isIP(mapped) === 4) return mapped.replace(/\d+$/, '0');
  return canonical(`${groups(ip).slice(0, 3).join(':')}::`);
}

/** An endpoint with its address masked; the port says nothing of a person. */
export function maskEndpoint({ address, port }: PartialEndpoint): PartialEndpoint {
  const masked = address === undefined ? undefined : maskAddress(address);
  return { ...(masked === undefined ? {} : { address: masked }), ...(port === undefined ? {} : { port }) };
}

/** A text with every address in it masked: URIs of devices, and descriptions that were made of one. */
export function maskAddressesIn(text: string): string {
  return text
    .replace(/(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])/g, (found) => maskAddress(found) ?? found)
    .replace(/(?<![\w:.])[0-9a-f]*:[0-9a-f:.]+(?![\w])/gi, (found) =>
      isIP(found) === 6 ? (maskAddress(found) ?? found) : found,
    );
}

/** RFC 5952, by the parser of URLs. */
const canonical = (ip: string): string => new URL(`http://[${ip}]`).hostname.slice(1, -1);

/** All eight groups of an IPv6 address. */
function groups(ip: string): readonly string[] {
  const [head = '', tail] = canonical(ip).split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  const after = tail === '' ? [] : tail.split(':');
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
}
