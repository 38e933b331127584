import type { networkInterfaces } from 'node:os';
import { wireAddress } from '../../session/wire-address.ts';

/** Both ends of a call within the host have such addresses. */
const LOOPBACK = /^(?:127\.|::1$)/;

/**
 * Whether others reach this host by an address. Those on a loopback interface may be among them: hosts behind a load
 * balancer have its address there.
 */
export function ownAddressTest(interfaces: ReturnType<typeof networkInterfaces>): (address: string) => boolean {
  const all = Object.values(interfaces).flatMap((entries = []) => entries.map(({ address }) => address));
  const own = new Set(all.filter((address) => !LOOPBACK.test(address)).map(wireAddress));
  return (address) => own.has(wireAddress(address));
}
