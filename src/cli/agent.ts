import { ControlClient } from '../client/control-client.ts';
import { ControlError } from '../client/control-error.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import { formatListen } from '../config/value/listen.ts';
import type { OfflineAgent } from '../daemon/offline.ts';
import { OtherlegError } from '../model/error.ts';
import { usageError } from './arguments.ts';
import type { Io } from './io.ts';

/** Where the agent is: its address, or the configuration that says so and also where its store lies. */
export type Whereabouts = { readonly url?: string; readonly config?: string };

/** The options of every verb that speaks to an agent. */
export const agentOptions = { url: { type: 'string' }, config: { type: 'string' }, json: { type: 'boolean' } } as const;

export const agentUsage = `  --config FILE  the agent's configuration: where it listens, and where its store lies when it does not run
  --url URL      its address instead: http://127.0.0.1:7741 or unix:/run/otherleg/control.sock
  --json         one JSON document`;

/**
 * Asks the running agent; where none answers, its store, if the configuration says where that lies. Rejects with the
 * agent's own problem, or with what to do when neither can be had.
 */
export async function askAgent<T>(
  verb: string,
  { url, config: path }: Whereabouts,
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
    return await ask.online(new ControlClient(address, { attempts: 1 }));
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
  const first = config?.control.listen[0];
  return first && formatListen(first);
}

const told = ({ message, hint, cause }: ControlError): OtherlegError =>
  new OtherlegError('INTERNAL', message, { cause, ...(hint === undefined ? {} : { hint }) });

const unreachable = (address: string, cause: unknown): OtherlegError =>
  new OtherlegError('INTERNAL', `no agent answers at ${address}`, {
    hint: 'give --config FILE: the store is read when the agent does not run',
    cause,
  });
