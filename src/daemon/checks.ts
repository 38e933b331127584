import { lookup } from 'node:dns/promises';
import { constants, statfsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { ownFile } from '../config/section/store.ts';
import { cloudNamed } from '../graph/clouds.ts';
import { checkCapture } from './check-capture.ts';
import { checkClock } from './check-clock.ts';
import { checkToken } from './check-token.ts';

/**
 * What was looked at, and how it is. `unknown`: it could not be seen from here. `step`: what to do where it is not as it
 * should be.
 */
export type Check = {
  readonly name: string;
  readonly state: 'ok' | 'wrong' | 'unknown' | 'off';
  readonly detail: string;
  readonly step?: string;
};

/** Less than this on the disk of the store, and reports will soon have no place. Octets. */
const LITTLE_ROOM = 100 * 1024 ** 2;

/** The parts that an agent of this configuration needs, looked at from this process. Nothing is changed or sent but the token's request. */
export async function checkParts(config: Config): Promise<readonly Check[]> {
  return Promise.all([
    checkCapture(config.sources.capture),
    checkClock(),
    checkStore(ownFile(config.store)),
    checkHost(config),
    checkToken(config),
  ]);
}

/** The host's clock and the way to Graph: what a running agent does not tell of itself. */
export async function checkSurroundings(config: Config): Promise<readonly Check[]> {
  return Promise.all([checkClock(), checkHost(config), checkToken(config)]);
}

/** Never opens the store: that would make it, as whoever asks. */
async function checkStore(path: string): Promise<Check> {
  const file = resolve(path);
  const folder = dirname(file);
  const present = await access(file).then(
    () => true,
    () => false,
  );
  const writable = constants.R_OK | constants.W_OK;
  try {
    await access(folder, writable | constants.X_OK);
    if (present) await access(file, writable);
    const { bavail, bsize } = statfsSync(folder);
    const room = `${Math.round((bavail * bsize) / 1024 ** 2)} MiB free`;
    if (bavail * bsize >= LITTLE_ROOM)
      return { name: 'store', state: 'ok', detail: `${file}${present ? '' : ' (not there yet)'}, ${room}` };
    return { name: 'store', state: 'wrong', detail: `${file}: ${room}`, step: 'make room on its disk' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // access and statfs throw nothing else
    return {
      name: 'store',
      state: 'wrong',
      detail: `${file} cannot be written by this user: ${code}`,
      step: 'run this as the user of the agent, or set store.url to a place that it may write',
    };
  }
}

async function checkHost({ graph }: Config): Promise<Check> {
  const { hostname } = new URL(graph.baseUrl ?? cloudNamed(graph.cloud).graph);
  try {
    const { address } = await lookup(hostname.replace(/^\[|\]$/g, ''));
    return { name: 'graph host', state: 'ok', detail: `${hostname} is ${address}` };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // lookup rejects with nothing else
    return {
      name: 'graph host',
      state: 'wrong',
      detail: `${hostname} has no address: ${code}`,
      step: 'see the DNS of this host, and graph.baseUrl',
    };
  }
}
