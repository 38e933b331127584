import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/**
 * Memory in use, octets: what waits for its collection is counted nowhere. One collection is not enough: a thread of its own
 * sweeps ArrayBuffers afterwards, on a busy machine late, and the next collection waits for it.
 */
export function heldMemory(): NodeJS.MemoryUsage {
  collect();
  collect();
  return process.memoryUsage();
}

/** What this process has computed so far, milliseconds: how busy the machine is with others is no part of it. */
export function computedMillis(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
