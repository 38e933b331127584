import { ControlClient } from '../client/control-client.ts';
import { ControlError } from '../client/control-error.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { formatListen, isWide } from '../config/value/listen.ts';
import type { OfflineAgent } from '../daemon/offline.ts';
import { OtherlegError } from '../model/error.ts';
import { agentToken } from './agent-token.ts';
import { usageError } from './arguments.ts';
import type { Io } from './io.ts';

/** Where the agent is: its address, or the configuration that says so and also where its store lies. */
export type Whereabouts = { readonly url?: string; readonly config?: string; readonly 'token-file'?: string };

/** The options of every verb that speaks to an agent. */
export const agentOptions = {
  url: { type: 'string' },
  config: { type: 'string' },
  'token-file': { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const agentUsage = `  --config FILE      the agent's configuration: where it listens, and where its store lies when it does not run
  --url URL          its address instead: http://127.0.0.1:7741 or unix:/run/otherleg/control.sock
  --token-file FILE  a token of it, where it asks for one; without it the first of the configuration that can be read
  --json             one JSON document`;

/**
 * Asks the running agent; where none answers, its store, if the configuration says where that lies. Rejects with the
 * agent's own problem, or with what to do when neither can be had.
 */
export async function askAgent<T>(
  verb: string,
  { url, config: path, 'token-file': tokenFile }: Whereabouts,
  io: Io,
  ask: {
    readonly online: (client: ControlClient) => Promise<T>;
    readonly offline: (agent: OfflineAgent) => Promise<T>;
  },
): Promise<T> {
  const config = path === undefined ? undefined : loadConfig(path, io.env, undefined, 'unread');
  const address = url ?? addressOf(config);
  if (address === undefined) throw usageError(verb, '--config FILE or --url URL is missing');
  try {
    return await ask.online(clientOf(address, agentToken(config, tokenFile)));
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    if (error.code !== 'AGENT_UNREACHABLE') throw told(error);
    if (config === undefined) throw unreachable(address, error);
  }
  const { withStore } = await import('../daemon/offline.ts');
  return withStore(config, ask.offline);
}

/** Where the agent of a configuration is asked first. */
export function addressOf(config: Config | undefined): string | undefined {
  const listen = config?.control.listen ?? [];
  // A socket asks for no token, and a listener on loopback for no name in a certificate.
  const near = listen.find(({ kind }) => kind === 'unix') ?? listen.find((one) => !isWide(one)) ?? listen[0];
  return near && formatListen(near);
}

/** Asks once: somebody waits. */
export const clientOf = (address: string, token: string | undefined): ControlClient =>
  new ControlClient(address, { attempts: 1, ...(token === undefined ? {} : { token }) });

const told = ({ message, hint, cause }: ControlError): OtherlegError =>
  new OtherlegError('INTERNAL', message, { cause, ...(hint === undefined ? {} : { hint }) });

const unreachable = (address: string, cause: unknown): OtherlegError =>
  new OtherlegError('INTERNAL', `no agent answers at ${address}`, {
    hint: 'give --config FILE: the store is read when the agent does not run',
    cause,
  });
