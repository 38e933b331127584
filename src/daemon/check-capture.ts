import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { Config } from '../config/config.ts';
import { findTool } from '../source/capture/command.ts';
import { self } from '../source/capture/rights.ts';
import { trouble } from '../source/capture/trouble.ts';
import type { Check } from './checks.ts';

/** capabilities(7) */
const NET_RAW = 1n << 13n;

const wrong = (detail: string, step: string): Check => ({ name: 'capture', state: 'wrong', detail, step });

/** Whether this process could capture as the configuration says: tool, right, interface. */
export function checkCapture({ enabled, tool, interface: name }: Config['sources']['capture']): Check {
  if (!enabled) return { name: 'capture', state: 'off', detail: 'sources.capture.enabled is false' };
  const found = findTool(tool === 'auto' ? ['tcpdump', 'dumpcap'] : [tool]);
  if (found === undefined) {
    const { reason, remedy } = trouble('no-tool', `no ${tool === 'auto' ? 'tcpdump or dumpcap' : tool} is installed`);
    return wrong(reason, remedy);
  }
  if (name !== 'any' && !hasInterface(name)) {
    const { reason, remedy } = trouble('no-interface', `there is no interface ${name}`);
    return wrong(reason, remedy);
  }
  if ((self().capabilities & NET_RAW) === 0n) {
    const { reason, remedy } = trouble('no-right', 'this user lacks CAP_NET_RAW (the service may have it)');
    return wrong(reason, `run this as the user of the agent; if it lacks the right there too, ${remedy}`);
  }
  return { name: 'capture', state: 'ok', detail: `${found.path} on ${name}` };
}

/** Node lists those that have an address; the kernel lists all. */
const hasInterface = (name: string): boolean =>
  networkInterfaces()[name] !== undefined || existsSync(`/sys/class/net/${name}`);
