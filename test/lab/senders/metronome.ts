import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY, type Lab } from '../lab.ts';

const PROGRAM = join(import.meta.dirname, 'metronome-end.ts');

/** Packets of one SSRC. `pace` in milliseconds. */
export type Beat = { readonly port: number; readonly count: number; readonly pace: number };

/** A device that sends packets at an even pace to the gateway, with nobody there; resolves when all have arrived. */
export async function metronome(lab: Lab, { port, count, pace }: Beat): Promise<void> {
  const args = [PROGRAM, GATEWAY, `${port}`, `${count}`, `${pace}`];
  await once(lab.spawn('device', process.execPath, args, { urgent: 'sender', stdio: 'inherit' }), 'exit');
  await sleep(100);
}
