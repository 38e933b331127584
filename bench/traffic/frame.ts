import { addressOctets, type Endpoint } from './endpoint.ts';

const UDP_HEADER = 8;
const UDP = 17;

export type FrameOptions = { readonly vlan?: number };

/** The headers of every frame of one flow in front of `payload` octets, and the sum that their UDP checksum begins with. */
export type FrameHeader = { readonly octets: Uint8Array; readonly checksumAt: number; readonly sum: number };

/** Ethernet, 802.1Q if asked for, IPv4 or IPv6, and UDP, whose checksum is left open. */
export function frameHeader(from: Endpoint, to: Endpoint, payload: number, { vlan }: FrameOptions): FrameHeader {
  const source = addressOctets(from.address);
  const destination = addressOctets(to.address);
  const length = UDP_HEADER + payload;
  const ports = [...word(from.port), ...word(to.port)];
  const network = source.length === 4 ? ipv4(source, destination, length) : ipv6(source, destination, length);
  const type = source.length === 4 ? 0x0800 : 0x86dd;
  const tag = vlan === undefined ? [] : [0x81, 0x00, ...word(vlan)];
  const octets = Uint8Array.from([
    ...[0x02, 0, 0, ...destination.slice(-3), 0x02, 0, 0, ...source.slice(-3), ...tag, ...word(type)],
    ...[...network, ...ports, ...word(length), 0, 0],
  ]);
  // The pseudo header of RFC 768 and RFC 8200, 8.1, then the UDP header itself.
  const sum = sumOf([...source, ...destination]) + UDP + length + sumOf(ports) + length;
  return { octets, checksumAt: octets.length - 2, sum };
}

function ipv4(source: readonly number[], destination: readonly number[], length: number): readonly number[] {
  const head = [0x45, 0, ...word(20 + length), 0, 0, 0x40, 0, 64, UDP];
  const checksum = folded(sumOf([...head, ...source, ...destination]));
  return [...head, ...word(checksum), ...source, ...destination];
}

function ipv6(source: readonly number[], destination: readonly number[], length: number): readonly number[] {
  return [0x60, 0, 0, 0, ...word(length), UDP, 64, ...source, ...destination];
}

/** The sum of big-endian 16-bit words; an odd last octet counts as the upper half of one. */
export function sumOf(octets: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 2) sum += ((octets[at] ?? 0) << 8) | (octets[at + 1] ?? 0);
  return sum;
}

/** The Internet checksum of a sum of words (RFC 1071). */
export function folded(sum: number): number {
  let carried = (sum & 0xffff) + (sum >>> 16);
  carried = (carried & 0xffff) + (carried >>> 16);
  return ~carried & 0xffff;
}

const word = (value: number): readonly [number, number] => [(value >> 8) & 255, value & 255];
