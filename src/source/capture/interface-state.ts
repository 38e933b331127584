import { readFileSync } from 'node:fs';

/** IFF_UP (netdevice(7)). */
const UP = 1;

/** Whether a network interface was taken down. A capture then goes on, sees nothing and says nothing. */
export function isDown(interfaceName: string): boolean {
  if (interfaceName === 'any') return false;
  try {
    return (Number(readFileSync(`/sys/class/net/${interfaceName}/flags`, 'utf8')) & UP) === 0;
  } catch {
    return false; // not there: the capture itself ends, and says so
  }
}
