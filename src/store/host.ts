import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

const BOOT_ID = '/proc/sys/kernel/random/boot_id';

/** This start of this host, which a copy of its disk does not share; null where the system does not tell. */
export function thisHost(): string | null {
  try {
    return `${hostname()} ${readFileSync(BOOT_ID, 'utf8').trim()}`;
  } catch {
    return null;
  }
}
