import { pino } from 'pino';
import type { Config } from '../config/config.ts';
import { Secret } from '../config/value/secret.ts';
import { cloudNamed } from '../graph/clouds.ts';
import { OtherlegError } from '../model/error.ts';
import type { Check } from './checks.ts';
import { systemClock } from './clock.ts';
import { tokensOf } from './graph.ts';

/** Whether a token of the tenant that is used where nobody names another can be had now, with the secrets of this user. */
export async function checkToken(config: Config): Promise<Check> {
  const { auth, cloud } = config.graph;
  if (auth.kind === 'none') return { name: 'token', state: 'off', detail: 'graph.auth.kind is none' };
  const hidden = Object.values(auth).find((value) => value instanceof Secret && !isReadable(value));
  if (hidden instanceof Secret)
    return { name: 'token', state: 'unknown', detail: `${hidden.reference} cannot be read here, but by the service` };
  const parts = { clock: systemClock, log: pino({ level: 'silent' }) };
  try {
    await tokensOf(config, cloudNamed(cloud), parts).token(auth.tenantId);
    return { name: 'token', state: 'ok', detail: `had for tenant ${auth.tenantId}` };
  } catch (error) {
    const step = error instanceof OtherlegError ? error.hint : undefined;
    const detail = error instanceof Error ? error.message : String(error);
    return { name: 'token', state: 'wrong', detail, ...(step === undefined ? {} : { step }) };
  }
}

function isReadable(secret: Secret): boolean {
  try {
    return secret.reveal() !== '';
  } catch {
    return false;
  }
}
