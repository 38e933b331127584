import type { networkInterfaces } from 'node:os';
import { addressText, addressWords } from '../../packet/address.ts';

/** Both ends of a call within the host have such addresses. */
const LOOPBACK = /^(?:127\.|::1$)/;

/**
 * Whether others reach this host by an address. Those on a loopback interface may be among them: hosts behind a load
 * balancer have its address there.
 */
export function ownAddressTest(interfaces: ReturnType<typeof networkInterfaces>): (address: string) => boolean {
  const all = Object.values(interfaces).flatMap((entries = []) => entries.map(({ address }) => address));
  const own = new Set(all.filter((address) => !LOOPBACK.test(address)).map(canonical));
  return (address) => own.has(canonical(address));
}

/** IPv6 may be written in several ways (RFC 5952). */
function canonical(address: string): string {
  const words = address.includes(':') ? addressWords(address) : undefined;
  return words === undefined ? address : addressText(words, 6);
}
